"""Random views, drawn on the accelerator inside the jitted train step, from uint8 images and one key per example."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby

import jax
import jax.numpy as jnp

from jssl.augment import image as ops
from jssl.augment.geometry import center, random_affine, random_crop, random_shift, uniform
from jssl.augment.holes import random_square
from jssl.augment.photometric import random_photometric
from jssl.augment.rand_augment import rand_augment
from jssl.augment.recipe import Affine, RandAugment, Recipe, View
from jssl.augment.recipes import RECIPES, make_recipe

__all__ = [
    "RECIPES", "Affine", "RandAugment", "Recipe", "View", "denormalize", "distort", "draw_views", "make_recipe",
    "normalize", "prepare", "undistorted",
]  # fmt: skip

Stage = Callable[[jax.Array, jax.Array], jax.Array]
"""(key, picture) -> picture."""


def draw_views(
    recipe: Recipe, keys: jax.Array, images: jax.Array, extent: jax.Array | None = None
) -> tuple[jax.Array, ...]:
    """Random views of a batch.

    Args:
        keys: one per example, [n]. An example's views depend on its key and its pixels only.
        images: uint8 or uint16 [n, h, w, c]. Colour operations leave one-channel images alone, and are refused for
            channels that are no colours.
        extent: height and width of the picture in the top left corner of each image, int32 [n, 2], beyond which
            nothing is looked at; None where pictures fill their images.

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
        many = jax.vmap(jax.vmap(partial(_draw, recipe, view)), (0, None, None))
        views.extend(normalize(recipe, x) for x in many(view_keys, pixels, extent))
    return tuple(views)


def undistorted(view: View) -> View:
    """The view's place in the picture alone: what of it `distort` does is left out."""
    still = {"flip": 0.0, "jitter": None, "photometric": 0.0, "grey": 0.0, "blur": 0.0, "solarize": 0.0}
    return view._replace(**still, rand_augment=None, cutout=0.0)


def distort(recipe: Recipe, view: View, key: jax.Array, piece: jax.Array) -> jax.Array:
    """What the view does after its crop and shift, to a piece of it: mirrored, distorted in colour, blurred.

    Args:
        piece: normalised, [p, p, c] with one side for all pieces: lengths that are shares of the view's size are of it.

    Returns:
        As `piece`.
    """
    view = view._replace(size=piece.shape[0])
    stages = _distortions(recipe, view, piece.shape[-1])
    return normalize(recipe, _changed(stages, key, denormalize(recipe, piece))[None])[0]


def prepare(recipe: Recipe, images: jax.Array, extent: jax.Array | None = None) -> jax.Array:
    """The test-time transform: scale the shorter side, take the central square of the first view's size, normalise.

    Larger pictures keep the recipe's margin around the crop (ImageNet's resize to 256, crop to 224); pictures
    smaller than that are scaled no further than needed, so 32-pixel pictures stay whole at size 32. Those with an
    extent, which came from files of any size, all keep the margin.

    Args:
        images: uint8 or uint16 [n, h, w, c].
        extent: as in `draw_views`.

    Returns:
        float32 [n, size, size, c].

    Raises:
        ValueError: as `draw_views`.
    """
    central = partial(center, size=recipe.views[0].size, margin=recipe.margin)
    return normalize(recipe, jax.vmap(central)(_to_unit(recipe, images), extent))


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
            " jitter and rand_augment to None, photometric, grey and solarize to 0"
        )
    return images.astype(jnp.float32) / jnp.iinfo(images.dtype).max


def _colored(recipe: Recipe) -> list[str]:
    """Fields of the recipe's views that only mean something of grey or of red, green and blue."""
    used = {
        name: any(getattr(view, name) for view in recipe.views)
        for name in ("jitter", "photometric", "grey", "solarize", "rand_augment")
    }
    return [name for name, there in used.items() if there]


def _draw(recipe: Recipe, view: View, key: jax.Array, image: jax.Array, extent: jax.Array | None) -> jax.Array:
    stages: list[Stage] = []
    if view.affine is not None:
        stages.append(partial(random_affine, view.affine, extent=extent))
    if view.crop:
        stages.append(partial(random_crop, view, extent=extent))
    else:
        stages.append(lambda _, image: center(image, extent, size=view.size, margin=recipe.margin))
    if view.shift:
        stages.append(partial(random_shift, round(view.shift * view.size)))
    return _changed([*stages, *_distortions(recipe, view, image.shape[-1])], key, image)


def _distortions(recipe: Recipe, view: View, channels: int) -> list[Stage]:
    stages: list[Stage] = []
    color = channels == 3
    if view.flip:
        stages.append(_sometimes(view.flip, lambda _, image: ops.horizontal_flip(image)))
    if view.jitter and view.jitter_probability:
        stages.append(partial(_jitter, view))
    if view.photometric:
        stages.append(_sometimes(view.photometric, random_photometric))
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
    return stages


def _changed(stages: Sequence[Stage], key: jax.Array, image: jax.Array) -> jax.Array:
    for stage, stage_key in zip(stages, jax.random.split(key, len(stages)), strict=True):
        image = stage(stage_key, image)
    return image


def _sometimes(probability: float, change: Callable[[jax.Array, jax.Array], jax.Array]) -> Callable:
    def stage(key: jax.Array, image: jax.Array) -> jax.Array:
        apply, key = jax.random.split(key)
        return jnp.where(jax.random.bernoulli(apply, probability), change(key, image), image)

    return stage


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
    factor = jnp.stack([uniform(k, max(0.0, 1 - s), 1 + s) for k, s in zip(factors, strengths, strict=False)])
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
        image = ops.adjust_hue(image, jnp.where(apply, uniform(turn, -hue, hue), 0.0))
        image = blends(image, ~active)
    return image


def _blur(view: View, key: jax.Array, image: jax.Array) -> jax.Array:
    kernel_size = int(view.size * view.kernel) // 2 * 2 + 1
    return ops.gaussian_blur(image, kernel_size, uniform(key, *view.sigma))


def _cutout(side: int, fill: tuple[float, ...], key: jax.Array, image: jax.Array) -> jax.Array:
    hole = random_square(key, image.shape[0], side)
    return jnp.where(hole, jnp.array(fill, image.dtype).reshape(1, 1, -1), image)
