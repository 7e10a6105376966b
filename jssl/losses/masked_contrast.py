"""wav2vec 2.0's losses (arXiv:2006.11477, section 3.2), as sums that do not depend on how a batch is cut up."""

import jax
import jax.numpy as jnp

from jssl.losses.contrastive import l2_normalize

RARE = 1e-7
"""Added to shares, so that an entry that is never used has a logarithm."""


def among_distractors(
    predicted: jax.Array, targets: jax.Array, distractors: jax.Array, *, temperature: float
) -> tuple[jax.Array, jax.Array]:
    """For each place the cross entropy of its target among distractors, by cosine similarity.

    Args:
        predicted: [k, d].
        targets: [k, d].
        distractors: [k, negatives, d]; one that equals the target is none.
        temperature: divides the similarities.

    Returns:
        float32 [k] in nats, ln(negatives + 1) where nothing tells them apart; and whether the target was nearest.
    """
    same = jnp.all(distractors == targets[:, None], axis=-1)
    keys = l2_normalize(jnp.concatenate([targets[:, None], distractors], axis=1).astype(jnp.float32))
    asked = l2_normalize(predicted.astype(jnp.float32))
    logits = jnp.einsum("kd,kjd->kj", asked, keys, precision="highest") / temperature
    logits = logits.at[:, 1:].set(jnp.where(same, -jnp.inf, logits[:, 1:]))
    return jax.nn.logsumexp(logits, axis=1) - logits[:, 0], logits[:, 0] > logits[:, 1:].max(1)


def perplexity(shares: jax.Array) -> jax.Array:
    """How many entries of its codebooks are in use, all codebooks added.

    Args:
        shares: [groups, entries], each row of which sums to 1.

    Returns:
        Between groups, when one entry takes all, and groups * entries, when all are used alike.
    """
    return jnp.sum(jnp.exp(-jnp.sum(shares * jnp.log(shares + RARE), axis=-1)))
