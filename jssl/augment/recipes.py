"""What each paper draws its views from, and the index by name."""

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

from jssl.augment.recipe import Affine, RandAugment, Recipe, View, plain_view
from jssl.ranges import Count, Free, Natural, Parts, Positive, Share, check

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
CIFAR = ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616))
MNIST = ((0.1307,), (0.3081,))


NUMBERED = re.compile(r"view_\d+|plain")
"""The key of one view's own changes; the first is view_1, and what classifiers are trained on is plain."""
VIEW = dict(inspect.signature(View).parameters)
"""What can be changed of a view."""


def simclr(size: Count, strength: Share = 1.0) -> Recipe:
    """SimCLR on ImageNet (arXiv:2002.05709): strong colour distortion and blur."""
    jitter = (0.8 * strength, 0.8 * strength, 0.8 * strength, 0.2 * strength)
    return Recipe((View(size, jitter=jitter, blur=0.5),) * 2, *IMAGENET, margin=8 / 7)


def simclr_cifar(size: Count, strength: Share = 0.5) -> Recipe:
    """SimCLR on CIFAR (arXiv:2002.05709, appendix B.9): half the colour distortion and no blur."""
    jitter = (0.8 * strength, 0.8 * strength, 0.8 * strength, 0.2 * strength)
    return Recipe((View(size, jitter=jitter),) * 2, *CIFAR)


def moco_v2(size: Count) -> Recipe:
    """MoCo v2 (arXiv:2003.04297); SimSiam uses it too."""
    return Recipe((View(size, crop=(0.2, 1.0), jitter=(0.4, 0.4, 0.4, 0.1), blur=0.5),) * 2, *IMAGENET, margin=8 / 7)


def byol(size: Count) -> Recipe:
    """BYOL (arXiv:2006.07733, table 6): two different views; Barlow Twins and MoCo v3 use it too."""
    view = View(size, jitter=(0.4, 0.4, 0.2, 0.1), blur=1.0)
    return Recipe((view, view._replace(blur=0.1, solarize=0.2)), *IMAGENET, margin=8 / 7)


