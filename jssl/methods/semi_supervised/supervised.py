"""Supervised: the baseline of all learning from few labels, and what fine-tuning is."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from jssl.augment.views import Recipe, draw_views
from jssl.method import Batch, Method
from jssl.methods.parts.classifier import classifier
from jssl.nets.net import Net


def supervised(encoder: Net, recipe: Recipe, *, classes: int, smoothing: float = 0.0, average: float = 0.999) -> Method:
    """Labelled pictures alone, by cross entropy.

    Args:
        recipe: its first view is what is classified.
        classes: how many.
        smoothing: share of the target that is spread over all classes.
        average: share that the running average of the weights, which is evaluated, keeps in a step.
    """
    net, shared = classifier(encoder, recipe, classes=classes, average=average)
    first = recipe._replace(views=recipe.views[:1])

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        return draw_views(first, keys, batch["image"])[0], batch["label"]

    def loss(params: Any, extra: Any, views: tuple[jax.Array, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        del step
        images, labels = views
        logits, stats = net.apply(params, extra["stats"], images, key=key, train=True)
        logits = logits.astype(jnp.float32)
        targets = optax.smooth_labels(jax.nn.one_hot(labels, classes), smoothing)
        value = jnp.mean(optax.softmax_cross_entropy(logits, targets))
        return value, ({**extra, "stats": stats}, {"accuracy": jnp.mean(logits.argmax(-1) == labels)})

    return Method(views=views, loss=loss, **shared)
