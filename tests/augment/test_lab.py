"""Lab against scikit-image, and the bins of colours against the colours that there are."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.lab import BINS, lab_to_rgb, rgb_to_lab

PEER = np.load(Path(__file__).parents[1] / "fixtures" / "lab.npz")


@pytest.mark.slow
def test_equals_scikit_images():
    lab = rgb_to_lab(jnp.asarray(PEER["rgb"], jnp.float32))
    np.testing.assert_allclose(lab, PEER["lab"], atol=1e-3)
    np.testing.assert_allclose(lab_to_rgb(jnp.asarray(PEER["lab"], jnp.float32)), PEER["back"], atol=1e-4)


@pytest.mark.slow
def test_there_and_back_is_the_same_and_no_gradient_is_nan():
    rgb = jnp.asarray(PEER["rgb"], jnp.float32)
    np.testing.assert_allclose(lab_to_rgb(rgb_to_lab(rgb)), rgb, atol=1e-4)
    assert np.isfinite(jax.grad(lambda x: rgb_to_lab(x).sum())(rgb)).all()


@pytest.mark.parametrize(("rgb", "lab"), [((0, 0, 0), (0, 0, 0)), ((1, 1, 1), (100, 0, 0)), ((1, 0, 0), (53, 80, 67))])
def test_known_colours(rgb, lab):
    np.testing.assert_allclose(rgb_to_lab(jnp.array([rgb], jnp.float32))[0], lab, atol=0.3)


def test_what_no_screen_shows_is_clipped():
    assert np.array_equal(lab_to_rgb(jnp.array([[50.0, 300.0, 0.0], [150.0, 0.0, 0.0]]))[:, 0], [1, 1])


@pytest.mark.slow
def test_every_colour_has_its_bin_and_every_bin_a_colour_near():
    assert BINS.shape == (313, 2)
    step = np.linspace(0, 1, 65, dtype=np.float32)
    colours = np.stack(np.meshgrid(step, step, step, indexing="ij"), -1).reshape(-1, 3)
    ab = np.asarray(rgb_to_lab(jnp.asarray(colours)))[:, 1:]
    cells, bins = {tuple(cell) for cell in np.round(ab / 10) * 10}, {tuple(cell) for cell in BINS}
    assert cells < bins
    grid = {(a + da, b + db) for a, b in cells for da, db in [(0, 0), (10, 0), (-10, 0), (0, 10), (0, -10)]}
    assert bins < grid
