"""Linear probe: a linear classifier, trained by gradient steps on the features of a frozen encoder under mild views.

What most papers report of an encoder; see `jssl.protocols.linear_sgd` for their optimisers and rates.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
import optax

from jssl.inputs.input import Input
from jssl.method import Batch, Method
from jssl.nets.heads import probe
from jssl.nets.net import Net, last_tokens
from jssl.ranges import Count


def linear_probe(
    encoder: Net, input: Input, *, classes: int, layers: Count = 1, patches: bool = False, normalize: bool = False
) -> Method:
    """Cross entropy of labelled examples, each a plain view; the encoder, as it is evaluated, never moves.

    Args:
        classes: how many.
        layers: of a vision transformer with a class token, how many of its last blocks' class tokens are read, side by
            side: DINO reads four of ViT-S (arXiv:2104.14294, appendix F.2).
        patches: the mean of the last block's patches is read, too: DINO's of ViT-B.
        normalize: batch norm without scale and offset on the features: MAE's.

    Raises:
        ValueError: when traced, layers or patches of a network without a class token.
    """
    head = probe(classes, normalize=normalize)

    def features(extra: Any, x: jax.Array) -> jax.Array:
        weights = extra["frozen"]["encoder"], extra["stats"]["encoder"]
        if layers == 1 and not patches:
            return encoder.apply(*weights, x)[0].astype(jnp.float32)
        tokens = _tokens(encoder, layers)(*weights, x)[0].astype(jnp.float32)
        first = tokens[:, 0]
        if not patches:
            return first
        last = tokens[:, 1:, -(tokens.shape[-1] // layers) :]
        return jnp.concatenate([first, last.mean(1)], axis=1)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        encoder_key, head_key = jax.random.split(key)
        x = input.prepare(batch)
        frozen, stats = encoder.init(encoder_key, x)
        extra = {"frozen": {"encoder": frozen}, "stats": {"encoder": stats}}
        params, extra["stats"]["head"] = head.init(head_key, jax.eval_shape(features, extra, x))
        return {"head": params}, extra

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        return input.plain(keys, batch), batch["label"]

    def loss(params: Any, extra: Any, views: tuple[jax.Array, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        del key, step
        x, labels = views
        seen = jax.lax.stop_gradient(features(extra, x))
        logits, moved = head.apply(params["head"], extra["stats"]["head"], seen, train=True)
        value = jnp.mean(optax.softmax_cross_entropy_with_integer_labels(logits, labels))
        extra = {**extra, "stats": {**extra["stats"], "head": moved}}
        return value, (extra, {"accuracy": jnp.mean(logits.argmax(-1) == labels)})

    def embed(params: Any, extra: Any, batch: Batch) -> jax.Array:
        del params
        return features(extra, input.prepare(batch))

    def predict(params: Any, extra: Any, batch: Batch) -> jax.Array:
        return head.apply(params["head"], extra["stats"]["head"], features(extra, input.prepare(batch)))[0]

    def weights(params: Any, extra: Any) -> tuple[Any, Any]:
        del params
        return extra["frozen"]["encoder"], extra["stats"]["encoder"]

    return Method(init, views, loss, embed, weights=weights, predict=predict, chance=lambda _: math.log(classes))


def _tokens(encoder: Net, layers: int) -> Any:
    """What gives a transformer's tokens, the class token first.

    Raises:
        ValueError: another network, or one that has no such token.
    """
    if encoder.tokens is None or not encoder.class_token:
        raise ValueError("layers and patches read a class token, which this encoder does not have")
    return last_tokens(encoder.tokens, layers)
