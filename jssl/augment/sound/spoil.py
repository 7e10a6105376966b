"""What becomes of a sound [samples] on bad devices: noise, clipping, gaps, a narrow band; and of few samples."""

from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.sound.wave import add_noise
from jssl.ranges import Free, Parts, Positives

TAPS = 63
"""Of the low-pass filters: odd, so that they delay nothing."""


class Spoilt(NamedTuple):
    """How much a sound is spoilt by each of `KINDS`, one of which befalls it."""

    noise: tuple[Free, Free]
    """Range of the signal-to-noise ratio, decibels."""
    clip: Positives
    """Range of the level at which it is cut off, as a share of its peak."""
    gap: Positives
    """Range of the length of silence in it, seconds."""
    band: Parts
    """Range of the frequency above which there is nothing, as a share of half the rate."""


KINDS = ("noise", "clipping", "a gap", "a narrow band")


def spoil(key: jax.Array, sound: jax.Array, length: jax.Array, rate: int, how: Spoilt) -> tuple[jax.Array, jax.Array]:
    """A sound [samples] spoilt in one of `KINDS`, as far as it goes, and in which, int32 []."""
    kind_key, amount_key, place_key = jax.random.split(key, 3)
    kind = jax.random.randint(kind_key, (), 0, len(KINDS))
    there = jnp.arange(len(sound)) < length

    def between(bounds: tuple[float, float]) -> jax.Array:
        return jax.random.uniform(amount_key, minval=bounds[0], maxval=bounds[1])

    noise = jax.random.normal(place_key, sound.shape)
    share = jnp.maximum(length, 1) / len(sound)
    # Its power is the mean over what there is of it.
    noisy = add_noise(sound, noise / jnp.sqrt(share), between(how.noise))
    level = between(how.clip) * jnp.max(jnp.abs(sound))
    gap = jnp.minimum(between(how.gap) * rate, length / 2)
    start = jax.random.uniform(place_key) * (length - gap)
    place = jnp.arange(len(sound))
    silent = jnp.where((place >= start) & (place < start + gap), 0.0, sound)
    dull = jnp.convolve(sound, low_pass(between(how.band)), mode="same", precision="highest")
    found = jnp.stack([noisy, jnp.clip(sound, -level, level), silent, dull])[kind]
    return jnp.where(there, found, 0.0), kind


def low_pass(share: jax.Array | float) -> jax.Array:
    """A filter [TAPS] that keeps frequencies below this share of half the rate: a sinc under a Hann window."""
    place = jnp.arange(TAPS) - TAPS // 2
    taps = share * jnp.sinc(share * place) * np.hanning(TAPS + 2)[1:-1].astype(np.float32)
    return taps / taps.sum()


def fewer(sound: jax.Array, factor: int) -> jax.Array:
    """Every `factor`-th sample of a sound [samples], after frequencies that these cannot carry are taken out."""
    return jnp.convolve(sound, low_pass(1 / factor), mode="same", precision="highest")[::factor]


def more(samples: jax.Array, factor: int) -> jax.Array:
    """`factor` times as many samples as [m]: by the natural cubic spline through them, and constant after the last."""
    count = len(samples)
    second = jnp.matmul(_spline(count), samples, precision="highest")  # derivatives at the samples
    place = np.arange(count * factor) / factor
    left = np.minimum(place.astype(int), count - 2)
    t = jnp.asarray(np.minimum(place - left, 1.0), jnp.float32)
    y0, y1, d0, d1 = samples[left], samples[left + 1], second[left], second[left + 1]
    u = 1 - t
    return u * y0 + t * y1 + ((u**3 - u) * d0 + (t**3 - t) * d1) / 6


@lru_cache
def _spline(count: int) -> np.ndarray:
    """Samples [m] -> second derivatives of their natural spline, [m, m]."""
    inner = count - 2
    bands = 4 * np.eye(inner) + np.eye(inner, k=1) + np.eye(inner, k=-1)
    difference = np.zeros((inner, count))
    rows = np.arange(inner)
    difference[rows, rows], difference[rows, rows + 1], difference[rows, rows + 2] = 6, -12, 6
    whole = np.zeros((count, count), np.float32)
    whole[1:-1] = np.linalg.solve(bands, difference)
    return whole
