"""Random views, drawn on the accelerator inside the jitted train step, from uint8 images and one key per example."""

from collections.abc import Callable
from functools import partial
from itertools import groupby

import jax
import jax.numpy as jnp

from jssl.augment import image as ops
from jssl.augment.holes import random_square
from jssl.augment.rand_augment import rand_augment
from jssl.augment.recipe import Affine, RandAugment, Recipe, View
from jssl.augment.recipes import RECIPES, make_recipe

__all__ = [
    "RECIPES",
    "Affine",
    "RandAugment",
    "Recipe",
    "View",
    "denormalize",
    "draw_views",
    "make_recipe",
    "normalize",
    "prepare",
]

CROP_ATTEMPTS = 10


def draw_views(recipe: Recipe, keys: jax.Array, images: jax.Array) -> tuple[jax.Array, ...]:
    """Random views of a batch.

    Args:
        keys: one per example, [n]. An example's views depend on its key and its pixels only.
        images: uint8 or uint16 [n, h, w, c]. Colour operations leave one-channel images alone, and are refused for
            channels that are no colours.

    Returns:
        One float32 [n, size, size, c] per view, normalised.

    Raises:
        ValueError: images that are not uint8 or uint16 [n, h, w, c], or whose channels the recipe cannot take.
    """
    pixels = _to_unit(recipe, images)
    views: list[jax.Array] = []
    # Equal views are one program mapped over their index: multi-crop would compile its local view 8 times.
    for view, group in groupby(recipe.views):
        index = jnp.arange(len(views), len(views) + len(list(group)))
        view_keys = jax.vmap(lambda i: jax.vmap(jax.random.fold_in, (0, None))(keys, i))(index)
        many = jax.vmap(jax.vmap(partial(_draw, recipe, view)), (0, None))
        views.extend(normalize(recipe, x) for x in many(view_keys, pixels))
    return tuple(views)


def prepare(recipe: Recipe, images: jax.Array) -> jax.Array:
    """The test-time transform: scale the shorter side, take the central square of the first view's size, normalise.

    Larger pictures keep the recipe's margin around the crop (ImageNet's resize to 256, crop to 224); pictures
    smaller than that are scaled no further than needed, so 32-pixel pictures stay whole at size 32.

    Args:
        images: uint8 or uint16 [n, h, w, c].

    Returns:
        float32 [n, size, size, c].

    Raises:
        ValueError: as `draw_views`.
    """
    center = partial(_center, size=recipe.views[0].size, margin=recipe.margin)
    return normalize(recipe, jax.vmap(center)(_to_unit(recipe, images)))


def normalize(recipe: Recipe, pixels: jax.Array) -> jax.Array:
    """Colours in [0, 1], [n, h, w, c], as networks see them: less the recipe's mean, over its deviation."""
    mean, std = (jnp.array(x, jnp.float32).reshape(1, 1, 1, -1) for x in (recipe.mean, recipe.std))
    return (pixels - mean) / std


def denormalize(recipe: Recipe, images: jax.Array) -> jax.Array:
    """The inverse of normalisation: views or prepared pictures [..., c] -> colours in [0, 1], for people to look at."""
    mean, std = (jnp.array(x, jnp.float32).reshape((1,) * (images.ndim - 1) + (-1,)) for x in (recipe.mean, recipe.std))
    return images * std + mean


def _to_unit(recipe: Recipe, images: jax.Array) -> jax.Array:
    if images.ndim != 4 or images.dtype not in (jnp.uint8, jnp.uint16):
        raise ValueError(f"images must be uint8 or uint16 [n, h, w, c], not {images.dtype} {list(images.shape)}")
    channels = images.shape[-1]
    if not channels == len(recipe.mean) == len(recipe.std):
        raise ValueError(
            f"images have {channels} channels, but the recipe normalises with mean={recipe.mean} and"
            f" std={recipe.std}; give it a mean and std of {channels} values"
        )
    if channels not in (1, 3) and (colored := _colored(recipe)):
        raise ValueError(
            f"images of {channels} channels are no colours, which the recipe changes by {', '.join(colored)}: set"
            " jitter and rand_augment to None, grey and solarize to 0"
        )
    return images.astype(jnp.float32) / jnp.iinfo(images.dtype).max


def _colored(recipe: Recipe) -> list[str]:
    """Fields of the recipe's views that only mean something of grey or of red, green and blue."""
    used = {
        name: any(getattr(view, name) for view in recipe.views)
        for name in ("jitter", "grey", "solarize", "rand_augment")
    }
    return [name for name, there in used.items() if there]


def _center(image: jax.Array, size: int, margin: float) -> jax.Array:
    scaled = max(size, min(round(size * margin), *image.shape[:2]))
    return ops.center_crop(ops.resize(image, scaled), size)


def _draw(recipe: Recipe, view: View, key: jax.Array, image: jax.Array) -> jax.Array:
    stages: list[Callable[[jax.Array, jax.Array], jax.Array]] = []
    color = image.shape[-1] == 3
    if view.affine is not None:
        stages.append(partial(random_affine, view.affine))
    stages.append(partial(_crop, view) if view.crop else lambda _, image: _center(image, view.size, recipe.margin))
    if view.shift:
        stages.append(partial(_shift, round(view.shift * view.size)))
    if view.flip:
        stages.append(_sometimes(view.flip, lambda _, image: ops.horizontal_flip(image)))
    if view.jitter and view.jitter_probability:
        stages.append(partial(_jitter, view))
    if view.grey and color:
        stages.append(_sometimes(view.grey, lambda _, image: ops.to_grey(image)))
    if view.blur:
        stages.append(_sometimes(view.blur, partial(_blur, view)))
    if view.solarize:
        stages.append(_sometimes(view.solarize, lambda _, image: ops.solarize(image, view.threshold)))
    if view.rand_augment is not None:
        stages.append(partial(rand_augment, view.rand_augment, recipe.mean))
    if view.cutout:
        stages.append(partial(_cutout, round(view.cutout * view.size), recipe.mean))
    for stage, stage_key in zip(stages, jax.random.split(key, len(stages)), strict=True):
        image = stage(stage_key, image)
    return image


