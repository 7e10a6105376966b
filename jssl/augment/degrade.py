"""Pictures made smaller, or larger with nothing new in them: one fixed bicubic kernel, antialiased, as Pillow's."""

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.image import EXACT


def shrink(images: jax.Array, factor: int) -> jax.Array:
    """[n, h, w, c] -> [n, h / factor, w / factor, c]."""
    return _resampled(images, *(side // factor for side in images.shape[1:3]))


def enlarge(images: jax.Array, factor: int) -> jax.Array:
    """[n, h, w, c] -> [n, h * factor, w * factor, c]."""
    return _resampled(images, *(side * factor for side in images.shape[1:3]))


def _resampled(images: jax.Array, height: int, width: int) -> jax.Array:
    rows, columns = _bicubic(images.shape[1], height), _bicubic(images.shape[2], width)
    return jnp.einsum("yh,xw,nhwc->nyxc", rows, columns, images, precision=EXACT)


def _bicubic(length: int, size: int) -> np.ndarray:
    """The [size, length] matrix of Keys' kernel with a = -1/2, stretched over what becomes one pixel."""
    scale = length / size
    center = (np.arange(size)[:, None] + 0.5) * scale
    x = np.abs(np.arange(length)[None] + 0.5 - center) / max(scale, 1.0)
    near, far = 1.5 * x**3 - 2.5 * x**2 + 1, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    weight = np.where(x < 1, near, np.where(x < 2, far, 0.0))
    return (weight / weight.sum(1, keepdims=True)).astype(np.float32)
