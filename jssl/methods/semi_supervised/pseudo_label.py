"""Pseudo-Label: The Simple and Efficient Semi-Supervised Learning Method for Deep Networks (Lee, ICML-W 2013)."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from jssl.inputs.input import Input
from jssl.losses import semi_supervised
from jssl.method import Batch, Method
from jssl.methods.parts.classifier import classifier
from jssl.methods.parts.views import labelled_keys
from jssl.nets.net import Net
from jssl.ranges import Below1, NotNegative, Share, Span


def pseudo_label(
    encoder: Net,
    input: Input,
    *,
    classes: int,
    steps: int,
    weight: NotNegative = 3.0,
    ramp: Span = (0.1, 0.6),
    threshold: Share = 0.0,
    average: Below1 = 0.999,
) -> Method:
    """Pictures without a label are taken for what the network thinks they are, anew at every step.

    The paper's outputs are independent sigmoids; here, as in all later work, one softmax.

    Args:
        input: its recipe's first view is what is classified.
        classes: how many.
        steps: of the whole run.
        weight: of the examples without labels, in the end.
        ramp: shares of the run between which that weight rises from 0, in a straight line. The paper's epochs are
            100 and 600. Believed too early, wrong labels confirm themselves.
        threshold: probability from which a class is believed; 0 in the paper, 0.95 in later comparisons.
        average: share that the running average of the weights, which is evaluated, keeps in a step.
    """
    net, shared = classifier(encoder, input, classes=classes, average=average)
    begin, end = (round(share * steps) for share in ramp)
    rise = optax.linear_schedule(0.0, weight, end - begin, begin)

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, ...]:
        labelled = batch["labelled"]
        own = input.views(labelled_keys(keys, batch), labelled, 1)[0]
        return own, labelled["label"], input.views(keys, batch, 1)[0]

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        own, labels, other = views
        logits, stats = net.apply(params, extra["stats"], jnp.concatenate([own, other]), key=key, train=True)
        own, other = jnp.split(logits.astype(jnp.float32), [len(own)])
        supervised = jnp.mean(optax.softmax_cross_entropy_with_integer_labels(own, labels))
        unsupervised, believed = semi_supervised.pseudo_label(other, other, threshold)
        metrics = {"supervised_loss": supervised, "unsupervised_loss": unsupervised, "believed": believed}
        return supervised + rise(step) * unsupervised, ({**extra, "stats": stats}, metrics)

    return Method(views=views, loss=loss, **shared)
