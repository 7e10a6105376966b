"""CPC: Representation Learning with Contrastive Predictive Coding (arXiv:1807.03748); of pictures, and v2 of them.

Version 2 is Data-Efficient Image Recognition with Contrastive Predictive Coding (arXiv:1905.09272).
"""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from jssl import parallel
from jssl.augment.views import Recipe, distort, undistorted
from jssl.inputs.image import pictures
from jssl.inputs.input import Input
from jssl.losses.predictive import among
from jssl.method import Batch, Method
from jssl.methods.parts.neighbours import neighbours
from jssl.methods.parts.views import embedding
from jssl.nets.context import causal_context
from jssl.nets.heads import linear
from jssl.nets.net import Net, chain
from jssl.ranges import Count

TURNS = 4


def cpc(
    encoder: Net,
    input: Input,
    *,
    nearest: Count = 2,
    furthest: Count = 5,
    context: Count = 512,
    depth: Count = 3,
    directions: Count = 1,
    apart: bool = False,
) -> Method:
    """Places further on are told from all others of the batch, by those before them.

    A place is one of the encoder's tokens: a moment of a sequence, or a patch of a picture, read row by row. A causal
    context sees the rows up to its own and predicts the embedding of the place that lies `nearest` to `furthest` rows
    below. Features are the mean over places.

    Args:
        encoder: with tokens, none of which has seen the next: `per_patch` of pictures. One with batch norm tells of
            the others through the batch: let it have "group:1".
        input: its first view is read.
        nearest: rows ahead that are predicted first; 2 of patches that overlap by half, so that what is predicted was
            not seen.
        furthest: rows ahead that are predicted last; no further than there are rows.
        context, depth: width and layers of the context.
        directions: 1, downwards, or, of pictures, 4, each with a context of its own (v2).
        apart: each patch is mirrored and distorted on its own (v2), so that colours do not tell which belong together.

    Raises:
        ValueError: an encoder without tokens; other directions; patches that are distorted of no pictures; when
            initialised, too few rows.
    """
    if encoder.tokens is None or directions not in (1, TURNS) or nearest > furthest:
        raise ValueError(
            f"an encoder with tokens is asked for, nearest={nearest} up to furthest={furthest} rows ahead, and"
            f" directions={directions} of 1 or {TURNS}"
        )
    if apart and (encoder.pieces is None or not isinstance(input.recipe, Recipe)):
        raise ValueError("apart=True is of pictures under an encoder of patches: take per_patch")
    reader = causal_context(context, depth)

    def ahead(rows: int) -> range:
        """How far is predicted."""
        return range(nearest, min(furthest, rows - 1) + 1)

    def places(params: Any, stats: Any, x: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
        """The encoder's tokens as the map they are, [n, rows, columns, d]: of a sequence [n, t, ...] one column."""
        z, stats = encoder.tokens(params, stats, x, **mode)
        n, t, dim = z.shape
        rows = math.isqrt(t) if x.ndim > 3 else t
        if rows <= nearest or (directions > 1 and x.ndim <= 3):
            raise ValueError(
                f"nearest={nearest} of {rows} rows of places, in directions={directions}: there must be a row to"
                " predict, and a sequence has one direction"
            )
        return z.reshape(n, rows, t // rows, dim).astype(jnp.float32), stats

    def views(keys: jax.Array, batch: Batch) -> jax.Array:
        if not apart:
            return input.views(keys, batch, 1)[0]
        view = input.recipe.views[0]
        placed = pictures(input.recipe._replace(views=(undistorted(view),)))
        pieces = encoder.pieces(placed.views(keys, batch)[0])
        flat = pieces.reshape(len(pieces), -1, *pieces.shape[3:])

        def change(key: jax.Array, pieces: jax.Array) -> jax.Array:
            own = jax.random.split(jax.random.fold_in(key, 1), len(pieces))
            return jax.vmap(partial(distort, input.recipe, view))(own, pieces)

        return jax.vmap(change)(keys, flat).reshape(pieces.shape)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        encoder_key, *turn_keys = jax.random.split(key, 1 + directions)
        x = input.prepare(batch)
        params, stats = encoder.init(encoder_key, x)
        z = jax.eval_shape(places, params, stats, x)[0]
        turn = chain(context=reader, head=linear(z.shape[-1] * len(ahead(z.shape[1]))))
        turns = {f"turn{i}": turn.init(turn_key, z)[0] for i, turn_key in enumerate(turn_keys)}
        return {"encoder": params, **turns}, {"stats": {"encoder": stats}}

    def predict(params: Any, z: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Loss and accuracy of a map [n, rows, columns, d], downwards, over all distances."""
        rows, dim = z.shape[1], z.shape[-1]
        seen, _ = reader.apply(params["context"], {}, z)
        guesses, _ = linear(dim * len(ahead(rows))).apply(params["head"], {}, seen)
        found = []
        for k, guess in zip(ahead(rows), jnp.split(guesses, len(ahead(rows)), axis=-1), strict=True):
            target = z[:, k:].reshape(-1, dim)
            own = parallel.axis_index() * len(target) + jnp.arange(len(target))
            found.append(among(guess[:, :-k].reshape(-1, dim), parallel.gather(target), own))
        losses, accuracies = zip(*found, strict=True)
        return sum(losses) / len(found), sum(accuracies) / len(found)

    def loss(params: Any, extra: Any, views: jax.Array, key: jax.Array, step: jax.Array) -> Any:
        del step
        z, stats = places(params["encoder"], extra["stats"]["encoder"], views, key=key, train=True)
        found = [predict(params[f"turn{i}"], jnp.rot90(z, i, axes=(1, 2))) for i in range(directions)]
        value, accuracy = (sum(each) / directions for each in zip(*found, strict=True))
        return value, ({"stats": {"encoder": stats}}, {"accuracy": accuracy})

    whole = Net(
        encoder.init, lambda params, stats, x, **mode: encoder.apply(params["encoder"], stats["encoder"], x, **mode)
    )
    return Method(init, views, loss, embedding(encoder, input), show=neighbours(whole, input))
