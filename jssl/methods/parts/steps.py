"""Steps of play: what is seen before and after an action, the action, and the reward that it brought."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.clip.views import draw_frames
from jssl.method import Batch


class Step(NamedTuple):
    """Of each of n examples one step."""

    before: jax.Array
    """Frames up to that at which the action is taken, float32 [n, k, size, size, c]."""
    after: jax.Array
    """As many up to the next frame, likewise."""
    beside: dict[str, jax.Array]
    """Rows of the batch's arrays at the last frame of `before`: "action" int32 [n], "reward" float32 [n]."""


def steps(recipe: ClipRecipe, *names: str) -> Callable:
    """The `Method.views` that takes a step of each clip, at a place drawn at random, and shows its frames alike.

    Rewards are clipped to -1..1, as DQN does, since games count in ones, tens or hundreds.

    Args:
        recipe: frames are shown by its first view; a state is as many of them as a view has.
        names: arrays of a row for each frame that come along.

    Raises:
        ValueError: a recipe that leaves frames out, of which actions and rewards would be lost; when views are drawn,
            clips too short for a step, or batches without one of the arrays.
    """
    if recipe.stride != 1:
        raise ValueError(f"a step leaves out no frame: config.augment.stride={recipe.stride} must be 1")
    first, k = recipe.frame._replace(views=recipe.frame.views[:1]), recipe.frames

    def views(keys: jax.Array, batch: Batch) -> Step:
        if missing := [name for name in names if name not in batch]:
            raise ValueError(f"the data has no {', '.join(missing)}: name them in config.data.arrays")
        spare = batch["clip"].shape[1] - k - 1
        if spare < 0:
            raise ValueError(f"clips of {k + spare + 1} frames hold no step between states of {k}: one more is needed")
        where, how = jnp.moveaxis(jax.vmap(jax.random.split)(keys), 1, 0)
        begin = jax.vmap(lambda key: jax.random.randint(key, (), 0, spare + 1))(where)
        window = jax.vmap(lambda clip, start: jax.lax.dynamic_slice_in_dim(clip, start, k + 1))(batch["clip"], begin)
        (shown,) = draw_frames(first, how, window)
        last = begin + k - 1
        beside = {name: batch[name][jnp.arange(len(last)), last] for name in names}
        if "reward" in beside:
            beside["reward"] = jnp.clip(beside["reward"].astype(jnp.float32), -1, 1)
        return Step(shown[:, :-1], shown[:, 1:], beside)

    return views
