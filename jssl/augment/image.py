"""Deterministic operations on one image, float32 [h, w, c] in [0, 1], c = 1 or 3.

They compute what `torchvision.transforms.v2.functional` computes on float tensors. Parameters may be traced unless
said otherwise, so everything works under `jit` and `vmap`. Random draws live in `jssl.augment.views`.
"""

import jax
import jax.numpy as jnp
from jax.scipy.ndimage import map_coordinates

# Reduced-precision matmuls (TF32, bfloat16) would move pixels by a grey level, differently on each kind of device.
EXACT = jax.lax.Precision.HIGHEST
LUMA = (0.2989, 0.587, 0.114)

Scalar = jax.Array | float


def resized_crop(image: jax.Array, top: Scalar, left: Scalar, height: Scalar, width: Scalar, size: int) -> jax.Array:
    """Cut out a box (in pixels, inside the image) and resize it to [size, size, c], bilinear with antialias."""
    rows = _interpolation(top, height, image.shape[0], size)
    columns = _interpolation(left, width, image.shape[1], size)
    return _resample(image, rows, columns)


def resize(image: jax.Array, size: int) -> jax.Array:
    """Scale so that the shorter side is `size` (static), bilinear with antialias; the aspect ratio stays."""
    height, width = image.shape[:2]
    if min(height, width) == size:
        return image
    short = min(height, width)
    new_height, new_width = size * height // short, size * width // short
    return _resample(
        image, _interpolation(0.0, height, height, new_height), _interpolation(0.0, width, width, new_width)
    )


def center_crop(image: jax.Array, size: int) -> jax.Array:
    """The central [size, size, c]; both sides must be at least `size` (static)."""
    top, left = (round((side - size) / 2) for side in image.shape[:2])
    return image[top : top + size, left : left + size]


def resized_center(image: jax.Array, extent: jax.Array, scaled: int, size: int) -> jax.Array:
    """`center_crop(resize(picture, scaled), size)` of a picture that is the top left part of an image.

    Args:
        extent: the picture's height and width in pixels, int32 [2], which may be traced.
        scaled: of its shorter side, to which it may be enlarged too; at least `size`.
    """

    def line(side: jax.Array, length: int) -> jax.Array:
        whole = scaled * side // extent.min()
        first = jnp.round((whole - size) / 2)
        return _interpolation(first * side / whole, size * side / whole, length, size, bounds=(0, side))

    return _resample(image, *(line(side, length) for side, length in zip(extent, image.shape[:2], strict=True)))


def horizontal_flip(image: jax.Array) -> jax.Array:
    """Mirror left and right."""
    return image[:, ::-1]


def adjust_brightness(image: jax.Array, factor: Scalar) -> jax.Array:
    """Blend with black: 0 is black, 1 the image, more is brighter."""
    return blend(image, jnp.zeros(()), factor)


def adjust_contrast(image: jax.Array, factor: Scalar) -> jax.Array:
    """Blend with the mean grey of the image: 0 is flat, 1 the image."""
    return blend(image, luma(image).mean(), factor)


def adjust_saturation(image: jax.Array, factor: Scalar) -> jax.Array:
    """Blend with the image's own grey version: 0 is grey, 1 the image."""
    return blend(image, luma(image), factor)


def adjust_hue(image: jax.Array, delta: Scalar) -> jax.Array:
    """Turn the hue of an RGB image in HSV space by `delta` of a full turn, in [-0.5, 0.5]."""
    r, g, b = image[..., 0:1], image[..., 1:2], image[..., 2:3]
    value = image.max(-1, keepdims=True)
    chroma = value - image.min(-1, keepdims=True)
    inverse = 1 / jnp.where(chroma == 0, 1, chroma)
    sextant = jnp.where(
        value == r, (g - b) * inverse, jnp.where(value == g, 2 + (b - r) * inverse, 4 + (r - g) * inverse)
    )
    # The inverse transform in closed form: each channel is a trapezoid over the six sextants of the colour circle.
    offset = jnp.array([5.0, 3.0, 1.0]).reshape(1, 1, 3)
    turns = (offset + sextant) / 6 + delta
    k = 6 * (turns - jnp.floor(turns))  # several times faster than `%` on a CPU
    return value - chroma * jnp.clip(jnp.minimum(k, 4 - k), 0, 1)


def to_grey(image: jax.Array) -> jax.Array:
    """The grey version, with the channels kept."""
    return jnp.broadcast_to(luma(image), image.shape)


def solarize(image: jax.Array, threshold: Scalar) -> jax.Array:
    """Invert the values at or above `threshold`."""
    return jnp.where(image >= threshold, 1 - image, image)


