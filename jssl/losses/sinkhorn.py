"""Balanced assignment of examples to prototypes (SwAV, arXiv:2006.09882)."""

from collections.abc import Callable

import jax
import jax.numpy as jnp


def _itself(x: jax.Array) -> jax.Array:
    return x


def sinkhorn(
    scores: jax.Array,
    *,
    epsilon: float = 0.05,
    iterations: int = 3,
    psum: Callable[[jax.Array], jax.Array] = _itself,
    pmax: Callable[[jax.Array], jax.Array] = _itself,
) -> jax.Array:
    """Codes q that assign examples to prototypes such that every prototype gets the same share of the batch.

    Sinkhorn-Knopp (Cuturi, arXiv:1306.0895) on exp(scores / epsilon), in logarithms, where nothing overflows: each
    iteration lets every prototype weigh the same in the batch, then every example weigh 1. What the authors' code
    divides by besides (the total, the number of prototypes and of examples) cancels.

    Args:
        scores: similarities of this device's examples to all prototypes [n, K].
        epsilon: small for codes near one-hot, large for codes near uniform.
        psum, pmax: sum and maximum over the devices that hold the rest of the batch; left out, this is the batch.

    Returns:
        float32 [n, K] without gradient. Rows sum to 1; columns, over the batch of B, nearly to B / K.
    """
    log_q = jax.lax.stop_gradient(scores).astype(jnp.float32) / epsilon
    for _ in range(iterations):
        highest = pmax(log_q.max(axis=0, keepdims=True))
        log_q -= highest + jnp.log(psum(jnp.exp(log_q - highest).sum(axis=0, keepdims=True)))
        log_q = jax.nn.log_softmax(log_q, axis=1)
    return jnp.exp(log_q)
