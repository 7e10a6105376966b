"""Ways to spoil a picture: what a denoising autoencoder mends (Vincent et al., ICML 2008 and JMLR 2010), and shifts."""

from collections.abc import Callable

import jax
import jax.numpy as jnp


def gaussian(key: jax.Array, image: jax.Array, amount: float) -> tuple[jax.Array, jax.Array]:
    """Noise of that standard deviation on every value."""
    return image + amount * jax.random.normal(key, image.shape), jnp.ones((*image.shape[:2], 1), bool)


def mask(key: jax.Array, image: jax.Array, amount: float) -> tuple[jax.Array, jax.Array]:
    """That share of the pixels is black."""
    hit = jax.random.bernoulli(key, amount, (*image.shape[:2], 1))
    return jnp.where(hit, 0.0, image), hit


def salt_and_pepper(key: jax.Array, image: jax.Array, amount: float) -> tuple[jax.Array, jax.Array]:
    """That share of the pixels is black or white, by the toss of a coin."""
    where, coin = jax.random.split(key)
    hit = jax.random.bernoulli(where, amount, (*image.shape[:2], 1))
    return jnp.where(hit, jax.random.bernoulli(coin, 0.5, hit.shape).astype(image.dtype), image), hit


def contrast(key: jax.Array, image: jax.Array, amount: float) -> tuple[jax.Array, jax.Array]:
    """That share of the contrast is lost: every value is so much nearer to the picture's mean."""
    del key
    return image + amount * (image.mean((0, 1), keepdims=True) - image), jnp.ones((*image.shape[:2], 1), bool)


CORRUPTIONS: dict[str, Callable] = {
    "contrast": contrast,
    "gaussian": gaussian,
    "mask": mask,
    "salt_and_pepper": salt_and_pepper,
}
"""(key, image [h, w, c] in [0, 1], amount) -> the spoilt image, and which pixels were touched, bool [h, w, 1]."""
