"""Pointing from places of one frame to those of earlier ones: Tracking Emerges by Colorizing Videos (1806.09594)."""

import jax
import jax.numpy as jnp

UNLIKELY = 1e-3
"""Share of all classes alike in what is copied: one that no earlier frame has would cost infinitely much."""


def pointers(target: jax.Array, references: jax.Array, temperature: float) -> jax.Array:
    """Where each place of the target points to, softmax over all places of the references of f_i . f_j / temperature.

    In float32 on every device.

    Args:
        target: features [n, p, d].
        references: features [n, r, d].

    Returns:
        float32 [n, p, r], rows of which sum to 1.
    """
    scores = jnp.einsum("npd,nrd->npr", *(x.astype(jnp.float32) for x in (target, references)), precision="highest")
    return jax.nn.softmax(scores / temperature, axis=-1)


def copied(points: jax.Array, labels: jax.Array, classes: int) -> jax.Array:
    """Of each place the share of every class in what it points to: [n, p, r] and int [n, r] -> [n, p, classes]."""
    one_hot = jax.nn.one_hot(labels, classes)
    return jnp.einsum("npr,nrq->npq", points, one_hot, precision="highest")


def copy_cross_entropy(shares: jax.Array, labels: jax.Array) -> jax.Array:
    """Mean over places of -ln of the share of the right class, of which a little is that of all classes alike; nats.

    Args:
        shares: [n, p, classes], see `copied`.
        labels: int [n, p].
    """
    right = jnp.take_along_axis(shares, labels[:, :, None], axis=-1)
    return -jnp.mean(jnp.log((1 - UNLIKELY) * right + UNLIKELY / shares.shape[-1]))
