"""Contrastive losses."""

import jax
import jax.numpy as jnp


def l2_normalize(x: jax.Array) -> jax.Array:
    """Unit vectors x / max(|x|, 1e-12) over the last axis. The gradient at zero is zero; the plain norm's is NaN."""
    square = jnp.sum(x * x, axis=-1, keepdims=True)
    return x * jax.lax.rsqrt(jnp.maximum(square, 1e-24))


def similarities(x: jax.Array, y: jax.Array) -> jax.Array:
    """Inner products of all pairs, float32 [..., n, m], for x [..., n, d] and y [m, d].

    In float32 on every device: left to itself a TPU multiplies in bfloat16 and a GPU in TF32, and a temperature of 0.07
    makes their errors fourteen times larger.
    """
    return jnp.matmul(x.astype(jnp.float32), y.astype(jnp.float32).T, precision="highest")


def nt_xent(
    z: jax.Array, keys: jax.Array, own: jax.Array, positive: jax.Array, *, temperature: float, chunk: int = 0
) -> jax.Array:
    """The normalised-temperature cross entropy of SimCLR (arXiv:2002.05709), mean over queries.

    Args:
        z: queries [n, d], unit norm.
        keys: all embeddings of the global batch [m, d], unit norm; the queries are among them.
        own: row of `keys` that is the query itself, int [n]: neither positive nor negative.
        positive: row of `keys` that is the query's other view, int [n].
        temperature: divides the cosine similarities.
        chunk: score so many queries at a time, in the backward pass again: [chunk, m] similarities in memory instead
            of [n, m], for the same value and gradient. 0 scores all at once.

    Returns:
        Scalar float32 in nats: ln(m - 1) when all embeddings are the same.

    Raises:
        ValueError: queries that do not divide into chunks.
    """

    def costs(z: jax.Array, own: jax.Array, positive: jax.Array) -> jax.Array:
        logits = similarities(z, keys) / temperature
        rows = jnp.arange(z.shape[0])
        logits = logits.at[rows, own].set(-jnp.inf)
        return jax.nn.logsumexp(logits, axis=-1) - logits[rows, positive]

    if not chunk:
        return jnp.mean(costs(z, own, positive))
    if len(z) % chunk:
        raise ValueError(f"{len(z)} queries per device do not divide into chunks of {chunk}")
    parts = jax.tree.map(lambda x: x.reshape(-1, chunk, *x.shape[1:]), (z, own, positive))
    return jnp.mean(jax.lax.map(lambda part: jax.checkpoint(costs)(*part), parts))


def info_nce(positive: jax.Array, log_negatives: jax.Array) -> jax.Array:
    """-ln(exp(positive) / (exp(positive) + sum_j exp(negative_j))), mean over queries (MoCo, arXiv:1911.05722).

    Args:
        positive: similarity of each query to its key, over the temperature, [n].
        log_negatives: ln sum_j exp(negative_j) of each query, [n]: one number, so that negatives may lie anywhere.

    Returns:
        Scalar in nats: ln(K + 1) when all K negatives are as similar as the positive.
    """
    return jnp.mean(jax.nn.softplus(log_negatives - positive))


def in_batch(queries: jax.Array, keys: jax.Array, positive: jax.Array, *, temperature: float) -> jax.Array:
    """2 temperature times the cross entropy of each query's key among all keys (MoCo v3, arXiv:2104.02057).

    Args:
        queries: [n, d], unit norm.
        keys: of the global batch [m, d], unit norm.
        positive: row of `keys` that belongs to the query, int [n].
        temperature: divides the cosine similarities; the factor in front keeps the gradient's size from growing
            as it falls.

    Returns:
        Scalar float32: 2 temperature ln(m) when all keys are the same.
    """
    logits = similarities(queries, keys) / temperature
    chosen = logits[jnp.arange(queries.shape[0]), positive]
    return 2 * temperature * jnp.mean(jax.nn.logsumexp(logits, axis=-1) - chosen)


def mixed_nce(logits: jax.Array, own: jax.Array, other: jax.Array, share: jax.Array) -> jax.Array:
    """What a mixture is made of, told among all examples (i-Mix, arXiv:2010.08887), mean over mixtures.

    Args:
        logits: similarities of each mixture to all examples of the global batch, over the temperature, [n, m].
        own, other: the two rows that each is a mixture of, int [n].
        share: how much of it is of `own`, [n]; the rest is of `other`.

    Returns:
        Scalar float32 in nats: ln m when all similarities are the same.
    """
    rows, log_p = jnp.arange(len(logits)), jax.nn.log_softmax(logits.astype(jnp.float32), axis=-1)
    return -jnp.mean(share * log_p[rows, own] + (1 - share) * log_p[rows, other])
