"""CPC: Representation Learning with Contrastive Predictive Coding (arXiv:1807.03748), of sounds, pictures and others.

Its version 2, of pictures, is Data-Efficient Image Recognition with Contrastive Predictive Coding (arXiv:1905.09272).
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
from jssl.losses.predictive import costs_among
from jssl.method import Batch, Method
from jssl.methods.parts.counted import mean_of_all
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
    below. Features are the mean over places; of an encoder that has a context of its own, of that. Where a recording
    has ended there is nothing to predict, nor to tell from.

    Args:
        encoder: with tokens, none of which has seen the next: `per_patch` of pictures. One with batch norm tells of
            the others through the batch: let it have "group:1". Of waves `wave_gru`, which has the paper's context.
        input: its first view is read.
        nearest: rows ahead that are predicted first; 2 of patches that overlap by half, so that what is predicted was
            not seen.
        furthest: rows ahead that are predicted last; no further than there are rows.
        context, depth: width and layers of the context, where the encoder has none.
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
    reader, own = causal_context(context, depth), encoder.parts.get("context")
    if own is not None and directions > 1:
        raise ValueError(f"directions={directions} of an encoder with a context of its own, which has one")

    def ahead(rows: int) -> range:
        """How far is predicted."""
        return range(nearest, min(furthest, rows - 1) + 1)

    def places(params: Any, stats: Any, x: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
        """The encoder's tokens as the map they are, [n, rows, columns, d]: of a sequence [n, t, ...] one column.

        Of an encoder with a context, what that reads.
        """
        if own is None:
            z, stats = encoder.tokens(params, stats, x, **mode)
        else:
            z, _ = encoder.parts["features"].apply(params["features"], stats["features"], x, **mode)
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
        dim = z.shape[-1]
        if own is not None:
            z, dim = jax.eval_shape(encoder.tokens, params, stats, x)[0], dim - 1
        head = linear(dim * len(ahead(z.shape[1])))
        turn = chain(head=head) if own is not None else chain(context=reader, head=head)
        turns = {f"turn{i}": turn.init(turn_key, z)[0] for i, turn_key in enumerate(turn_keys)}
        return {"encoder": params, **turns}, {"stats": {"encoder": stats}}

    def predict(params: Any, seen: jax.Array, z: jax.Array, there: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Loss and accuracy of a map [n, rows, columns, d] by its context, downwards, over all distances."""
        rows, dim = z.shape[1], z.shape[-1]
        guesses, _ = linear(dim * len(ahead(rows))).apply(params["head"], {}, seen)
        found = []
        for k, guess in zip(ahead(rows), jnp.split(guesses, len(ahead(rows)), axis=-1), strict=True):
            target, asked = z[:, k:].reshape(-1, dim), there[:, k:].reshape(-1)
            positive = parallel.axis_index() * len(target) + jnp.arange(len(target))
            keys, counting = parallel.gather(target), parallel.gather(asked)
            costs, right = costs_among(guess[:, :-k].reshape(-1, dim), keys, positive, counting)
            found.append((mean_of_all(costs, asked), mean_of_all(right, asked)))
        losses, accuracies = zip(*found, strict=True)
        return sum(losses) / len(found), sum(accuracies) / len(found)

    def loss(params: Any, extra: Any, views: jax.Array, key: jax.Array, step: jax.Array) -> Any:
        del step
        stats = extra["stats"]["encoder"]
        z, stats = places(params["encoder"], stats, views, key=key, train=True)
        if own is not None:
            context = params["encoder"]["context"], stats["context"]
            seen = own.apply(*context, z[:, :, 0], key=key, train=True)[0][:, :, None]
            value, accuracy = predict(params["turn0"], seen, z[..., :-1], z[..., -1] > 0.5)
            return value, (extra, {"accuracy": accuracy})
        there = jnp.ones(z.shape[:3], bool)
        found = []
        for i in range(directions):
            turn, turned = params[f"turn{i}"], jnp.rot90(z, i, axes=(1, 2))
            found.append(predict(turn, reader.apply(turn["context"], {}, turned)[0], turned, there))
        value, accuracy = (sum(each) / directions for each in zip(*found, strict=True))
        return value, ({"stats": {"encoder": stats}}, {"accuracy": accuracy})

    whole = Net(
        encoder.init, lambda params, stats, x, **mode: encoder.apply(params["encoder"], stats["encoder"], x, **mode)
    )
    return Method(init, views, loss, embedding(encoder, input), show=neighbours(whole, input))