def _sometimes(probability: float, change: Callable[[jax.Array, jax.Array], jax.Array]) -> Callable:
    def stage(key: jax.Array, image: jax.Array) -> jax.Array:
        apply, key = jax.random.split(key)
        return jnp.where(jax.random.bernoulli(apply, probability), change(key, image), image)

    return stage


def _uniform(key: jax.Array, low: float, high: float, shape: tuple[int, ...] = ()) -> jax.Array:
    return jax.random.uniform(key, shape, minval=low, maxval=high)


def random_affine(affine: Affine, key: jax.Array, image: jax.Array) -> jax.Array:
    """One map of that distribution applied to an image [h, w, c]; black outside."""
    angle, x, y, scale, shear = jax.random.split(key, 5)
    height, width = image.shape[:2]
    translate = (
        _uniform(x, -affine.translate, affine.translate) * width,
        _uniform(y, -affine.translate, affine.translate) * height,
    )
    return ops.affine(
        image,
        _uniform(angle, -affine.degrees, affine.degrees),
        translate,
        _uniform(scale, *affine.scale),
        (_uniform(shear, -affine.shear, affine.shear), 0.0),
    )


def _crop(view: View, key: jax.Array, image: jax.Array) -> jax.Array:
    return ops.resized_crop(image, *_crop_box(view, key, *image.shape[:2]), view.size)


def _crop_box(view: View, key: jax.Array, height: int, width: int) -> tuple[jax.Array, ...]:
    """The box of torchvision's RandomResizedCrop: the first of ten boxes that fits, else a central one."""
    area, ratio, top, left = jax.random.split(key, 4)
    area = _uniform(area, *view.crop, (CROP_ATTEMPTS,)) * (height * width)
    ratio = jnp.exp(_uniform(ratio, *jnp.log(jnp.array(view.ratio)), (CROP_ATTEMPTS,)))
    h, w = jnp.round(jnp.sqrt(area / ratio)), jnp.round(jnp.sqrt(area * ratio))
    fits = (h >= 1) & (h <= height) & (w >= 1) & (w <= width)
    first = jnp.argmax(fits)
    low, high = view.ratio
    whole = (min(height, round(width / low)), min(width, round(height * high)))
    h, w = (jnp.where(fits.any(), drawn[first], fallback) for drawn, fallback in ((h, whole[0]), (w, whole[1])))
    top, left = (
        jnp.where(fits.any(), jnp.floor(_uniform(key, 0, 1) * (spare + 1)), jnp.round(spare / 2))
        for key, spare in ((top, height - h), (left, width - w))
    )
    return top, left, h, w


def _shift(limit: int, key: jax.Array, image: jax.Array) -> jax.Array:
    padded = jnp.pad(image, ((limit, limit), (limit, limit), (0, 0)), mode="reflect")
    top, left = jax.random.randint(key, (2,), 0, 2 * limit + 1)
    return jax.lax.dynamic_slice(padded, (top, left, 0), image.shape)


def _jitter(view: View, key: jax.Array, image: jax.Array) -> jax.Array:
    """Brightness, contrast, saturation and hue in random order.

    Selecting one of four operations in each of four slots would compute all of them four times under `vmap`. But
    the first three are blends that a factor of 1 turns off, so: the blends that come before hue with the others
    turned off, hue once, then the blends that come after it.
    """
    apply, order, turn, place, *factors = jax.random.split(key, 7)
    apply = jax.random.bernoulli(apply, view.jitter_probability)
    color = image.shape[-1] == 3
    strengths = view.jitter[: 3 if color else 2]
    factor = jnp.stack([_uniform(k, max(0.0, 1 - s), 1 + s) for k, s in zip(factors, strengths, strict=False)])
    factor = jnp.where(apply, factor, 1.0)
    kinds = jnp.array([kind for kind, strength in enumerate(strengths) if strength], jnp.int32)
    kinds = jax.random.permutation(order, kinds)
    hue = view.jitter[3] if color else 0.0
    before = jax.random.randint(place, (), 0, len(kinds) + 1) if hue else len(kinds)
    active = jnp.arange(len(kinds)) < before

    # A loop, so that each blend reads finished pixels: unrolled, XLA fuses them and computes earlier ones repeatedly.
    def blends(image: jax.Array, active: jax.Array) -> jax.Array:
        def one(image: jax.Array, slot: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, None]:
            kind, on = slot
            grey = ops.luma(image)
            base = jnp.where(kind == 0, 0.0, jnp.where(kind == 1, grey.mean(), grey))
            return ops.blend(image, base, jnp.where(on, factor[kind], 1.0)), None

        return jax.lax.scan(one, image, (kinds, active))[0]

    image = blends(image, active)
    if hue:
        image = ops.adjust_hue(image, jnp.where(apply, _uniform(turn, -hue, hue), 0.0))
        image = blends(image, ~active)
    return image


def _blur(view: View, key: jax.Array, image: jax.Array) -> jax.Array:
    kernel_size = int(view.size * view.kernel) // 2 * 2 + 1
    return ops.gaussian_blur(image, kernel_size, _uniform(key, *view.sigma))


def _cutout(side: int, fill: tuple[float, ...], key: jax.Array, image: jax.Array) -> jax.Array:
    hole = random_square(key, image.shape[0], side)
    return jnp.where(hole, jnp.array(fill, image.dtype).reshape(1, 1, -1), image)
