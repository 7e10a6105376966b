"""What methods of two senses share: a tower for each, and the features of what is there."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jssl.inputs.input import Input
from jssl.method import Batch
from jssl.nets.net import Net

Features = dict[str, jax.Array]
"""Of each sense [n, ...]; rows of the same number belong to the same example."""


class Towers(NamedTuple):
    """Two encoders, by the senses they are of."""

    senses: tuple[str, str]
    """In the order of their names."""
    init: Callable
    """(two keys, batch) -> (params, stats, features), the last as zeros of their shapes."""
    views: Callable
    """(keys [n], batch) -> a view of each sense."""
    apply: Callable
    """(params, stats, x, key) -> (features, stats), in training."""
    features: Callable
    """(params, extra, batch) -> features of the senses that the batch has."""
    embed: Callable
    """The `Method.embed`."""
    weights: Callable
    """The `Method.weights`."""


def make_towers(encoders: dict[str, Net], inputs: dict[str, Input], embeds: str = "") -> Towers:
    """The towers of a method that keeps them as `params["towers"]` and `extra["stats"]`.

    Args:
        embeds: the sense whose features evaluations and users get where an example has both; "" is both, one after
            the other. Of examples that have one of them alone, `embed` gives its features. It is also the tower that
            fine-tuning starts from; without, that is the first.

    Raises:
        ValueError: other than two senses; `embeds` is none of them.
    """
    senses = sorted(inputs)
    if len(senses) != 2:
        raise ValueError(f"it compares two senses, and config.augment names {senses}")
    if embeds and embeds not in senses:
        raise ValueError(f"embeds={embeds!r} is none of the senses {', '.join(senses)}")

    def init(keys: Sequence[jax.Array], batch: Batch) -> tuple[Any, Any, Features]:
        towers, stats, features = {}, {}, {}
        for name, each in zip(senses, keys, strict=True):
            x = inputs[name].prepare(batch)
            towers[name], stats[name] = encoders[name].init(each, x)
            shape = jax.eval_shape(encoders[name].apply, towers[name], stats[name], x)[0]
            features[name] = jnp.zeros(shape.shape, shape.dtype)
        return towers, stats, features

    def views(keys: jax.Array, batch: Batch) -> Features:
        def own(place: int) -> jax.Array:
            return jax.vmap(lambda key: jax.random.fold_in(key, place))(keys)

        return {name: inputs[name].views(own(i), batch, 1)[0] for i, name in enumerate(senses)}

    def apply(towers: Any, stats: Any, x: Features, key: jax.Array) -> tuple[Features, Any]:
        features, new = {}, {}
        for i, name in enumerate(senses):
            own = jax.random.fold_in(key, i)
            features[name], new[name] = encoders[name].apply(towers[name], stats[name], x[name], key=own, train=True)
        return features, new

    def features(params: Any, extra: Any, batch: Batch) -> Features:
        there = [name for name in senses if all(key in batch for key in inputs[name].keys)]
        return {
            name: encoders[name].apply(params["towers"][name], extra["stats"][name], inputs[name].prepare(batch))[0]
            for name in there
        }

    def embed(params: Any, extra: Any, batch: Batch) -> jax.Array:
        found = features(params, extra, batch)
        chosen = [found[embeds]] if embeds in found else list(found.values())
        return jnp.concatenate(chosen, axis=-1).astype(jnp.float32)

    def weights(params: Any, extra: Any) -> tuple[Any, Any]:
        name = embeds or senses[0]
        return params["towers"][name], extra["stats"][name]

    return Towers(tuple(senses), init, views, apply, features, embed, weights)
