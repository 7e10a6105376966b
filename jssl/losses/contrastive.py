"""Contrastive losses."""

import jax
import jax.numpy as jnp


def l2_normalize(x: jax.Array) -> jax.Array:
    """Unit vectors, x / max(|x|, 1e-12), over the last axis, with a zero gradient at zero, where the plain norm gives NaN."""
    square = jnp.sum(x * x, axis=-1, keepdims=True)
    return x * jax.lax.rsqrt(jnp.maximum(square, 1e-24))


def nt_xent(z: jax.Array, keys: jax.Array, own: jax.Array, positive: jax.Array, *, temperature: float) -> jax.Array:
    """The normalised-temperature cross entropy of SimCLR (arXiv:2002.05709), mean over queries.

    Args:
        z: queries [n, d], unit norm.
        keys: all embeddings of the global batch [m, d], unit norm; the queries are among them.
        own: row of `keys` that is the query itself, int [n]: neither positive nor negative.
        positive: row of `keys` that is the query's other view, int [n].
        temperature: divides the cosine similarities.

    Returns:
        Scalar float32 in nats: ln(m - 1) when all embeddings are the same.
    """
    logits = z.astype(jnp.float32) @ keys.astype(jnp.float32).T / temperature
    rows = jnp.arange(z.shape[0])
    logits = logits.at[rows, own].set(-jnp.inf)
    return jnp.mean(jax.nn.logsumexp(logits, axis=-1) - logits[rows, positive])
