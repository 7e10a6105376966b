"""Tags of words, such as parts of speech, by a linear layer on each token: BERT's section 5.3 (arXiv:1810.04805)."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jssl.inputs.input import Input
from jssl.method import Batch, Method
from jssl.methods.parts.classifier import classifier
from jssl.methods.parts.views import embedding
from jssl.methods.parts.words import nats, over_all
from jssl.nets.net import Net
from jssl.ranges import Below1


def tagging(encoder: Net, input: Input, *, tags: Sequence[str], average: Below1 = 0.99) -> Method:
    """Words with their tags alone, by cross entropy at the first token of each; its `predict` gives [n, t, tags].

    Args:
        encoder: a transformer on words.
        tags: their names, as data of `tagged:PATH` says.
        average: as in `supervised`.

    Raises:
        ValueError: an encoder that is no transformer on words.
    """
    if encoder.words is None:
        raise ValueError("tagging is of single words: config.encoder must be text_transformer or the like")
    net, shared = classifier(encoder._replace(apply=encoder.tokens), input, classes=len(tags), average=average)
    shared["embed"] = embedding(encoder, input, shared["weights"])

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        del keys
        return input.prepare(batch), batch["tag"]

    def loss(params: Any, extra: Any, views: tuple[jax.Array, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        del step
        x, tag = views
        logits, stats = net.apply(params, extra["stats"], x, key=key, train=True)
        value, right = over_all(logits.astype(jnp.float32), tag)
        return value, ({**extra, "stats": stats}, {"tag_accuracy": right})

    def score(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        del keys
        asked = nats(shared["predict"](params, extra, batch), batch["tag"])
        return asked.sum(1), (batch["tag"] >= 0).sum(1)

    return Method(views=views, loss=loss, score=score, **shared)
