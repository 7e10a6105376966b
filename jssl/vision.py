"""What methods on pictures share: views drawn by a recipe, and the features of a picture as it is."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jssl.augment.views import Recipe, draw_views, prepare
from jssl.method import Batch
from jssl.nets.net import Net


def random_views(recipe: Recipe) -> Callable:
    """The `Method.views` that draws every view of a recipe: float32 [n, size, size, c] each."""

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, ...]:
        return draw_views(recipe, keys, batch["image"])

    return views


def embedding(encoder: Net, recipe: Recipe, path: Sequence[str] = ("encoder",)) -> Callable:
    """The `Method.embed` that gives the encoder's features, float32 [n, d], of pictures without augmentation.

    Args:
        path: where the encoder's weights lie in `params`, and its statistics in `extra["stats"]`.
    """

    def embed(params: Any, extra: Any, images: jax.Array) -> jax.Array:
        stats = extra["stats"]
        for name in path:
            params, stats = params[name], stats[name]
        return encoder.apply(params, stats, prepare(recipe, images))[0].astype(jnp.float32)

    return embed
