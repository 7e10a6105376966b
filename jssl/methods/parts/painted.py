"""What methods that paint pictures share: colours that there are, and what the report says of them."""

from typing import Any

import jax
import jax.numpy as jnp

from jssl.augment.views import Recipe, normalize


def in_colours(recipe: Recipe, painted: jax.Array) -> jax.Array:
    """Any numbers [n, h, w, c] as colours from 0 to 1, normalised: the tanh of DCGAN, between black and white."""
    return normalize(recipe, (jnp.tanh(painted) + 1) / 2)


def psnr_captions(painted: jax.Array, truth: jax.Array, where: jax.Array | None = None) -> list[str]:
    """Of each picture [n, h, w, c] in colours from 0 to 1: "PSNR 21.3 dB".

    Args:
        where: bool [n, h, w, 1], the pixels that count; None is all.
    """
    return [f"PSNR {float(each):.1f} dB" for each in psnr(painted, truth, where)]


def psnr(painted: jax.Array, truth: jax.Array, where: Any = None) -> jax.Array:
    """Peak signal-to-noise ratio of each picture in decibels, [n]; a perfect one has 100."""
    counted = jnp.ones_like(truth[..., :1]) if where is None else where
    error = jnp.sum(jnp.square(painted - truth) * counted, axis=(1, 2, 3))
    return -10 * jnp.log10(jnp.maximum(error / (jnp.sum(counted, axis=(1, 2, 3)) * truth.shape[-1]), 1e-10))
