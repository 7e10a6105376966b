"""A margin between what belongs together and what does not."""

import jax
import jax.numpy as jnp


def ranking_loss(positive: jax.Array, negatives: jax.Array, margin: float) -> jax.Array:
    """max(0, D+ - D- + margin) of cosine distances D = 1 - cos (arXiv:1505.00687), mean over all pairs of the two.

    Args:
        positive: cosines [n] to what belongs to each.
        negatives: cosines [n, k] to others.

    Returns:
        Scalar float32: the margin when everything is alike, 0 when others are further off by as much.
    """
    return jnp.mean(jnp.maximum(negatives - positive[:, None] + margin, 0.0))
