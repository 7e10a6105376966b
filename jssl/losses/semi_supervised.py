"""Losses on examples without a label, whose target a network's own prediction is."""

import jax
import jax.numpy as jnp
import optax

from jssl.losses.contrastive import similarities


def pseudo_label(target: jax.Array, logits: jax.Array, threshold: float) -> tuple[jax.Array, jax.Array]:
    """Cross entropy with the most likely class of `target`, where it is likely enough (arXiv:2001.07685).

    Args:
        target: logits [n, classes] that tell the pseudo-label. No gradient goes into them.
        logits: [n, classes] that are to agree with it.
        threshold: least probability; above 1 nothing counts, 0 counts everything.

    Returns:
        The sum over what counts divided by all n, so that few confident examples weigh little; and the share of them.
    """
    target = jax.lax.stop_gradient(target)
    counts = jax.nn.softmax(target).max(-1) >= threshold
    losses = optax.softmax_cross_entropy_with_integer_labels(logits, target.argmax(-1))
    return jnp.mean(losses * counts), jnp.mean(counts)


def consistency(target: jax.Array, logits: jax.Array) -> jax.Array:
    """Mean squared difference of two predicted distributions, logits [n, classes] each (arXiv:1703.01780).

    The mean is over classes too: between 0 and 2 / classes. No gradient goes into `target`.
    """
    return jnp.mean((jax.nn.softmax(logits) - jax.lax.stop_gradient(jax.nn.softmax(target))) ** 2)


def batch_hard_triplet(x: jax.Array, groups: jax.Array, others: jax.Array, other_groups: jax.Array) -> jax.Array:
    """Triplet loss with a soft margin, each anchor with its hardest positive and negative (arXiv:1703.07737).

    All pairs are compared by |x|^2 - 2 x y + |y|^2, [n, m] in memory and not [n, m, d]; the distances of those that are
    chosen are their differences'.

    Args:
        x: anchors [n, d].
        groups: of the anchors, int [n].
        others: what they are compared with, [m, d]; the anchors may be among them.
        other_groups: int [m]; of each anchor's group and of another there is at least one.

    Returns:
        Mean over anchors of ln(1 + exp(furthest positive - nearest negative)) of Euclidean distances.
    """
    a, b = jax.lax.stop_gradient((x, others))
    square = jnp.sum(b * b, axis=-1)[None] - 2 * similarities(a, b)  # but for |a|^2, the same for all of an anchor's
    same = groups[:, None] == other_groups[None]
    positive = jnp.argmax(jnp.where(same, square, -jnp.inf), axis=1)
    negative = jnp.argmin(jnp.where(same, jnp.inf, square), axis=1)

    def distance(chosen: jax.Array) -> jax.Array:
        # The root has no gradient at 0, where an anchor meets itself.
        return jnp.sqrt(jnp.maximum(jnp.sum((x - others[chosen]) ** 2, axis=-1), 1e-12))

    return jnp.mean(jax.nn.softplus(distance(positive) - distance(negative)))
