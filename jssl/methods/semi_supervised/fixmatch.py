"""FixMatch: Simplifying Semi-Supervised Learning with Consistency and Confidence (arXiv:2001.07685)."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import optax

from jssl.inputs.input import Input
from jssl.losses.semi_supervised import pseudo_label
from jssl.method import Batch, Method
from jssl.methods.parts.classifier import classifier
from jssl.methods.parts.views import labelled_keys
from jssl.nets.net import Net
from jssl.ranges import Below1, NotNegative, Share


def fixmatch(
    encoder: Net,
    input: Input,
    *,
    classes: int,
    threshold: Share = 0.95,
    weight: NotNegative = 1.0,
    average: Below1 = 0.999,
) -> Method:
    """What a weakly distorted example surely is, a strongly distorted one of it should be taken for too.

    Args:
        input: its recipe's first view is weak, its second strong.
        classes: how many.
        threshold: probability from which a weak view's class is believed.
        weight: of the examples without labels.
        average: share that the running average of the weights, which is evaluated, keeps in a step.
    """
    net, shared = classifier(encoder, input, classes=classes, average=average)

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, ...]:
        labelled = batch["labelled"]
        weak, strong = input.views(keys, batch)[:2]
        own = input.views(labelled_keys(keys, batch), labelled, 1)[0]
        return own, labelled["label"], weak, strong

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        own, labels, weak, strong = views
        # One pass: batch norm sees labelled and unlabelled examples together.
        x = jnp.concatenate([own, weak, strong])
        logits, stats = net.apply(params, extra["stats"], x, key=key, train=True)
        own, weak, strong = jnp.split(logits.astype(jnp.float32), [len(own), len(own) + len(weak)])
        supervised = jnp.mean(optax.softmax_cross_entropy_with_integer_labels(own, labels))
        unsupervised, believed = pseudo_label(weak, strong, threshold)
        metrics = {"supervised_loss": supervised, "unsupervised_loss": unsupervised, "believed": believed}
        return supervised + weight * unsupervised, ({**extra, "stats": stats}, metrics)

    return Method(views=views, loss=loss, **shared, chance=lambda _: math.log(classes))
