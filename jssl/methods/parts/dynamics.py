"""A model of a world inside of an encoder: of a state's features and an action, the next features and the reward."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.clip.views import prepare_clips
from jssl.method import Batch
from jssl.methods.parts.steps import Step
from jssl.nets.heads import mlp
from jssl.nets.net import Net

TRANSITIONS = ("deterministic", "gaussian")
NARROWEST, WIDEST = 1e-4, 10.0
"""Standard deviations that are told; without bounds a sure model would be punished by infinities."""


class Expected(NamedTuple):
    """What the model expects."""

    mean: jax.Array
    """Of the next features, [n, d]."""
    deviation: jax.Array
    """Their standard deviation, [n, d]; 1 of a deterministic model."""
    reward: jax.Array
    """[n]."""


def dynamics(dim: int, hidden: Sequence[int]) -> Net:
    """The network behind `expect`: [n, dim + actions] -> [n, 2 * dim + 1]."""
    return mlp((*hidden, 2 * dim + 1), norm=False)


def together(z: jax.Array, action: jax.Array, actions: int) -> jax.Array:
    """What the network sees: features [n, d] beside the action, int [n], as one of `actions`."""
    return jnp.concatenate([z, jax.nn.one_hot(action, actions)], axis=-1)


def expect(
    params: Any, z: jax.Array, action: jax.Array, *, actions: int, transition: str, hidden: Sequence[int]
) -> Expected:
    """What comes of features z [n, d] after an action, int [n].

    Args:
        transition: "gaussian", a deviation is told too; or "deterministic".
    """
    dim = z.shape[-1]
    y, _ = dynamics(dim, hidden).apply(params, {}, together(z, action, actions))
    y = y.astype(jnp.float32)
    width = NARROWEST + (WIDEST - NARROWEST) * jax.nn.sigmoid(y[:, dim : 2 * dim])
    return Expected(y[:, :dim], width if transition == "gaussian" else jnp.ones_like(width), y[:, -1])


def make_world(
    encoder: Net, recipe: ClipRecipe, *, actions: int, transition: str, hidden: Sequence[int]
) -> tuple[Callable, Callable]:
    """`Method.init` of an encoder of states and a model of what comes after them, and what both say of steps.

    Returns:
        (key, batch) -> (params, extra), and (params, stats of the encoder, steps) -> (features before and after a step
        float32 [n, d] each, what was expected after it, stats).

    Raises:
        ValueError: as `check_transition`.
    """
    check_transition(transition)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        encoder_key, model_key = jax.random.split(key)
        x = prepare_clips(recipe, batch["clip"])
        params, stats = encoder.init(encoder_key, x)
        z = jax.eval_shape(encoder.apply, params, stats, x)[0]
        example = jnp.zeros((1, z.shape[-1] + actions))
        model, _ = dynamics(z.shape[-1], hidden).init(model_key, example)
        return {"encoder": params, "model": model}, {"stats": {"encoder": stats}}

    def imagine(params: Any, stats: Any, views: Step, **mode: Any) -> tuple[jax.Array, jax.Array, Expected, Any]:
        n, told = len(views.before), {"actions": actions, "transition": transition, "hidden": hidden}
        both = jnp.stack([views.before, views.after], axis=1).reshape(2 * n, *views.before.shape[1:])
        z, stats = encoder.apply(params["encoder"], stats, both, **mode)
        z = z.astype(jnp.float32)
        return z[0::2], z[1::2], expect(params["model"], z[0::2], views.beside["action"], **told), stats

    return init, imagine


def check_transition(transition: str) -> None:
    """Refuse a kind of transition that there is none of.

    Raises:
        ValueError: naming those there are.
    """
    if transition not in TRANSITIONS:
        raise ValueError(f"transition={transition!r} is none of {', '.join(TRANSITIONS)}")
