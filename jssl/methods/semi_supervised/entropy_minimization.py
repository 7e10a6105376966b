"""Entropy minimisation: Semi-supervised Learning by Entropy Minimization (Grandvalet and Bengio, NIPS 2004)."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from jssl.inputs.input import Input
from jssl.losses.semi_supervised import entropy
from jssl.method import Batch, Method
from jssl.methods.parts.classifier import classifier
from jssl.methods.parts.guesses import surest
from jssl.methods.parts.views import labelled_keys
from jssl.nets.net import Net
from jssl.ranges import Below1, NotNegative, Share


def entropy_minimization(
    encoder: Net,
    input: Input,
    *,
    classes: int,
    steps: int,
    weight: NotNegative = 1.0,
    ramp: Share = 0.4,
    average: Below1 = 0.999,
) -> Method:
    """Examples without a label are to be classified surely, whatever for: boundaries move to where few examples are.

    Args:
        input: its recipe's first view is what is classified.
        classes: how many.
        steps: of the whole run.
        weight: of the entropy, in the end.
        ramp: share of the run in which that weight rises from 0, in a straight line. What is minimised too early makes
            sure of mistakes; the paper lowers a temperature in its place.
        average: share that the running average of the weights, which is evaluated, keeps in a step.
    """
    net, shared = classifier(encoder, input, classes=classes, average=average)
    rise = optax.linear_schedule(0.0, weight, max(round(ramp * steps), 1))

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, ...]:
        labelled = batch["labelled"]
        own = input.views(labelled_keys(keys, batch), labelled, 1)[0]
        return own, labelled["label"], input.views(keys, batch, 1)[0]

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        own, labels, other = views
        logits, stats = net.apply(params, extra["stats"], jnp.concatenate([own, other]), key=key, train=True)
        own, other = jnp.split(logits.astype(jnp.float32), [len(own)])
        supervised = jnp.mean(optax.softmax_cross_entropy_with_integer_labels(own, labels))
        unsure = entropy(other)
        metrics = {"supervised_loss": supervised, "entropy": unsure}
        return supervised + rise(step) * unsure, ({**extra, "stats": stats}, metrics)

    return Method(views=views, loss=loss, show=surest(input, shared["predict"]), **shared)
