"""Decibels of sounds, at values that are known."""

import jax.numpy as jnp
import numpy as np
import pytest

from jssl.losses.sound import log_spectral_distance, si_sdr, snr


def sounds(rng, n=3, samples=2000):
    return jnp.float32(rng.normal(size=(n, samples)))


def test_signal_to_noise(rng):
    truth = sounds(rng)
    np.testing.assert_allclose(snr(1.1 * truth, truth), 20, atol=1e-3)
    np.testing.assert_allclose(snr(jnp.zeros_like(truth), truth), 0, atol=1e-5)


@pytest.mark.slow
def test_si_sdr_does_not_hang_on_gain_or_offset_or_what_is_not_there(rng):
    truth, noise = sounds(rng), sounds(rng)
    there = jnp.arange(2000)[None] < jnp.array([[2000], [1500], [700]])
    found = truth + 0.3 * noise
    plain = si_sdr(found, truth, there)
    np.testing.assert_allclose(si_sdr(5 * found + 2, truth, there), plain, atol=1e-3)
    np.testing.assert_allclose(si_sdr(jnp.where(there, found, 9.0), truth, there), plain, atol=1e-4)
    one = np.asarray(found[2, :700]), np.asarray(truth[2, :700])
    a, b = (x - x.mean() for x in one)
    target = (a @ b) / (b @ b) * b
    np.testing.assert_allclose(plain[2], 10 * np.log10((target @ target) / ((a - target) @ (a - target))), rtol=1e-4)
    orthogonal = noise - (jnp.sum(noise * truth, 1) / jnp.sum(truth**2, 1))[:, None] * truth
    assert si_sdr(truth, truth, there > -1).min() > 80 and si_sdr(orthogonal, truth, there > -1).max() < -20


@pytest.mark.slow
def test_log_spectral_distance_of_a_gain_is_its_logarithm_and_of_the_same_none(rng):
    truth = sounds(rng)
    np.testing.assert_allclose(log_spectral_distance(truth, truth), 0, atol=1e-6)
    np.testing.assert_allclose(log_spectral_distance(10 * truth, truth), 2, rtol=1e-4)
    assert np.isfinite(log_spectral_distance(truth[:, :100], truth[:, :100])).all()
