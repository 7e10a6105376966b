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
    costs, right = costs_among(predicted, keys, positive, jnp.ones(len(keys), bool))
    return jnp.mean(costs), jnp.mean(right)


def costs_among(
    predicted: jax.Array, keys: jax.Array, positive: jax.Array, there: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """The same of each prediction: costs [n], and whether it is nearest to its own key, bool [n].

    Args:
        there: bool [m]: the keys that count. Of a prediction whose own key is none of them, what is returned means
            nothing; it is finite.
    """
    logits = similarities(predicted, keys)
    rows = jnp.arange(len(predicted))
    chosen = logits[rows, positive]
    logits = jnp.where(there[None], logits, -jnp.inf).at[rows, positive].set(chosen)
    return jax.nn.logsumexp(logits, axis=-1) - chosen, logits.argmax(axis=-1) == positive
