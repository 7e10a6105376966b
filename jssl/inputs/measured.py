"""What series and tables have in common as inputs: their statistics, and how people look at them."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.measured.recipe import MeasuredRecipe, make_measured_recipe
from jssl.augment.measured.views import draw_measured, measured_again, standardised
from jssl.data.source import Facts, Source, from_arrays
from jssl.errors import DataError
from jssl.inputs.input import Input, as_it_is


def measured(
    key: str,
    facts: Facts,
    known: Mapping[str, tuple],
    recipe: str,
    options: Mapping[str, Any],
    *,
    baselines: Mapping[str, Callable[[jax.Array], jax.Array]],
    match: Callable[[jax.Array], jax.Array],
    picture: Callable[[np.ndarray], np.ndarray],
) -> Input:
    """The input of that key, under a recipe that standardises by what the training data have measured.

    Args:
        known: the recipes there are.
        options: what is changed of the recipe.
        baselines: what is told without a network, from standardised examples -> [n, d].
        match: a user's arrays to the run's shape.
        picture: standardised examples -> pictures uint8 [n, h, w, 3].

    Raises:
        ValueError: as `make_measured_recipe`; data that were not measured.
    """
    statistics = [facts.about.get(f"{key}_{name}") for name in ("mean", "std")]
    if None in statistics:
        raise ValueError(f"the mean and deviation of {key} are not known: open the data as an npz:PATH")
    made = make_measured_recipe(recipe, known, *map(tuple, statistics), **options)
    shape, untouched = facts.spec[key].shape, all(view == type(view)() for view in made.views)

    def prepare(batch: dict[str, jax.Array]) -> jax.Array:
        return standardised(made, jnp.asarray(batch[key]))

    def views(keys: jax.Array, batch: dict[str, jax.Array], count: int | None = None) -> tuple[jax.Array, ...]:
        return draw_measured(made._replace(views=made.views[:count]), keys, prepare(batch))

    def perturbed(keys: jax.Array, batch: dict[str, jax.Array]) -> list[dict[str, jax.Array]]:
        return [{**batch, key: measured_again(made, view)} for view in views(keys, batch)]

    return Input(
        keys=(key,),
        count=len(made.views),
        prepare=prepare,
        views=views,
        plain=lambda keys, batch: views(keys, batch, 1)[0],
        match=lambda batch: {**batch, key: match(batch[key])},
        own=partial(own, key, len(shape), shape[-1]),
        baselines=tuple((name, as_it_is(partial(_features, key, made, f))) for name, f in baselines.items()),
        figure=lambda batch: picture(np.asarray(prepare(batch))),
        look=lambda x: picture(np.asarray(x)),
        perturb=None if untouched else perturbed,
        recipe=made,
    )


def own(key: str, axes: int, channels: int, given: Any) -> Source:
    """A user's own arrays, numbers [n, ...] of so many axes an example and so many channels.

    Raises:
        ValueError: others.
    """
    given = np.asarray(given)
    if given.dtype.kind not in "iuf" or given.ndim != axes + 1 or given.shape[-1] != channels or not len(given):
        shape = f"[n, t, {channels}]" if axes == 2 else f"[n, {channels}]"
        raise ValueError(f"{key} must be numbers {shape}, not {given.dtype} {list(given.shape)}")
    return from_arrays(key, **{key: given.astype(np.float32)})


def refuse_channels(key: str, x: jax.Array, channels: int) -> None:
    """Raise `DataError` where examples have another number of channels or columns than the run's."""
    if x.shape[-1] != channels:
        raise DataError(f"{key} of {x.shape[-1]} columns, and the encoder was trained on {channels}")


def _features(
    key: str, recipe: MeasuredRecipe, function: Callable, source: Source, *, batch_size: int = 1024
) -> np.ndarray:
    parts = []
    for start in range(0, source.length, batch_size):
        rows = np.arange(start, min(start + batch_size, source.length))
        x = function(standardised(recipe, jnp.asarray(source.read(rows)[key])))
        parts.append(np.asarray(x, np.float32).reshape(len(rows), -1))
    return np.concatenate(parts)
