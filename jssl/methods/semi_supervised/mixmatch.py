"""MixMatch: A Holistic Approach to Semi-Supervised Learning (arXiv:1905.02249)."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl import parallel
from jssl.augment.views import Recipe, denormalize
from jssl.exhibit import Column, Exhibit
from jssl.inputs.image import pictures
from jssl.losses.semi_supervised import brier, mixup, sharpen
from jssl.method import Batch, Method
from jssl.methods.parts.classifier import classifier
from jssl.methods.parts.guesses import SHOWN, said
from jssl.methods.parts.views import labelled_keys
from jssl.nets.net import Net
from jssl.ranges import Below1, NotNegative, Positive, Share

MIX = 1 << 21
"""What an example's key is folded with to draw its share of a mixture: more than any view's."""


def mixmatch(
    encoder: Net,
    recipe: Recipe,
    *,
    classes: int,
    steps: int,
    weight: NotNegative = 75.0,
    ramp: Share = 1 / 64,
    temperature: Positive = 0.5,
    alpha: Positive = 0.75,
    average: Below1 = 0.999,
) -> Method:
    """Guessed labels are averaged over views and sharpened; then everything is mixed with everything else.

    The authors mix examples of several batches so that batch norm sees both kinds at once; here one pass has all.

    Args:
        recipe: its views are those over which an example's label is guessed; the first is a labelled picture's.
        classes: how many.
        steps: of the whole run.
        weight: of the pictures without labels, in the end.
        ramp: share of the run in which that weight rises from 0, in a straight line.
        temperature: of the guessed labels; towards 0 they are one class alone.
        alpha: of the Beta distribution that shares of a mixture are drawn from; towards 0 nothing is mixed.
        average: share that the running average of the weights, which is evaluated, keeps in a step.

    Raises:
        ValueError: a temperature or alpha that is not positive.
    """
    if min(temperature, alpha) <= 0:
        raise ValueError(f"temperature={temperature} and alpha={alpha} must be positive")
    input = pictures(recipe)
    net, shared = classifier(encoder, input, classes=classes, average=average)
    rise = optax.linear_schedule(0.0, weight, max(round(ramp * steps), 1))

    def shares(keys: jax.Array, count: int) -> jax.Array:
        """Of each example's views, [count, n]."""
        return jax.vmap(lambda key: jax.random.beta(jax.random.fold_in(key, MIX), alpha, alpha, (count,)))(keys).T

    def views(keys: jax.Array, batch: Batch) -> tuple[Any, ...]:
        labelled, own = batch["labelled"], labelled_keys(keys, batch)
        x = input.views(own, labelled, 1)[0], *input.views(keys, batch)
        return x, labelled["label"], (*shares(own, 1), *shares(keys, input.count))

    def guess(params: Any, stats: Any, views: tuple[jax.Array, ...], key: jax.Array) -> jax.Array:
        """The label of examples without one, by the mean over their views: [n, classes]."""
        logits, _ = net.apply(params, stats, jnp.concatenate(views), key=key, train=True)
        p = jax.nn.softmax(logits.astype(jnp.float32)).reshape(len(views), -1, classes)
        return jax.lax.stop_gradient(sharpen(p.mean(0), temperature))

    def loss(params: Any, extra: Any, views: tuple[Any, ...], key: jax.Array, step: jax.Array) -> Any:
        x, labels, shares = views
        guess_key, order_key, key = jax.random.split(key, 3)
        guessed = guess(params, extra["stats"], x[1:], guess_key)
        targets = jax.nn.one_hot(labels, classes), *[guessed] * input.count
        # A partner comes from the whole batch of all devices, labelled or not.
        order = jax.random.permutation(order_key, sum(map(len, x)) * parallel.axis_size())
        x, targets = (_mixed(parts, shares, order) for parts in (x, targets))
        logits, stats = net.apply(params, extra["stats"], x, key=key, train=True)
        own, other = jnp.split(logits.astype(jnp.float32), [len(labels)])
        supervised = jnp.mean(optax.softmax_cross_entropy(own, targets[: len(labels)]))
        unsupervised = brier(targets[len(labels) :], other)
        metrics = {"supervised_loss": supervised, "unsupervised_loss": unsupervised}
        return supervised + rise(step) * unsupervised, ({**extra, "stats": stats}, metrics)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        count = min(SHOWN, len(keys) // 2)
        keys = keys[: 2 * count]
        seen = input.views(keys, jax.tree.map(lambda x: x[: 2 * count], batch))
        p = jax.nn.softmax(jnp.stack([net.apply(extra["average"], extra["stats"], x)[0] for x in seen])).mean(0)
        guessed, first, share = sharpen(p, temperature), seen[0], shares(keys, 1)[0]
        one, other = slice(0, count), slice(count, 2 * count)
        x, target = (mixup(share[one], each[one], each[other]) for each in (first, guessed))
        columns = [("a view", first[one], guessed[one]), ("another picture's", first[other], guessed[other])]
        return Exhibit(
            "Mixtures",
            "Two pictures without a label, each with the class that is guessed over its views and sharpened; and the"
            " mixture that is learnt from, with the mixture of their labels.",
            tuple(
                Column(name, np.asarray(denormalize(recipe, figures)), said(np.asarray(label)))
                for name, figures, label in [*columns, ("the mixture", x, target)]
            ),
        )

    return Method(views=views, loss=loss, show=show, **shared, chance=lambda _: math.log(classes))


def _mixed(parts: tuple[jax.Array, ...], shares: tuple[jax.Array, ...], order: jax.Array) -> jax.Array:
    """Examples of this device, each mixed with one of all devices': [sum of lengths, ...].

    Args:
        parts: arrays [n, ...] of examples, one for each kind.
        shares: [n] each.
        order: a permutation of the examples of all devices, kind after kind.
    """
    pool = jnp.concatenate([parallel.gather(part) for part in parts])
    mixed, before = [], 0
    for part, share in zip(parts, shares, strict=True):
        rows = before + parallel.axis_index() * len(part) + jnp.arange(len(part))
        mixed.append(mixup(share, part, pool[order[rows]]))
        before += len(part) * parallel.axis_size()
    return jnp.concatenate(mixed)
