"""Supervised: the baseline of all learning from few labels, and what fine-tuning is."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import optax

from jssl.inputs.input import Input
from jssl.method import Batch, Method
from jssl.methods.parts.classifier import classifier
from jssl.nets.net import Net
from jssl.ranges import Below1, Count


def supervised(
    encoder: Net,
    input: Input,
    *,
    classes: int,
    smoothing: Below1 = 0.0,
    average: Below1 = 0.999,
    plain: bool = False,
    hidden: Sequence[Count] = (),
) -> Method:
    """Labelled examples alone, by cross entropy.

    Args:
        input: its recipe's first view is what is classified.
        classes: how many.
        smoothing: share of the target that is spread over all classes.
        average: share that the running average of the weights, which is evaluated, keeps in a step.
        plain: its `plain` view is classified instead, as in fine-tuning, where the recipe is one of hard views.
        hidden: widths of the head's layers before the linear one. With `config.start` they begin as the first of that
            run's projector: SimCLR v2 fine-tunes from the first (arXiv:2006.10029).
    """
    net, shared = classifier(encoder, input, classes=classes, average=average, hidden=hidden)

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        x = input.plain(keys, batch) if plain else input.views(keys, batch, 1)[0]
        return x, batch["label"]

    def loss(params: Any, extra: Any, views: tuple[jax.Array, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        del step
        x, labels = views
        logits, stats = net.apply(params, extra["stats"], x, key=key, train=True)
        logits = logits.astype(jnp.float32)
        targets = optax.smooth_labels(jax.nn.one_hot(labels, classes), smoothing)
        value = jnp.mean(optax.softmax_cross_entropy(logits, targets))
        return value, ({**extra, "stats": stats}, {"accuracy": jnp.mean(logits.argmax(-1) == labels)})

    return Method(views=views, loss=loss, **shared, chance=lambda _: math.log(classes))
