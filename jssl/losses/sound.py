"""How near a sound is to what it should be, in decibels, over the samples that are there."""

import jax
import jax.numpy as jnp
import numpy as np

TINY = 1e-9
WINDOW, HOP = 512, 128
"""Samples of the frames of the log-spectral distance, under a Hann window."""


def snr(found: jax.Array, truth: jax.Array) -> jax.Array:
    """Signal-to-noise ratio of [n, samples], decibels [n]."""
    return _decibels(jnp.sum(truth**2, -1), jnp.sum((found - truth) ** 2, -1))


def si_sdr(found: jax.Array, truth: jax.Array, there: jax.Array) -> jax.Array:
    """Scale-invariant signal-to-distortion ratio (arXiv:1811.02508): that of the best gain, decibels [n].

    Args:
        found, truth: float32 [n, samples].
        there: bool [n, samples]; means are taken, and taken away, over these.
    """
    count = jnp.maximum(there.sum(-1, keepdims=True), 1)
    found, truth = (jnp.where(there, x - jnp.sum(x * there, -1, keepdims=True) / count, 0.0) for x in (found, truth))
    gain = jnp.sum(found * truth, -1, keepdims=True) / (jnp.sum(truth**2, -1, keepdims=True) + TINY)
    return _decibels(jnp.sum((gain * truth) ** 2, -1), jnp.sum((found - gain * truth) ** 2, -1))


def log_spectral_distance(found: jax.Array, truth: jax.Array) -> jax.Array:
    """Of [n, samples], [n]: over frames, the mean root mean square difference of log10 powers (arXiv:1708.00853)."""
    a, b = (jnp.log10(_powers(x) + TINY) for x in (found, truth))
    return jnp.mean(jnp.sqrt(jnp.mean((a - b) ** 2, -1)), -1)


def _powers(x: jax.Array) -> jax.Array:
    """[n, samples] -> [n, frames, frequencies]."""
    x = jnp.pad(x, ((0, 0), (0, max(WINDOW - x.shape[1], 0))))
    starts = np.arange(0, x.shape[1] - WINDOW + 1, HOP)
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    spectrum = jnp.fft.rfft(x[:, starts[:, None] + np.arange(WINDOW)[None]] * window[None, None])
    return spectrum.real**2 + spectrum.imag**2


def _decibels(signal: jax.Array, noise: jax.Array) -> jax.Array:
    return 10 * jnp.log10((signal + TINY) / (noise + TINY))
