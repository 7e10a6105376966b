"""What methods on views share: views drawn by a recipe, and the features of an example as it is."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from jssl.inputs.input import Input
from jssl.method import Batch, encoder_weights
from jssl.nets.net import Net

LABELLED = 1 << 20
"""What keys of labelled examples are folded with: more than any recipe has views."""


def random_views(input: Input, count: int | None = None) -> Callable:
    """The `Method.views` that draws every view of a recipe.

    Args:
        count: how many the method wants; None takes any number.

    Raises:
        ValueError: a recipe of another number of views.
    """
    if count is not None and input.count != count:
        raise ValueError(f"it compares {count} views, and config.augment's recipe has {input.count}")
    return lambda keys, batch: input.views(keys, batch)


def labelled_keys(keys: jax.Array, batch: Batch) -> jax.Array:
    """Keys of the labelled examples that came with a batch, one each, that no other example has.

    Of every `ratio` examples the first lends its key, so that they depend on the place in the global batch alone.
    """
    ratio = len(keys) // len(batch["labelled"]["index"])
    return jax.vmap(lambda key: jax.random.fold_in(key, LABELLED))(keys[::ratio])


def embedding(encoder: Net, input: Input, weights: Callable = encoder_weights) -> Callable:
    """The `Method.embed` that gives the encoder's features, float32 [n, d], of examples without augmentation.

    Args:
        weights: the `Method.weights`.
    """

    def embed(params: Any, extra: Any, batch: Batch) -> jax.Array:
        return encoder.apply(*weights(params, extra), input.prepare(batch))[0].astype(jnp.float32)

    return embed
