"""What methods that see labels share: a classifier on an encoder, and the average of both that is used."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jssl.inputs.input import Input
from jssl.method import Batch
from jssl.methods.parts.teacher import follow
from jssl.methods.parts.views import embedding
from jssl.nets.heads import mlp
from jssl.nets.net import Net, chain


def classifier(
    encoder: Net, input: Input, *, classes: int, average: float, hidden: Sequence[int] = ()
) -> tuple[Net, dict[str, Callable]]:
    """An encoder with a linear head, or one of several layers, and all of a `Method` but its `views` and `loss`.

    Args:
        classes: how many.
        average: share of its weights that the running average keeps in a step, once there were enough steps for it
            to forget the random start; 0 uses the last weights. It is what `embed` and `predict` apply.
        hidden: widths of the layers before the linear one: a norm and a rectifier behind each, as projectors have.

    Returns:
        The network, x -> logits [n, classes], with parts "encoder" and "head"; and `init`, `after`, `embed`,
        `weights` and `predict`. `extra` holds "stats" and "average".
    """
    net = chain(encoder=encoder, head=mlp((*hidden, classes)))

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        params, stats = net.init(key, input.prepare(batch))
        return params, {"stats": stats, "average": jax.tree.map(jnp.copy, params)}  # as the step donates its state

    def after(params: Any, extra: Any, step: jax.Array) -> tuple[Any, Any]:
        kept = jnp.minimum(1 - 1 / (step + 1), average)
        return params, {**extra, "average": follow(extra["average"], params, kept)}

    def weights(params: Any, extra: Any) -> tuple[Any, Any]:
        del params
        return extra["average"]["encoder"], extra["stats"]["encoder"]

    def predict(params: Any, extra: Any, batch: Batch) -> jax.Array:
        del params
        return net.apply(extra["average"], extra["stats"], input.prepare(batch))[0].astype(jnp.float32)

    embed = embedding(encoder, input, weights)
    return net, {"init": init, "after": after, "embed": embed, "weights": weights, "predict": predict}
