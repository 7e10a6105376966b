"""DeepMDP: Learning Continuous Latent Space Models for Representation Learning (arXiv:1906.02736)."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl import parallel
from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.views import denormalize
from jssl.exhibit import Column, Exhibit
from jssl.inputs.clip import clips, strip
from jssl.losses.bisimulation import distance, gaussian_cost
from jssl.method import Batch, Method
from jssl.methods.parts.dynamics import make_world
from jssl.methods.parts.steps import Step, steps
from jssl.methods.parts.views import embedding
from jssl.nets.net import Net
from jssl.ranges import Count, NotNegative

ROWS = 8


def deep_mdp(
    encoder: Net,
    recipe: ClipRecipe,
    *,
    actions: Count,
    transition: str = "deterministic",
    weight: NotNegative = 1.0,
    hidden: Sequence[Count] = (512,),
) -> Method:
    """By the features of a state and an action, the reward and the features of the next state are told.

    Both errors together bound how much is lost by acting on features alone. The reward's is absolute; that of a
    transition is its Euclidean distance from what was expected, the Wasserstein distance of two points, whose gradient
    moves the next state too. What it cannot foresee and no reward tells falls together, and where all rewards are the
    same, one point for all states is a perfect answer: with rewards as rare as Pong's watch `spread`.

    A batch has "action" int32 [n, frames] and "reward" float32 [n, frames].

    Args:
        recipe: a state is as many frames as a view has, shown by its first view.
        actions: that there are.
        transition: "deterministic"; or "gaussian", what is expected being a normal distribution, and the cost its
            likelihood of the next state, which is held still: else both would shrink to a point, infinitely likely.
        weight: of the transition's error beside the reward's.
        hidden: widths of the layers of the model of both.

    Raises:
        ValueError: another transition; as `steps`.
    """
    init, imagine = make_world(encoder, recipe, actions=actions, transition=transition, hidden=hidden)
    draw = steps(recipe, "action", "reward")

    def loss(params: Any, extra: Any, views: Step, key: jax.Array, step: jax.Array) -> Any:
        del step
        z, after, expected, stats = imagine(params, extra["stats"]["encoder"], views, key=key, train=True)
        if transition == "gaussian":
            moved = gaussian_cost(jax.lax.stop_gradient(after), expected.mean, expected.deviation)
        else:
            moved = distance(after, expected.mean)
        missed = jnp.mean(jnp.abs(expected.reward - views.beside["reward"]))
        spread = jnp.mean(jnp.std(parallel.gather(jax.lax.stop_gradient(z)), axis=0))
        metrics = {"reward_error": missed, "transition_error": jnp.mean(moved), "spread": spread}
        return missed + weight * jnp.mean(moved), ({"stats": {"encoder": stats}}, metrics)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        views = draw(keys, batch)
        _, after, expected, _ = imagine(params, extra["stats"]["encoder"], views)
        nearest = np.asarray(jnp.sum((expected.mean[:ROWS, None] - after[None]) ** 2, axis=-1).argmin(1))
        before, later = (np.asarray(denormalize(recipe.frame, x)) for x in (views.before, views.after))
        told = zip(np.asarray(expected.reward)[:ROWS], np.asarray(views.beside["reward"])[:ROWS], strict=True)
        columns = (
            Column(
                "a state", strip(before[:ROWS]), [f"reward {guess:+.2f} (truly {true:+.0f})" for guess, true in told]
            ),
            Column("the next", strip(later[:ROWS])),
            Column(
                "nearest to what is expected", strip(later[nearest]), right=list(nearest == np.arange(len(nearest)))
            ),
        )
        lead = (
            f"A state, the one after it, and which of {len(later)} is nearest to the features that the model expects."
        )
        return Exhibit("What comes next?", lead, columns)

    return Method(init, draw, loss, embedding(encoder, clips(recipe)), show=show)
