"""Noisy Student: Self-training with Noisy Student improves ImageNet classification (arXiv:1911.04252)."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import optax

from jssl.inputs.input import Input
from jssl.method import Batch, Method
from jssl.methods.parts.classifier import classifier
from jssl.methods.parts.views import labelled_keys
from jssl.nets.net import Net
from jssl.ranges import Below1, NotNegative


def noisy_student(
    encoder: Net,
    input: Input,
    *,
    classes: int,
    weight: NotNegative = 1.0,
    smoothing: Below1 = 0.1,
    dropout: Below1 = 0.5,
    average: Below1 = 0.999,
) -> Method:
    """One round's student: it learns true labels, and a teacher's pseudo-labels, under noise the teacher did not have.

    `jssl.selftrain.rounds` drives the rounds. Stochastic depth is the encoder's (`drop_path` of a vision transformer).

    Args:
        input: its recipe's first view, a strong one, is what both kinds of examples are seen through.
        classes: how many.
        weight: of the pseudo-labelled examples; 0 is supervised learning.
        smoothing: of the true labels; pseudo-labels are as soft as they come.
        dropout: probability that a feature is dropped before the classifier.
        average: share that the running average of the weights, which is evaluated, keeps in a step.
    """
    net, shared = classifier(encoder, input, classes=classes, average=average)

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, ...]:
        labelled, own = batch["labelled"], labelled_keys(keys, batch)
        x = [input.views(k, few, 1)[0] for k, few in ((own, labelled), (keys, batch))]
        # Features are dropped by each example's own key, and so the same on any number of devices.
        drops = jax.random.key_data(jax.vmap(lambda key: jax.random.fold_in(key, 1))(jnp.concatenate([own, keys])))
        return jnp.concatenate(x), drops, labelled["label"], batch["label"]

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        x, drops, labels, pseudo = views
        stats = extra["stats"]
        h, moved = encoder.apply(params["encoder"], stats["encoder"], x, key=key, train=True)
        keep = jax.vmap(lambda k: jax.random.bernoulli(jax.random.wrap_key_data(k), 1 - dropout, h.shape[1:]))(drops)
        h = jnp.where(keep, h.astype(jnp.float32) / (1 - dropout), 0.0)
        logits, _ = net.parts["head"].apply(params["head"], {}, h)
        own, other = jnp.split(logits, [len(labels)])
        targets = optax.smooth_labels(jax.nn.one_hot(labels, classes), smoothing)
        supervised = jnp.mean(optax.softmax_cross_entropy(own, targets))
        pseudo = pseudo if pseudo.ndim == 2 else jax.nn.one_hot(pseudo, classes)
        taught = jnp.mean(optax.softmax_cross_entropy(other, pseudo))
        metrics = {"supervised_loss": supervised, "pseudo_loss": taught}
        return supervised + weight * taught, ({**extra, "stats": {**stats, "encoder": moved}}, metrics)

    return Method(views=views, loss=loss, **shared, chance=lambda _: (1 + weight) * math.log(classes))
