"""What methods that ask about frames of a clip share: which frames, changed alike, and each one's features."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jssl.augment.clip.order import ordered_frames
from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.clip.views import draw_frames, prepare_clips, stretches
from jssl.method import Batch
from jssl.nets.net import Net


def ordered_views(recipe: ClipRecipe, gaps: Sequence[tuple[int, int]]) -> Callable:
    """The `Method.views` of len(gaps) + 1 frames in their order, [n, k, size, size, c], all changed alike.

    Args:
        recipe: frames are taken from a stretch of as many as a view has, and changed by its first view.
        gaps: the fewest and the most frames from each to the next.

    Raises:
        ValueError: gaps that are none, or that a view is too short for.
    """
    if not all(1 <= low <= high for low, high in gaps):
        raise ValueError(f"gaps from frame to frame of {list(gaps)} must be the fewest and the most, 1 or more")
    if sum(high for _, high in gaps) >= recipe.frames:
        raise ValueError(f"views have {recipe.frames} frames, and gaps of up to {[high for _, high in gaps]} need more")
    first = recipe.frame._replace(views=recipe.frame.views[:1])

    def views(keys: jax.Array, batch: Batch) -> jax.Array:
        where, which, how = jnp.moveaxis(jax.vmap(lambda key: jax.random.split(key, 3))(keys), 1, 0)
        stretch = stretches(recipe, where, batch["clip"])
        chosen = jax.vmap(lambda key, clip: clip[ordered_frames(key, clip, gaps)])(which, stretch)
        return draw_frames(first, how, chosen)[0]

    return views


def one_frame(recipe: ClipRecipe, batch: Batch) -> jax.Array:
    """The first frame of each clip as a clip of one, [n, 1, size, size, c]: what an encoder of frames begins with."""
    return prepare_clips(recipe, batch["clip"])[:, :1]


def encode_frames(encoder: Net, params: Any, stats: Any, frames: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
    """Features [n, k, d] of frames [n, k, size, size, c], each seen on its own as a clip of one."""
    n, k = frames.shape[:2]
    h, stats = encoder.apply(params, stats, frames.reshape(n * k, 1, *frames.shape[2:]), **mode)
    return h.reshape(n, k, -1), stats
