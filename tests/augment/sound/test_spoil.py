"""What spoils sounds, and the spline that few samples are told apart from."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from jssl.augment.sound.spoil import KINDS, Spoilt, fewer, low_pass, more, spoil

RATE, SAMPLES = 8000, 4000
HOW = Spoilt(noise=(10.0, 10.0), clip=(0.2, 0.2), gap=(0.1, 0.1), band=(0.25, 0.25))
TIME = np.arange(SAMPLES) / RATE
SOUND = jnp.float32(0.5 * np.sin(2 * np.pi * 200 * TIME) + 0.2 * np.sin(2 * np.pi * 3000 * TIME))


@pytest.fixture(scope="module")
def spoilt() -> dict[str, np.ndarray]:
    """One of each kind; the sound ends after three quarters."""
    length = SAMPLES * 3 // 4
    sound = jnp.where(jnp.arange(SAMPLES) < length, SOUND, 0.0)
    keys = jax.random.split(jax.random.key(0), 40)
    found, kinds = jax.jit(jax.vmap(lambda key: spoil(key, sound, jnp.int32(length), RATE, HOW)))(keys)
    assert set(np.asarray(kinds)) == set(range(len(KINDS)))
    assert not np.asarray(found)[:, length:].any()
    return {name: np.asarray(found)[np.asarray(kinds) == i][:, :length] for i, name in enumerate(KINDS)}


def truth() -> np.ndarray:
    return np.asarray(SOUND)[: SAMPLES * 3 // 4]


@pytest.mark.slow
def test_noise_has_the_power_that_it_says(spoilt):
    noise = spoilt["noise"] - truth()
    ratio = 10 * np.log10((truth() ** 2).mean() / (noise**2).mean(1))
    np.testing.assert_allclose(ratio, 10, atol=0.3)


def test_clipping_cuts_off_what_is_louder(spoilt):
    level = 0.2 * np.abs(truth()).max()
    np.testing.assert_allclose(spoilt["clipping"], np.clip(truth(), -level, level)[None].repeat(
        len(spoilt["clipping"]), 0), atol=1e-6)  # fmt: skip


def test_a_gap_is_of_its_length_and_leaves_the_rest(spoilt):
    for found in spoilt["a gap"]:
        changed = np.flatnonzero(found != truth())
        assert not found[changed].any() and abs(np.ptp(changed) + 1 - 0.1 * RATE) < 20


def test_a_narrow_band_keeps_low_tones_and_loses_high_ones(spoilt):
    inside = slice(200, -200)
    low = 0.5 * np.sin(2 * np.pi * 200 * TIME)[: len(truth())]
    np.testing.assert_allclose(spoilt["a narrow band"][0][inside], low[inside], atol=0.01)


def test_a_filter_delays_nothing_and_keeps_what_is_constant():
    taps = np.asarray(low_pass(0.3))
    np.testing.assert_allclose(taps, taps[::-1], atol=1e-7)
    np.testing.assert_allclose(taps.sum(), 1, rtol=1e-5)


def test_the_spline_is_scipys(rng):
    samples = rng.normal(size=30).astype(np.float32)
    places = np.minimum(np.arange(120) / 4, 29)
    expected = CubicSpline(np.arange(30), samples, bc_type="natural")(places)
    np.testing.assert_allclose(more(jnp.asarray(samples), 4), expected, atol=1e-5)


@pytest.mark.slow
def test_what_few_samples_carry_comes_back_and_what_they_cannot_is_gone():
    inside = slice(400, -400)
    low, high = (np.float32(np.sin(2 * np.pi * hertz * TIME)) for hertz in (150, 3000))
    np.testing.assert_allclose(more(fewer(jnp.asarray(low), 4), 4)[inside], low[inside], atol=0.01)
    assert np.abs(more(fewer(jnp.asarray(high), 4), 4)[inside]).max() < 0.01