def multi_crop(
    size: Count,
    local_views: Natural = 8,
    local_size: Count | None = None,
    crop: Parts | None = (0.4, 1.0),
    local_crop: Parts | None = (0.05, 0.4),
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


def pirl(size: Count, puzzle: Natural = 0) -> Recipe:
    """PIRL (arXiv:1912.01991), with VISSL's numbers: the picture, and a larger view of it to be cut into patches.

    The method mirrors and distorts each patch on its own.

    Args:
        puzzle: side of the second view; 0 is 255/224 of `size`.
    """
    view = View(size, jitter=(0.4, 0.4, 0.4, 0.2), jitter_probability=1.0, photometric=0.66)
    other = view._replace(size=puzzle or round(size * 255 / 224), crop=(0.6, 1.0))
    return Recipe((view, other), *IMAGENET, margin=8 / 7)


def plain(size: Count, puzzle: Natural = 0) -> Recipe:
    """Pretext tasks: a random crop or its mirror image, in its own colours, and a second one to be cut into patches.

    Args:
        puzzle: side of the second view; 0 is `size`.
    """
    view = plain_view(size)
    return Recipe((view, view._replace(size=puzzle or size)), *IMAGENET, margin=8 / 7)


def digits(size: Count, puzzle: Natural = 0) -> Recipe:
    """Hand-written digits, one channel: a mirrored digit is another sign, so views turn and shear instead.

    Args:
        puzzle: side of the second view, where it is to be cut into patches; 0 is `size`.
    """
    affine = Affine(degrees=20.0, translate=0.1, scale=(0.8, 1.2), shear=15.0)
    view = View(size, affine, crop=(0.4, 1.0), flip=0.0, jitter=(0.4, 0.4, 0.0, 0.0), grey=0.0, blur=0.3)
    return Recipe((view, view._replace(size=puzzle or size)), *MNIST, plain=plain_digit(size))


def digits_multi_crop(
    size: Count,
    local_views: Natural = 4,
    local_size: Count | None = None,
    crop: Parts | None = (0.6, 1.0),
    local_crop: Parts | None = (0.2, 0.5),
) -> Recipe:
    """Two global views of a digit and `local_views` small ones.

    Args:
        local_size: side of the local views; None is half of `size`: strokes stay about as wide as in the whole digit,
            and the map of `jssl.nets.convnet`, 14 -> 7 -> 4 -> 4, ends as large as that of 28 pixels.
    """
    view = digits(size).views[0]._replace(crop=crop)
    local = view._replace(size=local_size or size // 2, crop=local_crop)
    return Recipe((view,) * 2 + (local,) * local_views, *MNIST, plain=plain_digit(size))


def plain_digit(size: int) -> View:
    """A digit turned, moved, scaled and sheared a little."""
    return View(size, Affine(15.0, 0.1, (0.9, 1.1), 10.0), crop=None, flip=0.0, jitter=None, grey=0.0)


def fixmatch(size: Count) -> Recipe:
    """FixMatch on CIFAR (arXiv:2001.07685): a weak view, and a strong one with RandAugment and Cutout.

    Magnitudes are drawn for each operation; its code takes 0.1, 0.2 ... 0.9.
    """
    weak = View(size, crop=None, shift=0.125, jitter=None, grey=0.0)
    return Recipe((weak, weak._replace(rand_augment=RandAugment(), cutout=0.5)), *CIFAR, plain=weak)


def fixmatch_digits(size: Count) -> Recipe:
    """FixMatch's two views of hand-written digits, one channel: a mirrored digit is another sign, so they turn."""
    weak = plain_digit(size)
    strong = weak._replace(affine=Affine(25.0, 0.1, (0.7, 1.3), 25.0), rand_augment=RandAugment(), cutout=0.4)
    return Recipe((weak, strong), *MNIST, plain=weak)


RECIPES: dict[str, Callable[..., Recipe]] = {
    "simclr": simclr,
    "simclr_cifar": simclr_cifar,
    "moco_v2": moco_v2,
    "byol": byol,
    "digits": digits,
    "digits_multi_crop": digits_multi_crop,
    "fixmatch": fixmatch,
    "fixmatch_digits": fixmatch_digits,
    "multi_crop": multi_crop,
    "pirl": pirl,
    "plain": plain,
}


def make_recipe(
    name: str,
    *,
    size: Count,
    mean: tuple[Free, ...] | None = None,
    std: tuple[Positive, ...] | None = None,
    **overrides: Any,
) -> Recipe:
    """A recipe by name.

    Args:
        name: a key of `RECIPES`.
        size: side of the (first) view in pixels.
        mean, std: per channel, of pixels in [0, 1]; None takes the recipe's own data set.
        overrides: arguments of the recipe's function; fields of `View` to set in every view but the plain one; or
            `view_1`, `view_2`, ... and `plain`, each a mapping of such fields to set in that view alone, at last.

    Raises:
        ValueError: unknown name, override or view, listing what there is; a number out of its range.
    """
    own_views = {key: overrides.pop(key) for key in sorted(overrides) if NUMBERED.fullmatch(key)}
    if name not in RECIPES:
        raise ValueError(f"recipe {name!r} is none of {', '.join(RECIPES)}")
    check(make_recipe, {"size": size, "mean": mean, "std": std})
    factory = RECIPES[name]
    own = set(inspect.signature(factory).parameters) - {"size"}
    fields = set(View._fields) - {"size"}
    if unknown := set(overrides) - own - fields:
        raise ValueError(f"recipe {name!r} does not take {sorted(unknown)}; it takes {sorted(own | fields)}")
    check(View, overrides)
    check(factory, overrides)
    recipe = factory(size, **{key: _plain(overrides[key]) for key in own & set(overrides)})
    changes = _changes({key: overrides[key] for key in fields - own & set(overrides)})
    views = {f"view_{i}": view._replace(**changes) for i, view in enumerate(recipe.views, start=1)}
    views["plain"] = recipe.plain or plain_view(size)
    for key, options in own_views.items():
        if key not in views:
            raise ValueError(f"recipe {name!r} has no {key}: it has view_1 to view_{len(recipe.views)}, and plain")
        if not isinstance(options, Mapping):
            raise ValueError(f"{key}={options!r} must name what it changes: {{'blur': 0.1}}")
        if unknown := set(options) - set(View._fields):
            raise ValueError(f"{key} does not take {sorted(unknown)}; it takes {sorted(View._fields)}")
        check(View, options)
        views[key] = views[key]._replace(**_changes(options))
    plain = views.pop("plain")
    return recipe._replace(
        views=tuple(views.values()),
        plain=plain,
        mean=recipe.mean if mean is None else _plain(mean),
        std=recipe.std if std is None else _plain(std),
    )


def options_of(name: str) -> dict[str, inspect.Parameter]:
    """What `make_recipe` takes for a recipe beside its name and views of their own; {} for an unknown one."""
    if name not in RECIPES:
        return {}
    own, general = (dict(inspect.signature(function).parameters) for function in (RECIPES[name], make_recipe))
    return {**VIEW, **own, **{key: general[key] for key in ("size", "mean", "std")}}


def _changes(options: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of `View` as a config has them, in their own types."""
    parts = {"affine": Affine, "rand_augment": RandAugment}
    plain = {key: _plain(value) for key, value in options.items()}
    return {key: parts[key](*value) if key in parts and value is not None else value for key, value in plain.items()}


def _plain(value: Any) -> Any:
    return tuple(map(_plain, value)) if isinstance(value, list | tuple) else value
