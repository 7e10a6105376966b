"""Losses on examples without a label, whose target a network's own prediction is."""

from collections.abc import Callable

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


def soft_pseudo_label(target: jax.Array, logits: jax.Array, temperature: float, threshold: float) -> jax.Array:
    """Cross entropy with the distribution that `target` tells, sharpened, where it is sure enough (arXiv:1904.12848).

    Args:
        target: logits [n, classes]. No gradient goes into them.
        logits: [n, classes] that are to agree with it.
        temperature: below 1 it sharpens the target.
        threshold: least probability of the sharpened target's likeliest class.

    Returns:
        The sum over what counts divided by all n.
    """
    p = jax.nn.softmax(jax.lax.stop_gradient(target) / temperature)
    return jnp.mean(optax.softmax_cross_entropy(logits, p) * (p.max(-1) >= threshold))


def soft_targets(target: jax.Array, logits: jax.Array, temperature: float) -> jax.Array:
    """Cross entropy with the distribution of `target`, both softened by a temperature (arXiv:1503.02531).

    Args:
        target: logits [n, classes]. No gradient goes into them.
        logits: [n, classes] that are to agree with it.
        temperature: of both softmaxes. The loss is multiplied by its square, by which gradients otherwise shrink.

    Returns:
        Scalar in nats, at least the targets' own entropy times that square.
    """
    p = jax.nn.softmax(jax.lax.stop_gradient(target) / temperature)
    return temperature**2 * jnp.mean(optax.softmax_cross_entropy(logits / temperature, p))


def consistency(target: jax.Array, logits: jax.Array) -> jax.Array:
    """Mean squared difference of two predicted distributions, logits [n, classes] each (arXiv:1703.01780).

    The mean is over classes too: between 0 and 2 / classes. No gradient goes into `target`.
    """
    return brier(jax.nn.softmax(target), logits)


def brier(target: jax.Array, logits: jax.Array) -> jax.Array:
    """Mean squared difference of a distribution and the predicted one, over examples and classes (arXiv:1905.02249).

    Args:
        target: probabilities [n, classes]. No gradient goes into them.
        logits: [n, classes].
    """
    return jnp.mean((jax.nn.softmax(logits) - jax.lax.stop_gradient(target)) ** 2)


def sharpen(p: jax.Array, temperature: float) -> jax.Array:
    """Probabilities [n, classes] to the power 1 / temperature, made to sum to 1; towards 0, one class alone."""
    return jax.nn.softmax(jnp.log(jnp.maximum(p, jnp.finfo(p.dtype).tiny)) / temperature)


def mixup(share: jax.Array, x: jax.Array, other: jax.Array) -> jax.Array:
    """`share` of each x and the rest of another one, which x outweighs: max(share, 1 - share) of it (arXiv:1905.02249).

    Args:
        share: [n] in [0, 1].
        x, other: [n, ...].
    """
    share = jnp.maximum(share, 1 - share).reshape(-1, *(1,) * (x.ndim - 1))
    return share * x + (1 - share) * other


def entropy(logits: jax.Array) -> jax.Array:
    """Mean entropy of predicted distributions, logits [n, classes], in nats: 0 to ln(classes) (Grandvalet 2004)."""
    return jnp.mean(-jnp.sum(jax.nn.softmax(logits) * jax.nn.log_softmax(logits), axis=-1))


def divergence(target: jax.Array, logits: jax.Array) -> jax.Array:
    """Kullback-Leibler divergence of predicted distributions from their target, logits [n, classes] each: nats [n].

    No gradient goes into `target`.
    """
    target = jax.lax.stop_gradient(target)
    p = jax.nn.softmax(target)
    return jnp.sum(p * (jax.nn.log_softmax(target) - jax.nn.log_softmax(logits)), axis=-1)


def adversarial_direction(predict: Callable, x: jax.Array, direction: jax.Array, iterations: int = 1) -> jax.Array:
    """The direction in which each prediction changes most, by power iteration on its curvature (arXiv:1704.03976).

    The paper takes the gradient of the divergence at a step of 1e-6, which approaches the product of curvature and
    direction. The curvature is the Fisher information J^T (diag(p) - p p^T) J, J being the Jacobian of the logits, and
    the product is exact here: digits that a difference of nearly equal numbers loses are kept.

    Args:
        predict: x -> logits [n, classes].
        x: [n, ...].
        direction: [n, ...], to begin with.

    Returns:
        Unit vectors [n, ...], without a gradient.
    """
    for _ in range(iterations):
        logits, change = jax.jvp(predict, (x,), (unit(direction),))
        p = jax.nn.softmax(logits)
        change = p * (change - jnp.sum(p * change, axis=-1, keepdims=True))
        (direction,) = jax.vjp(predict, x)[1](change)
    return jax.lax.stop_gradient(unit(direction))


def unit(x: jax.Array) -> jax.Array:
    """[n, ...], each of n scaled to a Euclidean norm of 1; of 0, 0."""
    axes = tuple(range(1, x.ndim))
    largest = jnp.max(jnp.abs(x), axis=axes, keepdims=True)
    x = x / jnp.where(largest > 0, largest, 1.0)  # squares of small numbers would be 0
    square = jnp.sum(x**2, axis=axes, keepdims=True)
    return x / jnp.sqrt(jnp.where(square > 0, square, 1.0))


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
