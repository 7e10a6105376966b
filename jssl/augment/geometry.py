"""Where in a picture a view lies: random and central crops, affine maps, shifts."""

import jax
import jax.numpy as jnp

from jssl.augment import image as ops
from jssl.augment.recipe import Affine, View

CROP_ATTEMPTS = 10


def center(image: jax.Array, extent: jax.Array | None, *, size: int, margin: float) -> jax.Array:
    """The central [size, size, c] of a picture whose shorter side is scaled to `margin` times that, see `prepare`."""
    if extent is not None:
        return ops.resized_center(image, extent, max(size, round(size * margin)), size)
    scaled = max(size, min(round(size * margin), *image.shape[:2]))
    return ops.center_crop(ops.resize(image, scaled), size)


def random_affine(affine: Affine, key: jax.Array, image: jax.Array, extent: jax.Array | None = None) -> jax.Array:
    """One map of that distribution applied to an image [h, w, c], or to the picture in it; black outside."""
    angle, x, y, scale, shear = jax.random.split(key, 5)
    height, width = _sides(image, extent)
    if extent is not None:
        row, column = jnp.arange(image.shape[0]).reshape(-1, 1, 1), jnp.arange(image.shape[1]).reshape(1, -1, 1)
        image = jnp.where((row < height) & (column < width), image, 0)
    translate = (
        uniform(x, -affine.translate, affine.translate) * width,
        uniform(y, -affine.translate, affine.translate) * height,
    )
    return ops.affine(
        image,
        uniform(angle, -affine.degrees, affine.degrees),
        translate,
        uniform(scale, *affine.scale),
        (uniform(shear, -affine.shear, affine.shear), 0.0),
        (height, width),
    )


def _sides(image: jax.Array, extent: jax.Array | None) -> tuple[ops.Scalar, ops.Scalar]:
    """Height and width of the picture in an image."""
    return image.shape[:2] if extent is None else (extent[0], extent[1])


def random_crop(view: View, key: jax.Array, image: jax.Array, extent: jax.Array | None) -> jax.Array:
    """A box of `crop_box`, scaled to the view's size, [size, size, c]."""
    return ops.resized_crop(image, *crop_box(view, key, *_sides(image, extent)), view.size)


def crop_box(view: View, key: jax.Array, height: ops.Scalar, width: ops.Scalar) -> tuple[jax.Array, ...]:
    """The box of torchvision's RandomResizedCrop: the first of ten boxes that fits, else a central one.

    Returns:
        Top, left, height and width in whole pixels of a picture with these sides, float32.
    """
    area, ratio, top, left = jax.random.split(key, 4)
    least, nearest = (min, round) if isinstance(height, int) else (jnp.minimum, jnp.round)
    area = uniform(area, *view.crop, (CROP_ATTEMPTS,)) * (least(height, width) ** 2 if view.square else height * width)
    ratio = jnp.exp(uniform(ratio, *jnp.log(jnp.array(view.ratio)), (CROP_ATTEMPTS,)))
    h, w = jnp.round(jnp.sqrt(area / ratio)), jnp.round(jnp.sqrt(area * ratio))
    fits = (h >= 1) & (h <= height) & (w >= 1) & (w <= width)
    first = jnp.argmax(fits)
    low, high = view.ratio
    whole = (least(height, nearest(width / low)), least(width, nearest(height * high)))
    h, w = (jnp.where(fits.any(), drawn[first], fallback) for drawn, fallback in ((h, whole[0]), (w, whole[1])))
    top, left = (
        jnp.where(fits.any(), jnp.floor(uniform(key, 0, 1) * (spare + 1)), jnp.floor(spare / 2))
        for key, spare in ((top, height - h), (left, width - w))
    )
    return top, left, h, w


def random_shift(limit: int, key: jax.Array, image: jax.Array) -> jax.Array:
    """An image [h, w, c] moved by up to `limit` pixels in each direction, mirrored at its edges."""
    padded = jnp.pad(image, ((limit, limit), (limit, limit), (0, 0)), mode="reflect")
    top, left = jax.random.randint(key, (2,), 0, 2 * limit + 1)
    return jax.lax.dynamic_slice(padded, (top, left, 0), image.shape)


def uniform(key: jax.Array, low: float, high: float, shape: tuple[int, ...] = ()) -> jax.Array:
    """Numbers between two, of that shape."""
    return jax.random.uniform(key, shape, minval=low, maxval=high)
