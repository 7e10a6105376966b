"""How far a prediction is from the pixels it should have been."""

import jax
import jax.numpy as jnp


def weighted_l2(prediction: jax.Array, target: jax.Array, weight: jax.Array) -> jax.Array:
    """Weighted squared error, over the number of values that have a weight; the mean over examples of that.

    Every example counts the same, however many pixels it was asked for, so the value does not depend on how a batch is
    split over devices.

    Args:
        prediction, target: [n, h, w, c].
        weight: [n, h, w, 1], at least 0 and somewhere positive in each example.

    Returns:
        Scalar float32. With weights of 0 and 1, predicting a constant gives the variance about it of what was asked.
    """
    error = (prediction.astype(jnp.float32) - target) ** 2
    asked = jnp.sum(weight > 0, axis=(1, 2, 3)) * target.shape[-1]
    return jnp.mean(jnp.sum(weight * error, axis=(1, 2, 3)) / asked)


def patch_statistics(patches: jax.Array, epsilon: float = 1e-6) -> tuple[jax.Array, jax.Array]:
    """Mean and standard deviation of each patch: [n, l, p] -> [n, l, 1] each.

    The variance is the unbiased one, as in MAE's code (arXiv:2111.06377), and `epsilon` is added to it: predicting 0
    for pixels that were normalised by these costs (p - 1) / p.
    """
    mean = patches.mean(-1, keepdims=True)
    return mean, jnp.sqrt(patches.var(-1, keepdims=True, ddof=1) + epsilon)


def channel_statistics(tubes: jax.Array, epsilon: float = 1e-6) -> tuple[jax.Array, jax.Array]:
    """Mean and standard deviation of each channel of each tube: [n, l, p, c] -> [n, l, 1, c] each.

    As in VideoMAE's code (arXiv:2203.12602): the variance is the unbiased one, and `epsilon` is added to its root.
    """
    return tubes.mean(-2, keepdims=True), jnp.sqrt(tubes.var(-2, keepdims=True, ddof=1)) + epsilon


def masked_mse(prediction: jax.Array, target: jax.Array, mask: jax.Array) -> jax.Array:
    """Mean squared error of the patches under the mask.

    Args:
        prediction, target: [n, l, p].
        mask: [n, l], 1 or True for the patches that count, of which there must be some.
    """
    error = jnp.mean((prediction - target) ** 2, axis=-1)
    return jnp.sum(error * mask) / jnp.sum(mask)


def gradient_difference(prediction: jax.Array, target: jax.Array) -> jax.Array:
    """How much steeper or flatter a prediction is from pixel to pixel (arXiv:1511.05440, with an exponent of 1).

    The mean of ||d target| - |d prediction|| over neighbours down, and the same over neighbours across; that of a blur
    is high where squared errors are low. The paper sums over pixels.

    Args:
        prediction, target: [..., h, w, c], of two pixels or more each way.

    Returns:
        Scalar float32; 0 for what is right but for a constant, or a sign.
    """
    prediction, target = jnp.asarray(prediction, jnp.float32), jnp.asarray(target, jnp.float32)
    return sum(
        jnp.mean(jnp.abs(jnp.abs(jnp.diff(target, axis=axis)) - jnp.abs(jnp.diff(prediction, axis=axis))))
        for axis in (-3, -2)
    )
