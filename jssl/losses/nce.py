"""Noise-contrastive estimation."""

import math

import jax
import jax.numpy as jnp


def nce(positive: jax.Array, negative: jax.Array, log_z: jax.Array, *, examples: int) -> jax.Array:
    """Tell an example's own row of the memory from noise drawn uniformly over all rows (arXiv:1805.01978).

    With P = exp(score) / Z, m noise samples of probability 1 / examples each and h = P / (P + m / examples):
    -ln h(positive) - sum_j ln(1 - h(negative_j)), summed over the noise samples and averaged over examples.

    Args:
        positive: similarity of each example to its own row, over the temperature, [n].
        negative: its similarities to the noise samples, over the temperature, [n, m].
        log_z: ln Z, scalar.
        examples: rows that the noise is drawn from.

    Returns:
        Scalar float32: ln(m + 1) + m ln(1 + 1 / m) where every P is 1 / examples.
    """
    m = negative.shape[1]
    threshold = log_z + jnp.log(m / examples)  # the score at which signal and noise are equally likely
    own = jax.nn.softplus(threshold - positive)
    return jnp.mean(own + jnp.sum(jax.nn.softplus(negative - threshold), axis=1))


def nce_at_chance(noise: int) -> float:
    """What `nce` is, in nats, where every P is 1 / examples: ln(m + 1) + m ln(1 + 1 / m), for m noise samples."""
    return math.log(noise + 1) + noise * math.log1p(1 / noise)
