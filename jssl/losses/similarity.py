"""Agreement of pairs of vectors, for methods without negatives."""

import jax
import jax.numpy as jnp

from jssl.losses.contrastive import l2_normalize


def negative_cosine(p: jax.Array, z: jax.Array) -> jax.Array:
    """-cos(p, z), mean over the batch (SimSiam, arXiv:2011.10566), for vectors [n, d] of any length.

    Returns:
        Scalar float32: -1 where they agree, 0 where they are orthogonal, 1 where they are opposite.
    """
    p, z = (l2_normalize(x.astype(jnp.float32)) for x in (p, z))
    return -jnp.mean(jnp.sum(p * z, axis=-1))


def normalized_error(p: jax.Array, z: jax.Array) -> jax.Array:
    """|p/|p| - z/|z||^2 = 2 - 2 cos(p, z), mean over the batch (BYOL, arXiv:2006.07733): 0 to 4, for [n, d] each."""
    return 2 + 2 * negative_cosine(p, z)


def spread(mean: jax.Array) -> jax.Array:
    """Total variance of unit vectors, from their mean [d]: 1 where they point everywhere, 0 where they collapsed.

    The standard deviation of a dimension, which SimSiam's authors watch, is about sqrt(spread / d).
    """
    return 1 - jnp.sum(mean * mean)
