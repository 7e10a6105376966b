"""Rotation: Unsupervised Representation Learning by Predicting Image Rotations (arXiv:1803.07728)."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl.augment.pretext import quarter_turns
from jssl.augment.views import Recipe, denormalize, draw_views, prepare
from jssl.exhibit import Column, Exhibit
from jssl.inputs.image import pictures
from jssl.method import Batch, Method
from jssl.methods.parts.views import embedding
from jssl.nets.heads import mlp
from jssl.nets.net import Net, chain
from jssl.ranges import Count

TURNS = 4
ROWS = 8


def rotation(encoder: Net, recipe: Recipe, *, head: Sequence[Count] = ()) -> Method:
    """By how many quarters has the picture been turned? All four copies of it are in the batch.

    Turns are exact and come after everything else, so that the picture's content alone can tell.

    Args:
        recipe: its first view is what is turned.
        head: widths of the layers between the encoder and the classifier of 4.
    """
    net = chain(encoder=encoder, head=mlp((*head, TURNS)))
    first = recipe._replace(views=recipe.views[:1])

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        params, stats = net.init(key, prepare(recipe, batch["image"], batch.get("extent")))
        return params, {"stats": stats}

    def views(keys: jax.Array, batch: Batch) -> jax.Array:
        return quarter_turns(draw_views(first, keys, batch["image"], batch.get("extent"))[0])

    def loss(params: Any, extra: Any, views: jax.Array, key: jax.Array, step: jax.Array) -> Any:
        del step
        n = views.shape[0]
        logits, stats = net.apply(params, extra["stats"], views.reshape(-1, *views.shape[2:]), key=key, train=True)
        turns = jnp.tile(jnp.arange(TURNS), n)
        value = optax.softmax_cross_entropy_with_integer_labels(logits.astype(jnp.float32), turns).mean()
        return value, ({"stats": stats}, {"accuracy": jnp.mean(logits.argmax(-1) == turns)})

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        turned = views(keys[:ROWS], jax.tree.map(lambda x: x[:ROWS], batch))
        logits, _ = net.apply(params, extra["stats"], turned.reshape(-1, *turned.shape[2:]))
        guesses = np.asarray(logits.argmax(-1)).reshape(-1, TURNS)
        pictures = np.asarray(denormalize(recipe, turned))
        columns = [
            Column(
                f"{90 * k}°", pictures[:, k],
                [f"as {90 * guess}°" for guess in guesses[:, k]], list(guesses[:, k] == k),
            )
            for k in range(TURNS)
        ]  # fmt: skip
        lead = (
            "Each picture turned anticlockwise, and below it by how much the network thinks it is. Digits and patterns"
            " that look the same upside down cannot be told."
        )
        return Exhibit("Which way is up?", lead, tuple(columns))

    return Method(init, views, loss, embedding(encoder, pictures(recipe)), show=show, chance=lambda _: math.log(TURNS))
