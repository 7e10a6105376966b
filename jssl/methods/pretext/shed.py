"""ShED, shuffled embedding detection, of DABS: A Domain-Agnostic Benchmark (arXiv:2111.12062)."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl import parallel
from jssl.exhibit import Column, Exhibit
from jssl.inputs.input import Input
from jssl.method import Batch, Method
from jssl.methods.parts.counted import mean_of_all
from jssl.methods.parts.embedded import halves
from jssl.methods.parts.views import embedding
from jssl.nets.domain_transformer import Embedded
from jssl.nets.heads import linear
from jssl.nets.net import Net
from jssl.ranges import Portion

ROWS = 8


class Shuffle(NamedTuple):
    """Examples, and what their tokens are shuffled by."""

    x: jax.Array
    seed: jax.Array
    """The data of a key for each, uint32 [n, ...]."""


def shed(encoder: Net, input: Input, *, share: Portion = 0.15) -> Method:
    """Which of an example's tokens have changed places with others of it?

    A share of the embeddings goes round in a cycle, so that none of them stays; then places are told. What a constant
    says best, that none has moved by so much, is right for 85 % of the tokens: "accuracy" weighs both kinds alike, and
    "constant" is the loss of that guess, 0.4227 nats.

    Args:
        encoder: one in two halves, such as `domain_transformer`.
        share: of the tokens that move; rounded up, and two at least.

    Raises:
        ValueError: an encoder that is not in two halves.
    """
    embed, encode = halves(encoder)
    head = linear(1)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        x = input.prepare(batch)
        params, stats = encoder.init(key, x)
        features = jax.eval_shape(encoder.apply, params, stats, x)[0]
        head_params, head_stats = head.init(jax.random.fold_in(key, 1), features)
        return {"encoder": params, "head": head_params}, {"stats": {"encoder": stats, "head": head_stats}}

    def views(keys: jax.Array, batch: Batch) -> Shuffle:
        return Shuffle(input.prepare(batch), jax.vmap(jax.random.key_data)(keys))

    def told(params: Any, stats: Any, views: Shuffle, **mode: Any) -> tuple[jax.Array, jax.Array, jax.Array, Any]:
        """Logits [n, t] that a token has moved, whether it has, where there are tokens; and statistics."""
        new = {}
        embedded, new["embed"] = embed.apply(params["encoder"]["embed"], stats["encoder"]["embed"], views.x, **mode)
        keys = jax.random.wrap_key_data(views.seed)
        taken = jax.vmap(lambda key, there: cycle(key, there, share))(keys, embedded.there)
        shuffled = Embedded(jnp.take_along_axis(embedded.tokens, taken[:, :, None], axis=1), embedded.there)
        y, new["encode"] = encode.tokens(params["encoder"]["encode"], stats["encoder"]["encode"], shuffled, **mode)
        logits, of_head = head.apply(params["head"], stats["head"], y.reshape(-1, y.shape[-1]), **mode)
        moved = taken != jnp.arange(taken.shape[1])[None]
        logits = logits.reshape(moved.shape).astype(jnp.float32)
        return logits, moved, embedded.there, {"encoder": new, "head": of_head}

    def loss(params: Any, extra: Any, views: Shuffle, key: jax.Array, step: jax.Array) -> Any:
        del step
        logits, moved, there, stats = told(params, extra["stats"], views, key=key, train=True)
        value = mean_of_all(optax.sigmoid_binary_cross_entropy(logits, moved), there)
        found, left = mean_of_all(logits > 0, moved), mean_of_all(logits <= 0, there & ~moved)
        part = parallel.pmean(mean_of_all(moved, there))
        constant = -part * jnp.log(part) - (1 - part) * jnp.log1p(-part)
        return value, ({"stats": stats}, {"accuracy": (found + left) / 2, "constant": constant})

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        some = {name: x[:ROWS] for name, x in batch.items()}
        logits, moved, there, _ = told(params, extra["stats"], views(keys[:ROWS], some))
        said, moved, there = (np.asarray(x) for x in (logits > 0, moved, there))
        captions = [
            f"{(yes & true).sum()} of {true.sum()} moved ones found, {(yes & ~true & own).sum()} of"
            f" {(~true & own).sum()} others suspected"
            for yes, true, own in zip(said, moved, there, strict=True)
        ]
        column = Column("an example", input.figure(jax.tree.map(np.asarray, some)), captions)
        lead = "Some tokens of each example have changed places before the network saw it. Which ones does it find?"
        return Exhibit("Which tokens have moved?", lead, (column,))

    return Method(init, views, loss, embedding(encoder, input), show=show)


def cycle(key: jax.Array, there: jax.Array, share: float) -> jax.Array:
    """The token that stands at each place [t] when a share of those that are there has moved, each to another place.

    One cycle through a random choice of them, as the authors have it; ceil(share * tokens) of them, and two at least.
    One token alone stays.
    """
    count, place = jnp.sum(there), jnp.arange(len(there))
    order = jnp.argsort(jnp.where(there, jax.random.uniform(key, there.shape), 2.0))
    # In float32 a product that is whole may be a little more than it.
    moved = jnp.where(count > 1, jnp.maximum(jnp.ceil(share * count - 1e-4).astype(jnp.int32), 2), 1)
    following = jnp.where(place < moved, (place + 1) % moved, place)
    return jnp.zeros_like(place).at[order].set(order[following])
