"""Clips: "clip" uint8 [t, h, w, c], frames of a film at equal distances in time."""

import inspect
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment import recipes
from jssl.augment.clip.recipe import ClipRecipe, make_clip_recipe
from jssl.augment.clip.views import draw_clips, prepare_clips
from jssl.augment.recipe import plain_view
from jssl.augment.views import denormalize
from jssl.data.source import Facts, Source, from_arrays
from jssl.inputs.image import match_channels, raw_pixels, to_uint8, visible
from jssl.inputs.input import Input, as_it_is
from jssl.ranges import Count, Natural

SHOWN = 8
"""Frames of a clip that people are shown, side by side."""


def clip(facts: Facts, *, recipe: str, frames: Natural = 0, stride: Count = 1, **options: Any) -> Input:
    """Clips under a recipe of `jssl.augment.recipes`, drawn alike for all frames of a view.

    Args:
        recipe: its name.
        frames: of a view; 0 is as many as the data's clips have at that stride.
        stride: from each frame of a view to the next, in frames of the clip.
        options: its size, statistics and what of its views is changed, see `make_recipe`.

    Raises:
        ValueError: as `make_clip_recipe`.
    """
    length = facts.spec["clip"].shape[0]
    return clips(make_clip_recipe(recipe, length=length, frames=frames, stride=stride, **options))


def options_of(recipe: str) -> dict[str, inspect.Parameter]:
    """What `config.augment` may hold beside a recipe of that name."""
    own = {key: p for key, p in inspect.signature(clip).parameters.items() if key in ("frames", "stride")}
    return {**own, **recipes.options_of(recipe)}


def clips(recipe: ClipRecipe) -> Input:
    """Clips, of as many channels as the recipe normalises."""

    def views(keys: jax.Array, batch: dict[str, jax.Array], count: int | None = None) -> tuple[jax.Array, ...]:
        first = recipe.frame._replace(views=recipe.frame.views[:count])
        return draw_clips(recipe._replace(frame=first), keys, batch["clip"])

    def plain(keys: jax.Array, batch: dict[str, jax.Array]) -> jax.Array:
        view = recipe.frame.plain or plain_view(recipe.frame.views[0].size)
        return draw_clips(recipe._replace(frame=recipe.frame._replace(views=(view,))), keys, batch["clip"])[0]

    return Input(
        keys=("clip",),
        count=len(recipe.frame.views),
        prepare=lambda batch: prepare_clips(recipe, batch["clip"]),
        views=views,
        plain=plain,
        match=lambda batch: {**batch, "clip": matched(recipe, batch["clip"])},
        own=partial(own, channels=len(recipe.frame.mean)),
        baselines=(("mean frame", as_it_is(mean_frame)),),
        figure=lambda batch: strip(batch["clip"]),
        look=lambda x: strip(to_uint8(denormalize(recipe.frame, x) * 255)),
        perturb=partial(perturbed, recipe),
        recipe=recipe,
    )


def own(given: Any, channels: int = 3) -> Source:
    """Clips uint8 [n, t, h, w, 1 or 3], or [n, t, h, w] if grey, of any one size and length.

    Args:
        channels: that the encoder knows, which may be others too.

    Raises:
        ValueError: clips of another type or shape.
    """
    given = np.asarray(given)
    fits = given.shape[4:] in ((), (1,), (3,), (channels,)) and given.dtype == np.uint8
    if not fits or given.ndim not in (4, 5):
        known = " or ".join(map(str, sorted({1, 3, channels})))
        raise ValueError(f"clips must be uint8 [n, t, h, w, {known}] or [n, t, h, w], not {given.dtype} {given.shape}")
    return from_arrays("clips", clip=given if given.ndim == 5 else given[..., None])


def matched(recipe: ClipRecipe, given: jax.Array) -> jax.Array:
    """Clips grey or in colour as the recipe has them; shorter ones begin again until they are long enough.

    Raises:
        DataError: channels that are neither.
    """
    given = match_channels(given, len(recipe.frame.mean))
    length = given.shape[1]
    return given if length >= recipe.span else given[:, np.arange(recipe.span) % length]


def perturbed(recipe: ClipRecipe, keys: jax.Array, batch: dict[str, jax.Array]) -> list[dict[str, jax.Array]]:
    """Each view that is as large as the first, as a batch of clips: rounded to whole grey levels.

    Frames are repeated `stride` times, so that `prepare` finds those of the view.
    """
    views = [view for view in draw_clips(recipe, keys, batch["clip"]) if view.shape[2] == recipe.frame.views[0].size]
    levels = [jnp.round(255 * jnp.clip(denormalize(recipe.frame, view), 0.0, 1.0)).astype(jnp.uint8) for view in views]
    return [{**batch, "clip": jnp.repeat(each, recipe.stride, axis=1)[:, : recipe.span]} for each in levels]


def mean_frame(source: Source) -> np.ndarray:
    """The mean of a clip's frames as raw pixels, float32 [source.length, d]: what needs no motion to be told."""

    def read(rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:
        return {"image": to_uint8(source.read(rows, draws)["clip"].mean(1))}

    shape = source.spec["clip"].shape[1:]
    still = source._replace(spec={"image": jax.ShapeDtypeStruct(shape, np.uint8)}, read=read)
    return raw_pixels(still, batch_size=64)


def strip(frames: np.ndarray) -> np.ndarray:
    """Up to `SHOWN` frames side by side, at equal distances: [n, t, h, w, c] -> [n, h, shown * (w + 1) - 1, c].

    A white line of one pixel is between them.
    """
    n, t, h, w, c = frames.shape
    shown = np.unique(np.linspace(0, t - 1, SHOWN).round().astype(int))
    white = 255 if frames.dtype == np.uint8 else 1
    lined = np.pad(np.asarray(frames)[:, shown], ((0, 0),) * 3 + ((0, 1), (0, 0)), constant_values=white)
    return visible(np.moveaxis(lined, 1, 2).reshape(n, h, len(shown) * (w + 1), c)[:, :, :-1])
