"""DBC: Learning Invariant Representations for Reinforcement Learning without Reconstruction (arXiv:2006.10742)."""

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
from jssl.losses.bisimulation import bisimulation, gaussian_cost, gaussian_distance
from jssl.method import Batch, Method
from jssl.methods.parts.dynamics import make_world
from jssl.methods.parts.steps import Step, steps
from jssl.methods.parts.views import embedding
from jssl.nets.net import Net
from jssl.ranges import Below1, Count, NotNegative

ROWS = 8


def dbc(
    encoder: Net,
    recipe: ClipRecipe,
    *,
    actions: Count,
    transition: str = "gaussian",
    discount: Below1 = 0.99,
    weight: NotNegative = 1.0,
    hidden: Sequence[Count] = (512,),
) -> Method:
    """States lie as far apart as their rewards and what comes of them: their distance is the bisimulation metric.

    Each state of the batch is compared with one other. The L1 distance of their features is moved to the difference of
    their rewards and `discount` times the 2-Wasserstein distance of what a model, learnt along with it, expects after
    them. On a line, where both norms are one, the fixed point is that metric; in more dimensions the Euclidean distance
    is the smaller, and so is what is learnt. What makes no difference to rewards to come makes none to features; where
    rewards are the same for long, that is everything, and all states fall together: watch `spread`.

    A batch has "action" int32 [n, frames] and "reward" float32 [n, frames].

    Args:
        recipe: a state is as many frames as a view has, shown by its first view.
        actions: that there are.
        transition: "gaussian", what is expected being a normal distribution; or "deterministic".
        discount: of what comes later.
        weight: of the distances beside the model's errors, which teach the encoder too.
        hidden: widths of the layers of the model of the next features and the reward.

    Raises:
        ValueError: another transition; as `steps`.
    """
    init, imagine = make_world(encoder, recipe, actions=actions, transition=transition, hidden=hidden)
    draw = steps(recipe, "action", "reward")

    def loss(params: Any, extra: Any, views: Step, key: jax.Array, step: jax.Array) -> Any:
        del step
        z, after, expected, stats = imagine(params, extra["stats"]["encoder"], views, key=key, train=True)
        after, reward = jax.lax.stop_gradient(after), views.beside["reward"]
        model = jnp.mean(gaussian_cost(after, expected.mean, expected.deviation) + (expected.reward - reward) ** 2)
        # Batches are shuffled: whoever stands at the same place from the other end is a stranger.
        held = jax.lax.stop_gradient((expected.mean, expected.deviation))
        later = gaussian_distance(*held, *(parallel.mirror(x) for x in held))
        unlike = jnp.abs(reward - parallel.mirror(reward))
        other = parallel.mirror(z)
        apart = bisimulation(z, other, unlike + discount * later)
        metrics = {"apart": apart, "model": model, "spread": jnp.mean(jnp.sum(jnp.abs(z - other), axis=-1))}
        return weight * apart + model, ({"stats": {"encoder": stats}}, metrics)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        views = draw(keys, batch)
        z, _ = encoder.apply(params["encoder"], extra["stats"]["encoder"], views.before)
        apart = np.asarray(jnp.sum(jnp.abs(z[:ROWS, None] - z[None]), axis=-1))
        states = np.asarray(denormalize(recipe.frame, views.before))
        alike = np.where(np.arange(apart.shape[1])[None] == np.arange(len(apart))[:, None], np.inf, apart).argmin(1)
        far = apart.argmax(1)
        rows = np.arange(len(apart))
        columns = (
            Column("a state", strip(states[:ROWS])),
            Column("most like it", strip(states[alike]), [f"{x:.2g} apart" for x in apart[rows, alike]]),
            Column("least like it", strip(states[far]), [f"{x:.2g} apart" for x in apart[rows, far]]),
        )
        lead = (
            f"A state, and which of {len(z)} others the features hold to be most and least like it, in rewards to come."
        )
        return Exhibit("What leads to the same?", lead, columns)

    return Method(init, draw, loss, embedding(encoder, clips(recipe)), show=show)
