"""Self-distillation: a student's distribution over prototypes learns a teacher's (DINO, arXiv:2104.14294)."""

import jax
import jax.numpy as jnp


def sharpened(logits: jax.Array, center: jax.Array, temperature: jax.Array | float) -> jax.Array:
    """A teacher's targets: softmax((logits - center) / temperature), float32, a constant to autodiff.

    Args:
        logits: [..., k].
        center: [k], a running mean of the logits: taking it away keeps one prototype from winning everywhere.
        temperature: the lower, the sharper, which keeps the targets from becoming uniform.
    """
    center = center.reshape((1,) * (logits.ndim - 1) + center.shape)
    return jax.lax.stop_gradient(jax.nn.softmax((logits.astype(jnp.float32) - center) / temperature, axis=-1))


def entropy(probabilities: jax.Array) -> jax.Array:
    """Mean entropy in nats of distributions [..., k]: ln(k) where all are uniform, 0 where each is one prototype."""
    return -jnp.mean(jnp.sum(jax.scipy.special.xlogy(probabilities, probabilities), axis=-1))


def cross_view_entropy(targets: jax.Array, logits: jax.Array, *, temperature: float) -> jax.Array:
    """Cross entropy of the student's distribution under the teacher's, mean over all pairs of different views.

    Args:
        targets: distributions [n, t, k] for the teacher's views.
        logits: of the student [n, s, k] for all views, of which the teacher's are the first t.
        temperature: of the student's softmax.

    Returns:
        Scalar float32 in nats, at least the targets' entropy: ln(k) at constant logits.
    """
    z = logits.astype(jnp.float32) / temperature
    z = z - jax.lax.stop_gradient(z.max(-1, keepdims=True))
    # The log of the sum, which all k share, is not added up k times: some CPUs' products lose four digits at that.
    shared = jnp.einsum("nt,ns->ts", targets.sum(-1), jax.nn.logsumexp(z, axis=-1), precision="highest")
    costs = (shared - jnp.einsum("ntk,nsk->ts", targets, z, precision="highest")) / len(targets)
    different = 1 - jnp.eye(*costs.shape)
    return jnp.sum(different * costs) / jnp.sum(different)


def moved_center(center: jax.Array, mean: jax.Array, momentum: float) -> jax.Array:
    """The centre after a step: `momentum` of itself, and the rest from the mean of the global batch's logits [k]."""
    return momentum * center + (1 - momentum) * jax.lax.stop_gradient(mean)
