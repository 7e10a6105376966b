"""Random views of clips, drawn on the accelerator inside the jitted train step."""

from functools import partial
from itertools import groupby

import jax
import jax.numpy as jnp

from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.recipe import Recipe
from jssl.augment.views import draw_views, prepare


def draw_clips(recipe: ClipRecipe, keys: jax.Array, clips: jax.Array) -> tuple[jax.Array, ...]:
    """Random views of a batch, each of a stretch of its own.

    Args:
        keys: one per example, [n]. An example's views depend on its key and its pixels only.
        clips: uint8 [n, t, h, w, c].

    Returns:
        One float32 [n, frames, size, size, c] per view, normalised.

    Raises:
        ValueError: clips of another shape or type, or shorter than the recipe's views; as `draw_views`.
    """
    views: list[jax.Array] = []
    # Equal views are one program, as in `draw_views`.
    for view, group in groupby(recipe.frame.views):
        index = jnp.arange(len(views), len(views) + len(list(group)))
        many = jax.vmap(lambda i: jax.vmap(jax.random.fold_in, (0, None))(keys, i))(index)
        in_time, in_space = jnp.moveaxis(jax.vmap(jax.vmap(jax.random.split))(many), -1, 0)
        cut = jax.vmap(partial(stretches, recipe), (0, None))(in_time, clips)
        one = recipe.frame._replace(views=(view,))
        (drawn,) = draw_frames(one, in_space.reshape(-1), cut.reshape(-1, *cut.shape[2:]))
        views.extend(drawn.reshape(*many.shape, *drawn.shape[1:]))
    return tuple(views)


def draw_frames(recipe: Recipe, keys: jax.Array, clips: jax.Array) -> tuple[jax.Array, ...]:
    """Views of all frames of clips uint8 [n, t, h, w, c], drawn alike for the frames of one clip.

    A change that differed from frame to frame would tell of their order, and be motion where there is none.

    Returns:
        One float32 [n, t, size, size, c] per view, normalised.
    """
    n, t = _checked(clips).shape[:2]
    views = draw_views(recipe, jnp.repeat(keys, t), clips.reshape(n * t, *clips.shape[2:]))
    return tuple(view.reshape(n, t, *view.shape[1:]) for view in views)


def prepare_clips(recipe: ClipRecipe, clips: jax.Array) -> jax.Array:
    """The test-time transform: the frames in the middle, each as `jssl.augment.views.prepare` makes it.

    Args:
        clips: uint8 [n, t, h, w, c].

    Returns:
        float32 [n, frames, size, size, c].

    Raises:
        ValueError: as `draw_clips`.
    """
    start = _spare(recipe, clips) // 2
    clips = clips[:, start : start + recipe.span : recipe.stride]
    n, t = clips.shape[:2]
    frames = prepare(recipe.frame, clips.reshape(n * t, *clips.shape[2:]))
    return frames.reshape(n, t, *frames.shape[1:])


def stretches(recipe: ClipRecipe, keys: jax.Array, clips: jax.Array) -> jax.Array:
    """A random stretch of each clip: [n, t, h, w, c] -> [n, frames, h, w, c]; every start is equally likely.

    Raises:
        ValueError: as `draw_clips`.
    """
    spare = _spare(recipe, clips)

    def cut(key: jax.Array, clip: jax.Array) -> jax.Array:
        start = jax.random.randint(key, (), 0, spare + 1)
        return jax.lax.dynamic_slice_in_dim(clip, start, recipe.span)[:: recipe.stride]

    return jax.vmap(cut)(keys, clips)


def _spare(recipe: ClipRecipe, clips: jax.Array) -> int:
    spare = _checked(clips).shape[1] - recipe.span
    if spare < 0:
        raise ValueError(f"clips have {clips.shape[1]} frames, and {recipe.span} are needed")
    return spare


def _checked(clips: jax.Array) -> jax.Array:
    if clips.ndim != 5:
        raise ValueError(f"clips must be uint8 [n, t, h, w, c], not {clips.dtype} {list(clips.shape)}")
    return clips
