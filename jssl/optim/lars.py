"""LARS: Large Batch Training of Convolutional Networks (arXiv:1708.03888). Biases and norms keep the plain rate."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from jssl.optim.decay import add_decay
from jssl.ranges import Below1, Positive

PyTree = Any


def matrices(params: PyTree) -> PyTree:
    """The mask of what is adapted: kernels, and not the vectors that biases and norms are."""
    return jax.tree.map(lambda p: p.ndim > 1, params)


def lars(
    learning_rate: optax.Schedule,
    *,
    weight_decay: float | optax.Schedule,
    momentum: Below1 = 0.9,
    nesterov: bool = False,
    trust_coefficient: Positive = 0.001,
    clip_rate: bool = False,
) -> optax.GradientTransformation:
    """Layer-wise adaptive rate scaling (arXiv:1708.03888), in the order of SimCLR's reference code.

    With g' = g + weight_decay p and trust = trust_coefficient |p| / |g'| (1 where either norm is 0):
    v = momentum v + learning_rate trust g', then p = p - v. The rate is inside the momentum, so that what it was
    when a gradient came in stays with that gradient.

    Args:
        clip_rate: min(trust, learning_rate) in place of their product, as apex's LARC and solo-learn: while trust is
            the smaller one, a step is `trust_coefficient` of a kernel's length, whatever the schedule says.
    """
    if not clip_rate:
        return optax.lars(
            learning_rate, weight_decay, matrices, trust_coefficient, trust_ratio_mask=matrices,
            momentum=momentum, nesterov=nesterov,
        )  # fmt: skip
    return optax.chain(
        add_decay(weight_decay),
        clipped_trust(learning_rate, trust_coefficient),
        optax.trace(decay=momentum, nesterov=nesterov),
    )


def clipped_trust(rate: optax.Schedule, coefficient: float) -> optax.GradientTransformation:
    """Updates times -min(coefficient |p| / |update|, rate) of kernels, and times -rate of what is none."""

    def scaled(update: jax.Array, p: jax.Array, now: jax.Array) -> jax.Array:
        if p.ndim < 2:
            return -now * update
        # Of a kernel or gradient of 0 the ratio would be 0 or NaN; torch's LARC takes the plain rate there, too.
        lengths = jnp.linalg.norm(p), jnp.linalg.norm(update)
        known = (lengths[0] > 0) & (lengths[1] > 0)
        trust = coefficient * lengths[0] / jnp.where(known, lengths[1], 1)
        return -jnp.where(known, jnp.minimum(trust, now), now) * update

    def scale(updates: PyTree, count: jax.Array, params: PyTree) -> tuple[PyTree, jax.Array]:
        now = rate(count)
        return jax.tree.map(lambda update, p: scaled(update, p, now), updates, params), count + 1

    return optax.GradientTransformation(lambda params: jnp.zeros((), jnp.int32), scale)
