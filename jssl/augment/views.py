"""Random views: each paper's augmentation recipe as plain data, drawn on the accelerator.

A `Recipe` holds one `View` for each view of an image. `draw_views` runs inside the jitted train step on uint8 images.
"""

import inspect
from collections.abc import Callable
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jssl.augment import image as ops

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
CIFAR = ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616))
MNIST = ((0.1307,), (0.3081,))
CROP_ATTEMPTS = 10


class Affine(NamedTuple):
    """A random affine map; zeros and (1, 1) leave the image alone."""

    degrees: float = 0.0
    """Rotation is uniform in [-degrees, degrees]."""
    translate: float = 0.0
    """Largest shift along either axis, as a share of that side."""
    scale: tuple[float, float] = (1.0, 1.0)
    shear: float = 0.0
    """Shear along x is uniform in [-shear, shear], degrees."""


class View(NamedTuple):
    """The distribution of one view; what has probability 0 (or None) costs nothing. Applied in the order below."""

    size: int
    """Side of the view in pixels."""
    affine: Affine | None = None
    crop: tuple[float, float] | None = (0.08, 1.0)
    """Range of the crop's area as a share of the image; None takes the centre as `prepare` does."""
    ratio: tuple[float, float] = (3 / 4, 4 / 3)
    """Range of the crop's width / height."""
    flip: float = 0.5
    jitter: tuple[float, float, float, float] | None = (0.8, 0.8, 0.8, 0.2)
    """Strengths of brightness, contrast, saturation (factors in [1 - s, 1 + s]) and hue (turns in [-s, s])."""
    jitter_probability: float = 0.8
    grey: float = 0.2
    blur: float = 0.0
    sigma: tuple[float, float] = (0.1, 2.0)
    """Range of the blur's standard deviation, pixels."""
    kernel: float = 0.1
    """Length of the blur's kernel as a share of `size`, made odd: 23 at 224 pixels, 3 at 32."""
    solarize: float = 0.0
    threshold: float = 0.5


