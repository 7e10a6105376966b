"""Rotation's oracles."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.methods.pretext.rotation import rotation
from tests.methods.fresh import fresh_accuracy
from tests.methods.toys import SIZE, N, batch, constant, flat, loss_of, recipe, start


def make(encoder=None, **options):
    return rotation(encoder or flat(), recipe(), **options)


def test_a_constant_encoder_is_at_chance():
    params, extra, views = start(method := make(constant()))
    params["head"] = jax.tree.map(jnp.zeros_like, params["head"])
    loss, (_, metrics) = loss_of(method, params, extra, views)
    np.testing.assert_allclose([loss, metrics["accuracy"]], [np.log(4), 0.25], rtol=1e-6)


def test_all_four_copies_of_each_picture_are_in_the_batch():
    _, _, views = start(make())
    assert views.shape == (N, 4, SIZE, SIZE, 3)
    for k in range(4):
        np.testing.assert_array_equal(views[:, k], np.rot90(views[:, 0], k, axes=(1, 2)))


@pytest.mark.slow
def test_the_label_is_the_number_of_turns():
    """A head that reads the one bright corner: upper left, then anticlockwise."""
    method = make()
    params, extra, _ = start(method)
    pictures = jnp.zeros((N, SIZE, SIZE, 3)).at[:, : SIZE // 2, : SIZE // 2].set(1)
    views = jnp.stack([jnp.rot90(pictures, k, axes=(1, 2)) for k in range(4)], axis=1)
    params["encoder"]["w"] = jnp.zeros((12, 6)).at[jnp.array([0, 6, 9, 3]), jnp.arange(4)].set(30.0)
    kernel = jnp.zeros_like(params["head"]["layers"]["layer0"]["kernel"])
    params["head"]["layers"]["layer0"]["kernel"] = kernel.at[jnp.arange(4), jnp.arange(4)].set(1.0)
    loss, (_, metrics) = loss_of(method, params, extra, views)
    assert loss < 1e-5 and metrics["accuracy"] == 1


def noise(rng):
    return rng.integers(0, 256, (96, SIZE, SIZE, 3), np.uint8)


@pytest.mark.slow
def test_noise_and_symmetric_pictures_stay_at_chance_and_skies_do_not():
    method = make(flat(16), head=(32,))
    symmetric = lambda rng: sum(np.rot90(quarter, k, axes=(1, 2)) for quarter in [noise(rng) // 4] for k in range(4))  # noqa: E731
    sky = lambda rng: noise(rng) // 2 + np.linspace(120, 0, SIZE).astype(np.uint8).reshape(1, -1, 1, 1)  # noqa: E731
    np.testing.assert_allclose([fresh_accuracy(method, noise), fresh_accuracy(method, symmetric)], 0.25, atol=0.035)
    assert fresh_accuracy(method, sky, steps=30) > 0.9


@pytest.mark.slow
def test_shows_the_four_directions_and_marks_the_guesses():
    method = make()
    params, extra, _ = start(method)
    exhibit = method.show(params, extra, jax.random.split(jax.random.key(0), N), batch())
    assert [column.name for column in exhibit.columns] == [f"{angle}°" for angle in (0, 90, 180, 270)]
    for k, column in enumerate(exhibit.columns):
        assert column.figures.shape == (8, SIZE, SIZE, 3)
        assert column.figures.min() > -1e-5 and column.figures.max() < 1 + 1e-5
        np.testing.assert_array_equal([caption == f"as {90 * k}°" for caption in column.captions], column.right)
    np.testing.assert_array_equal(exhibit.columns[2].figures, np.rot90(exhibit.columns[0].figures, 2, axes=(1, 2)))
