"""Guessing colours as a choice among bins of the ab plane: Colorful Image Colorization (arXiv:1603.08511)."""

import jax
import jax.numpy as jnp

NEIGHBOURS, SIGMA = 5, 5.0


def soft_encode(ab: jax.Array, bins: jax.Array) -> jax.Array:
    """Colours as distributions over bins: their 5 nearest, weighted by a Gaussian of their distance (sigma 5).

    Args:
        ab: [..., 2].
        bins: centres [q, 2].

    Returns:
        float32 [..., q], each row of which sums to 1.
    """
    distance = jnp.sum((ab[..., None, :] - bins.reshape((1,) * (ab.ndim - 1) + bins.shape)) ** 2, axis=-1)
    nearest, index = jax.lax.top_k(-distance, NEIGHBOURS)
    weight = jax.nn.softmax(nearest / (2 * SIGMA**2), axis=-1)
    return jnp.sum(weight[..., None] * jax.nn.one_hot(index, len(bins)), axis=-2)


def rebalancing(prior: jax.Array, uniform: float) -> jax.Array:
    """What each bin's colours weigh, so that rare ones count: proportional to 1 / ((1 - uniform) prior + uniform / q).

    Args:
        prior: how frequent the bins are, [q], sum 1.
        uniform: share of the uniform distribution in the mixture; 1 weighs all colours the same.

    Returns:
        [q], whose mean under the prior is 1.
    """
    weight = 1 / ((1 - uniform) * prior + uniform / len(prior))
    return weight / jnp.sum(prior * weight)


def rebalanced_cross_entropy(logits: jax.Array, target: jax.Array, weight: jax.Array) -> jax.Array:
    """Mean over places of the cross entropy, each weighted by its most likely bin; scalar float32, nats.

    Args:
        logits: [..., q].
        target: distributions [..., q].
        weight: of the bins, [q].
    """
    entropy = -jnp.sum(target * jax.nn.log_softmax(logits.astype(jnp.float32)), axis=-1)
    return jnp.mean(weight[jnp.argmax(target, axis=-1)] * entropy)


def annealed_mean(logits: jax.Array, bins: jax.Array, temperature: float) -> jax.Array:
    """The mean of sharpened distributions: vivid as the mode near temperature 0, smooth as the mean at 1.

    Args:
        logits: [..., q].
        bins: centres [q, 2].

    Returns:
        ab, float32 [..., 2].
    """
    share = jax.nn.softmax(logits.astype(jnp.float32) / temperature, axis=-1)
    return jnp.einsum("...q,qd->...d", share, bins, precision=jax.lax.Precision.HIGHEST)
