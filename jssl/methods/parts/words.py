"""What is asked of each word: its cross entropy, averaged over words and not over texts."""

import jax
import jax.numpy as jnp
import optax

from jssl import parallel


def nats(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """Cross entropy of each label, [...], of logits [..., k]; 0 where there is none (-1)."""
    return optax.softmax_cross_entropy_with_integer_labels(logits, jnp.maximum(labels, 0)) * (labels >= 0)


def over_all(logits: jax.Array, labels: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Mean cross entropy and accuracy over the labels of the global batch, however they lie on the devices.

    A mean of each device's own mean would be another: texts differ in how many words are asked for. What is returned is
    this device's share times the devices, of which the step takes the mean.
    """
    scale = parallel.axis_size() / jnp.maximum(parallel.psum(jnp.sum(labels >= 0)), 1)
    right = jnp.sum((logits.argmax(-1) == labels) & (labels >= 0))
    return nats(logits, labels).sum() * scale, right * scale
