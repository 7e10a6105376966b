"""Moments of one example: its first half, its second and the one in the middle, in every sense (arXiv:1807.00230)."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from jssl.inputs.input import Input
from jssl.method import Batch

LASTING = ("clip", "series", "sound")
"""Senses that go on in time, along the first axis of an example."""
FIRST, MIDDLE, SECOND = 0.0, 0.5, 1.0
"""Where a half lies."""


def check_lasting(inputs: dict[str, Input]) -> None:
    """Raise `ValueError` where a sense has no time to be cut."""
    if still := [name for name in inputs if name not in LASTING]:
        raise ValueError(f'negatives="same" are of another time, and {", ".join(still)} has none')


def check_length(inputs: dict[str, Input], batch: Batch) -> None:
    """Raise `ValueError` where half of a clip is too short for a view of it."""
    if "clip" in inputs and inputs["clip"].recipe.span > batch["clip"].shape[1] // 2:
        raise ValueError(
            f'negatives="same" cuts clips of {batch["clip"].shape[1]} frames in two, and a view of one spans'
            f" {inputs['clip'].recipe.span}: set config.data.frames, or frames and stride of config.augment.clip"
        )


def half(batch: Batch, inputs: dict[str, Input], place: float) -> Batch:
    """One half of each example, by time: what is seen and what is heard in it."""
    found = dict(batch)
    for name in inputs.keys() & batch.keys():
        steps = batch[name].shape[1] // 2
        start = int(place * steps)
        found[name] = batch[name][:, start : start + steps]
        if name == "sound" and "length" in batch:
            found["length"] = jnp.clip(batch["length"] - start, 0, steps)
    return found


def of_the_middle(call: Callable, inputs: dict[str, Input]) -> Callable:
    """A function (params, extra, batch) of what lies in the middle of each example, as long as what is learnt from."""
    return lambda params, extra, batch: call(params, extra, half(batch, inputs, MIDDLE))


def both_halves(views: Callable, inputs: dict[str, Input]) -> Callable:
    """The `Method.views` that draws one view of each half: {sense: [n, 2, ...]}."""

    def drawn(keys: jax.Array, batch: Batch) -> dict[str, jax.Array]:
        each = jax.vmap(jax.random.split)(keys)
        moments = [views(each[:, i], half(batch, inputs, place)) for i, place in enumerate((FIRST, SECOND))]
        return jax.tree.map(lambda x, y: jnp.stack([x, y], axis=1), *moments)

    return drawn


def together_in_rows(x: jax.Array) -> jax.Array:
    """[n, 2, ...] -> [2 n, ...], both moments of an example side by side."""
    return x.reshape(-1, *x.shape[2:])


def other_moment(x: jax.Array) -> jax.Array:
    """Of such rows, each one's other moment: [2 n, d] -> [2 n, d]."""
    return x.reshape(-1, 2, *x.shape[1:])[:, ::-1].reshape(x.shape)
