"""Contrastive predictive coding (arXiv:1807.03748)."""

import jax
import jax.numpy as jnp

from jssl.losses.contrastive import similarities


def among(predicted: jax.Array, keys: jax.Array, positive: jax.Array) -> tuple[jax.Array, jax.Array]:
    """InfoNCE: the cross entropy of the true key among all, by inner products.

    Args:
        predicted: [n, d]. What W_k made of a context.
        keys: of the global batch, [m, d].
        positive: row of `keys` that was to be predicted, int [n].

    Returns:
        The mean in nats, ln(m) when all keys are the same: ln(m) less it bounds the mutual information from below; and
        the share of predictions that are nearest to their own key.
    """
    logits = similarities(predicted, keys)
    chosen = logits[jnp.arange(len(predicted)), positive]
    return jnp.mean(jax.nn.logsumexp(logits, axis=-1) - chosen), jnp.mean(logits.argmax(axis=-1) == positive)