class Recipe(NamedTuple):
    """All views of an image, and the statistics that normalise each channel."""

    views: tuple[View, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    margin: float = 1.0
    """`prepare` scales the shorter side to at most `margin * size` before the centre crop: 256 for 224 pixels."""


def simclr(size: int, strength: float = 1.0) -> Recipe:
    """SimCLR on ImageNet (arXiv:2002.05709): strong colour distortion and blur."""
    jitter = (0.8 * strength, 0.8 * strength, 0.8 * strength, 0.2 * strength)
    return Recipe((View(size, jitter=jitter, blur=0.5),) * 2, *IMAGENET, margin=8 / 7)


def simclr_cifar(size: int, strength: float = 0.5) -> Recipe:
    """SimCLR on CIFAR (arXiv:2002.05709, appendix B.9): half the colour distortion and no blur."""
    jitter = (0.8 * strength, 0.8 * strength, 0.8 * strength, 0.2 * strength)
    return Recipe((View(size, jitter=jitter),) * 2, *CIFAR)


def moco_v2(size: int) -> Recipe:
    """MoCo v2 (arXiv:2003.04297); SimSiam uses it too."""
    return Recipe((View(size, crop=(0.2, 1.0), jitter=(0.4, 0.4, 0.4, 0.1), blur=0.5),) * 2, *IMAGENET, margin=8 / 7)


def byol(size: int) -> Recipe:
    """BYOL (arXiv:2006.07733, table 6): two different views; Barlow Twins and MoCo v3 use it too."""
    view = View(size, jitter=(0.4, 0.4, 0.2, 0.1), blur=1.0)
    return Recipe((view, view._replace(blur=0.1, solarize=0.2)), *IMAGENET, margin=8 / 7)


def multi_crop(
    size: int,
    local_views: int = 8,
    local_size: int | None = None,
    crop: tuple[float, float] = (0.4, 1.0),
    local_crop: tuple[float, float] = (0.05, 0.4),
) -> Recipe:
    """Two global views and `local_views` small ones, with DINO's numbers (arXiv:2104.14294).

    SwAV (arXiv:2006.09882) takes 6 local views, crop (0.14, 1), local_crop (0.05, 0.14) and, for every view,
    jitter (0.8, 0.8, 0.8, 0.2), blur 0.5 and solarize 0.

    Args:
        local_size: side of the local views; None is 3/7 of `size`: 96 for 224.
    """
    first = View(size, crop=crop, jitter=(0.4, 0.4, 0.2, 0.1), blur=1.0)
    second = first._replace(blur=0.1, solarize=0.2)
    local = first._replace(size=local_size or round(size * 3 / 7), crop=local_crop, blur=0.5)
    return Recipe((first, second) + (local,) * local_views, *IMAGENET, margin=8 / 7)


def digits(size: int) -> Recipe:
    """Hand-written digits, one channel: a mirrored digit is another sign, so views turn and shear instead."""
    affine = Affine(degrees=20.0, translate=0.1, scale=(0.8, 1.2), shear=15.0)
    view = View(size, affine, crop=(0.4, 1.0), flip=0.0, jitter=(0.4, 0.4, 0.0, 0.0), grey=0.0, blur=0.3)
    return Recipe((view,) * 2, *MNIST)


RECIPES: dict[str, Callable[..., Recipe]] = {
    "simclr": simclr,
    "simclr_cifar": simclr_cifar,
    "moco_v2": moco_v2,
    "byol": byol,
    "digits": digits,
    "multi_crop": multi_crop,
}


def make_recipe(
    name: str,
    *,
    size: int,
    mean: tuple[float, ...] | None = None,
    std: tuple[float, ...] | None = None,
    **overrides: Any,
) -> Recipe:
    """A recipe by name.

    Args:
        name: a key of `RECIPES`.
        size: side of the (first) view in pixels.
        mean, std: per channel, of pixels in [0, 1]; None takes the recipe's own data set.
        overrides: arguments of the recipe's function, or fields of `View` to set in every view.

    Raises:
        ValueError: unknown name or override, listing what there is; a size below 1.
    """
    if name not in RECIPES:
        raise ValueError(f"recipe {name!r} is none of {', '.join(RECIPES)}")
    if size < 1:
        raise ValueError(f"size={size} of recipe {name!r} must be at least 1 pixel")
    factory = RECIPES[name]
    own = set(inspect.signature(factory).parameters) - {"size"}
    fields = set(View._fields) - {"size"}
    if unknown := set(overrides) - own - fields:
        raise ValueError(f"recipe {name!r} does not take {sorted(unknown)}; it takes {sorted(own | fields)}")
    recipe = factory(size, **{key: _plain(overrides[key]) for key in own & set(overrides)})
    changes = {key: _plain(overrides[key]) for key in fields - own & set(overrides)}
    if changes.get("affine") is not None:
        changes["affine"] = Affine(*changes["affine"])
    return recipe._replace(
        views=tuple(view._replace(**changes) for view in recipe.views),
        mean=recipe.mean if mean is None else _plain(mean),
        std=recipe.std if std is None else _plain(std),
    )


def draw_views(recipe: Recipe, keys: jax.Array, images: jax.Array) -> tuple[jax.Array, ...]:
    """Random views of a batch.

    Args:
        keys: one per example, [n]. An example's views depend on its key and its pixels only.
        images: uint8 [n, h, w, c], c = 1 or 3. Colour operations leave one-channel images alone.

    Returns:
        One float32 [n, size, size, c] per view, normalised.

    Raises:
        ValueError: images that are not uint8 [n, h, w, c], or whose channels the recipe cannot normalise.
    """
    pixels = _to_unit(recipe, images)
    views: list[jax.Array] = []
    # Equal views are one program mapped over their index: multi-crop would compile its local view 8 times.
    for view, group in groupby(recipe.views):
        index = jnp.arange(len(views), len(views) + len(list(group)))
        one = partial(_draw, view, recipe.margin)
        many = jax.vmap(lambda i, one=one: jax.vmap(lambda key, x: one(jax.random.fold_in(key, i), x))(keys, pixels))
        views.extend(_normalize(recipe, x) for x in many(index))
    return tuple(views)


def prepare(recipe: Recipe, images: jax.Array) -> jax.Array:
    """The test-time transform: scale the shorter side, take the central square of the first view's size, normalise.

    Larger pictures keep the recipe's margin around the crop (ImageNet's resize to 256, crop to 224); pictures
    smaller than that are scaled no further than needed, so 32-pixel pictures stay whole at size 32.

    Args:
        images: uint8 [n, h, w, c].

    Returns:
        float32 [n, size, size, c].

    Raises:
        ValueError: as `draw_views`.
    """
    center = partial(_center, size=recipe.views[0].size, margin=recipe.margin)
    return _normalize(recipe, jax.vmap(center)(_to_unit(recipe, images)))


def _plain(value: Any) -> Any:
    return tuple(map(_plain, value)) if isinstance(value, list | tuple) else value


def _to_unit(recipe: Recipe, images: jax.Array) -> jax.Array:
    if images.ndim != 4 or images.dtype != jnp.uint8:
        raise ValueError(f"images must be uint8 [n, h, w, c], not {images.dtype} {list(images.shape)}")
    if not images.shape[-1] == len(recipe.mean) == len(recipe.std):
        raise ValueError(
            f"images have {images.shape[-1]} channels, but the recipe normalises with mean={recipe.mean} and"
            f" std={recipe.std}; pass make_recipe a mean and std of {images.shape[-1]} values"
        )
    return images.astype(jnp.float32) / 255


def _normalize(recipe: Recipe, pixels: jax.Array) -> jax.Array:
    mean, std = (jnp.array(x, jnp.float32).reshape(1, 1, 1, -1) for x in (recipe.mean, recipe.std))
    return (pixels - mean) / std


def _center(image: jax.Array, size: int, margin: float) -> jax.Array:
    scaled = max(size, min(round(size * margin), *image.shape[:2]))
    return ops.center_crop(ops.resize(image, scaled), size)


def _draw(view: View, margin: float, key: jax.Array, image: jax.Array) -> jax.Array:
    affine, crop, flip, jitter, grey, blur, solarize = jax.random.split(key, 7)
    color = image.shape[-1] == 3
    if view.affine is not None:
        image = _affine(view.affine, affine, image)
    if view.crop is not None:
        image = ops.resized_crop(image, *_crop_box(view, crop, *image.shape[:2]), view.size)
    else:
        image = _center(image, view.size, margin)
    if view.flip:
        image = _maybe(view.flip, flip, ops.horizontal_flip, image)
    if view.jitter is not None and view.jitter_probability:
        image = _jitter(view, jitter, image)
    if view.grey and color:
        image = _maybe(view.grey, grey, ops.to_grey, image)
    if view.blur:
        image = _maybe(view.blur, blur, partial(_blur, view, jax.random.fold_in(blur, 1)), image)
    if view.solarize:
        image = _maybe(view.solarize, solarize, partial(ops.solarize, threshold=view.threshold), image)
    return image


def _maybe(probability: float, key: jax.Array, change: Callable, image: jax.Array) -> jax.Array:
    return jnp.where(jax.random.bernoulli(key, probability), change(image), image)


def _uniform(key: jax.Array, low: float, high: float, shape: tuple[int, ...] = ()) -> jax.Array:
    return jax.random.uniform(key, shape, minval=low, maxval=high)


def _affine(affine: Affine, key: jax.Array, image: jax.Array) -> jax.Array:
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


def _crop_box(view: View, key: jax.Array, height: int, width: int) -> tuple[jax.Array, ...]:
    """torchvision's RandomResizedCrop: the first of ten boxes that fits, else a central one. (top, left, h, w)."""
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
    factor = jnp.stack(
        [_uniform(k, max(0.0, 1 - s), 1 + s) for k, s in zip(factors, strengths, strict=False)]
    )
    factor = jnp.where(apply, factor, 1.0)
    kinds = jnp.array([kind for kind, strength in enumerate(strengths) if strength], jnp.int32)
    kinds = jax.random.permutation(order, kinds)
    hue = view.jitter[3] if color else 0.0
    before = jax.random.randint(place, (), 0, len(kinds) + 1) if hue else len(kinds)
    active = jnp.arange(len(kinds)) < before

    def blends(image: jax.Array, active: jax.Array) -> jax.Array:
        for kind, on in zip(kinds, active, strict=True):
            grey = ops.luma(image)
            base = jnp.where(kind == 0, 0.0, jnp.where(kind == 1, grey.mean(), grey))
            image = ops.blend(image, base, jnp.where(on, factor[kind], 1.0))
        return image

    image = blends(image, active)
    if hue:
        image = ops.adjust_hue(image, jnp.where(apply, _uniform(turn, -hue, hue), 0.0))
        image = blends(image, ~active)
    return image


def _blur(view: View, key: jax.Array, image: jax.Array) -> jax.Array:
    kernel_size = int(view.size * view.kernel) // 2 * 2 + 1
    return ops.gaussian_blur(image, kernel_size, _uniform(key, *view.sigma))