def gaussian_blur(image: jax.Array, kernel_size: int, sigma: Scalar) -> jax.Array:
    """Blur with a truncated Gaussian; borders reflect, without repeating the edge pixel.

    Args:
        kernel_size: length of the kernel in pixels, odd, static.
        sigma: standard deviation in pixels, positive.

    Raises:
        ValueError: on an even kernel, or one that reaches further than the image.
    """
    if kernel_size % 2 == 0 or kernel_size // 2 >= min(image.shape[:2]):
        raise ValueError(f"kernel_size={kernel_size} must be odd and its half less than the sides {image.shape[:2]}")
    rows, columns = (_gaussian(side, kernel_size // 2, sigma) for side in image.shape[:2])
    return _resample(image, rows, columns)


def affine(
    image: jax.Array,
    angle: Scalar,
    translate: tuple[Scalar, Scalar],
    scale: Scalar,
    shear: tuple[Scalar, Scalar],
    sides: tuple[Scalar, Scalar] | None = None,
) -> jax.Array:
    """Rotate, scale and shear about the centre, then translate; bilinear, black outside.

    Args:
        angle: degrees, clockwise.
        translate: pixels to the right and down.
        scale: enlargement.
        shear: degrees along x and along y.
        sides: height and width of the picture that is the top left part of the image; None is all of it.
    """
    height, width = image.shape[:2]
    rotation, shear_x, shear_y = (jnp.deg2rad(degrees) for degrees in (angle, *shear))
    a = jnp.cos(rotation - shear_y) / jnp.cos(shear_y)
    b = -(a * jnp.tan(shear_x) + jnp.sin(rotation))
    c = jnp.sin(rotation - shear_y) / jnp.cos(shear_y)
    d = jnp.cos(rotation) - c * jnp.tan(shear_x)
    center_y, center_x = ((side - 1) / 2 for side in sides or (height, width))
    y = jnp.arange(height).reshape(-1, 1) - center_y - translate[1]
    x = jnp.arange(width).reshape(1, -1) - center_x - translate[0]
    # The matrix has determinant 1 before scaling, so its inverse is a rearrangement.
    source = [(a * y - c * x) / scale + center_y, (d * x - b * y) / scale + center_x]
    sample = jax.vmap(lambda channel: map_coordinates(channel, source, order=1, mode="constant"), -1, -1)
    return sample(image)


def luma(image: jax.Array) -> jax.Array:
    """Perceived brightness, [h, w, 1]."""
    if image.shape[-1] == 1:
        return image
    return LUMA[0] * image[..., 0:1] + LUMA[1] * image[..., 1:2] + LUMA[2] * image[..., 2:3]


def blend(image: jax.Array, base: jax.Array, factor: Scalar) -> jax.Array:
    """`base` at factor 0, `image` at factor 1, beyond it extrapolated; clipped to [0, 1]."""
    return jnp.clip(factor * image + (1 - factor) * base, 0, 1)


def _resample(image: jax.Array, rows: jax.Array, columns: jax.Array) -> jax.Array:
    return jnp.einsum("yh,hwc,xw->yxc", rows, image, columns, precision=EXACT)


def _interpolation(
    start: Scalar, extent: Scalar, length: int, size: int, bounds: tuple[Scalar, Scalar] | None = None
) -> jax.Array:
    """The [size, length] matrix that resizes pixels `start` to `start + extent` of a line to `size` pixels.

    What lies outside of `bounds`, or else of these pixels, has no weight.
    """
    low, high = bounds or (start, start + extent)
    scale = extent / size
    center = start + (jnp.arange(size).reshape(-1, 1) + 0.5) * scale
    pixel = jnp.arange(length).reshape(1, -1) + 0.5
    weight = jnp.maximum(0, 1 - jnp.abs(pixel - center) / jnp.maximum(scale, 1))
    weight = jnp.where((pixel > low) & (pixel < high), weight, 0)
    return weight / weight.sum(1, keepdims=True)


def _gaussian(length: int, radius: int, sigma: Scalar) -> jax.Array:
    """The [length, length] matrix that blurs a line and reflects at both ends."""
    i, j = jnp.arange(length).reshape(-1, 1), jnp.arange(length).reshape(1, -1)

    def weight(distance: jax.Array) -> jax.Array:
        return jnp.where(jnp.abs(distance) <= radius, jnp.exp(-0.5 * (distance / sigma) ** 2), 0)

    before = jnp.where(j > 0, weight(i + j), 0)
    after = jnp.where(j < length - 1, weight(2 * (length - 1) - i - j), 0)
    total = weight(i - j) + before + after
    return total / total.sum(1, keepdims=True)
