"""RandAugment (arXiv:1909.13719): a few operations drawn from a list of fourteen, one magnitude for all of them.

The operations are PIL's, on float pixels: equal to within a grey level of 255. Under `vmap` a switch computes every
branch for every picture, so each slot is one affine map, one blend and one point operation, of which two are idle.
"""

import jax
import jax.numpy as jnp

from jssl.augment import image as ops
from jssl.augment.recipe import RandAugment

Scalar = jax.Array | float

GEOMETRY = ("rotate", "shear_x", "shear_y", "translate_x", "translate_y")
BLENDS = ("brightness", "contrast", "color", "sharpness")
OPERATIONS = ("identity", *GEOMETRY, *BLENDS, "autocontrast", "equalize", "posterize", "solarize")
DEGREES, SHEAR, SHIFT, BLEND, BITS = 30.0, 0.3, 0.3, 0.9, 4


def rand_augment(policy: RandAugment, fill: tuple[float, ...], key: jax.Array, image: jax.Array) -> jax.Array:
    """Operations drawn with replacement, one after the other, in either direction where they have two.

    Args:
        fill: per channel, what takes the place of pixels from outside the image.
        image: float32 [h, w, c] in [0, 1], c = 1 or 3.
    """
    kind, magnitude, sign, apply = jax.random.split(key, 4)
    shape, (low, high) = (policy.operations,), policy.magnitude
    kinds = jax.random.randint(kind, shape, 0, len(OPERATIONS))
    kinds = jnp.where(jax.random.bernoulli(apply, policy.probability, shape), kinds, OPERATIONS.index("identity"))
    signs = jax.random.rademacher(sign, shape, jnp.float32)
    amounts = signs * jax.random.uniform(magnitude, shape, minval=low, maxval=high)

    # A loop, so that an operation reads finished pixels: unrolled, XLA fuses them and computes earlier ones repeatedly.
    def slot(image: jax.Array, drawn: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, None]:
        return operate(*drawn, fill, image), None

    return jax.lax.scan(slot, image, (kinds, amounts))[0]


def operate(kind: jax.Array, amount: Scalar, fill: tuple[float, ...], image: jax.Array) -> jax.Array:
    """One operation.

    Args:
        kind: its index in `OPERATIONS`.
        amount: magnitude in [-1, 1], as a share of FixMatch's largest (arXiv:2001.07685, table 12): 30 degrees, a shear
            or shift by 0.3 of the side, blend factors 1 - 0.9 and 1 + 0.9, 4 bits fewer, every value inverted. The
            last two take its absolute value, and autocontrast and equalize know no magnitude. 0 changes nothing else.
        fill, image: as `rand_augment`.
    """
    on = dict(zip(OPERATIONS, kind == jnp.arange(len(OPERATIONS)), strict=True))
    image = warp(image, fill, **{name: jnp.where(on[name], amount, 0.0) for name in GEOMETRY})

    grey = ops.luma(image)
    base = jnp.where(on["contrast"], grey.mean(), jnp.where(on["color"], grey, 0.0))
    base = jnp.where(on["sharpness"], smooth(image), base)
    blends = jnp.stack([on[name] for name in BLENDS]).any()
    image = ops.blend(image, base, 1 + jnp.where(blends, BLEND * amount, 0.0))

    magnitude = jnp.abs(amount)
    for name, changed in (
        ("autocontrast", autocontrast(image)),
        ("equalize", equalize(image)),
        ("posterize", posterize(image, 8 - jnp.round(BITS * magnitude))),
        ("solarize", ops.solarize(image, (1 - magnitude) * 256 / 255)),
    ):
        image = jnp.where(on[name], changed, image)
    return image


def warp(
    image: jax.Array,
    fill: tuple[float, ...],
    rotate: Scalar = 0.0,
    shear_x: Scalar = 0.0,
    shear_y: Scalar = 0.0,
    translate_x: Scalar = 0.0,
    translate_y: Scalar = 0.0,
) -> jax.Array:
    """One of five affine maps, by an amount in [-1, 1], the others 0; the nearest pixel, `fill` outside.

    Rotation is counter-clockwise about the centre; shears keep the first row or column; a positive shift goes left
    or up.
    """
    height, width, channels = image.shape
    # Coordinates of pixel centres, from the centre of the image.
    y = jnp.arange(height).reshape(-1, 1) + 0.5 - height / 2
    x = jnp.arange(width).reshape(1, -1) + 0.5 - width / 2
    cos, sin = jnp.cos(jnp.deg2rad(DEGREES * rotate)), jnp.sin(jnp.deg2rad(DEGREES * rotate))
    source_x = cos * x - sin * y + SHEAR * shear_x * (y + height / 2) + SHIFT * translate_x * width + width / 2
    source_y = sin * x + cos * y + SHEAR * shear_y * (x + width / 2) + SHIFT * translate_y * height + height / 2
    row, column = jnp.floor(source_y).astype(jnp.int32), jnp.floor(source_x).astype(jnp.int32)
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    pixels = image.reshape(-1, channels)[jnp.where(inside, row * width + column, 0)]
    return jnp.where(inside[..., None], pixels, jnp.array(fill, image.dtype).reshape(1, 1, -1))


def smooth(image: jax.Array) -> jax.Array:
    """The 3x3 mean, in which the middle pixel counts five times; the border stays."""
    rows = image[:-2] + image[1:-1] + image[2:]
    total = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]
    return image.at[1:-1, 1:-1].set((total + 4 * image[1:-1, 1:-1]) / 13)


def autocontrast(image: jax.Array) -> jax.Array:
    """Stretch each channel to [0, 1]; one of a single value stays."""
    low, high = image.min((0, 1), keepdims=True), image.max((0, 1), keepdims=True)
    return jnp.where(high > low, (image - low) / jnp.where(high > low, high - low, 1), image)


def equalize(image: jax.Array) -> jax.Array:
    """Spread the 8-bit levels of each channel so that their histogram is about flat; one of few pixels stays."""

    def channel(levels: jax.Array) -> jax.Array:
        count = jnp.zeros(256, jnp.int32).at[levels.ravel()].add(1)
        step = (levels.size - count[levels.max()]) // 255
        below = jnp.cumsum(count) - count
        # Exact below 2**24 pixels, and quicker than dividing integers, which XLA would do for every pixel.
        table = jnp.minimum(jnp.floor((below + step // 2) / jnp.maximum(step, 1)), 255)
        return jnp.where(step > 0, table, jnp.arange(256))[levels]

    return jax.vmap(channel, -1, -1)(_levels(image)) / 255


def posterize(image: jax.Array, bits: Scalar) -> jax.Array:
    """Keep the highest `bits` of 8."""
    coarse = jnp.exp2(8.0 - bits)
    return jnp.floor(_levels(image) / coarse) * coarse / 255


def _levels(image: jax.Array) -> jax.Array:
    return jnp.round(255 * image).astype(jnp.int32)
