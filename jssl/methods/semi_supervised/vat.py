"""VAT: Virtual Adversarial Training, a Regularization Method for Supervised and Semi-Supervised Learning.

arXiv:1704.03976, of pictures.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl.augment.views import Recipe, denormalize
from jssl.exhibit import Column, Exhibit
from jssl.inputs.image import pictures
from jssl.losses.semi_supervised import adversarial_direction, divergence, entropy, unit
from jssl.method import Batch, Method
from jssl.methods.parts.classifier import classifier
from jssl.methods.parts.guesses import SHOWN, said
from jssl.methods.parts.views import labelled_keys
from jssl.nets.net import Net
from jssl.ranges import Below1, Count, NotNegative, Positive

NOISE = 1 << 22
"""What an example's key is folded with to draw the direction that the search begins with."""


def vat(
    encoder: Net,
    recipe: Recipe,
    *,
    classes: int,
    epsilon: Positive = 6.0,
    weight: NotNegative = 1.0,
    entropy_weight: NotNegative = 0.0,
    iterations: Count = 1,
    average: Below1 = 0.999,
) -> Method:
    """A picture's class stays what it is when the picture moves in the one direction that changes it most.

    As in the authors' code, batch norm uses the statistics of each batch, and its running ones are those of the
    labelled pictures alone: the passes of the search leave them as they are.

    Args:
        recipe: its first view is what is classified.
        classes: how many.
        epsilon: length of the move, of all normalised pixels together.
        weight: of the divergence between the predictions before and after the move.
        entropy_weight: of the predictions' entropy: with it, VAT + EntMin.
        iterations: of the search for that direction.
        average: share that the running average of the weights, which is evaluated, keeps in a step.

    Raises:
        ValueError: a length that is not positive, a search without a step.
    """
    if epsilon <= 0 or iterations < 1:
        raise ValueError(f"epsilon={epsilon} must be positive and iterations={iterations} at least 1")
    input = pictures(recipe)
    net, shared = classifier(encoder, input, classes=classes, average=average)

    def noise(keys: jax.Array, x: jax.Array) -> jax.Array:
        return jax.vmap(lambda key: jax.random.normal(jax.random.fold_in(key, NOISE), x.shape[1:]))(keys)

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, ...]:
        labelled = batch["labelled"]
        own = input.views(labelled_keys(keys, batch), labelled, 1)[0]
        other = input.views(keys, batch, 1)[0]
        return own, labelled["label"], other, noise(keys, other)

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        own, labels, other, start = views
        logits, stats = net.apply(params, extra["stats"], own, key=key, train=True)
        supervised = jnp.mean(optax.softmax_cross_entropy_with_integer_labels(logits.astype(jnp.float32), labels))

        def predict(x: jax.Array) -> jax.Array:
            return net.apply(params, extra["stats"], x, key=key, train=True)[0].astype(jnp.float32)

        before = predict(other)
        move = epsilon * adversarial_direction(predict, other, start, iterations)
        adversarial, unsure = jnp.mean(divergence(before, predict(other + move))), entropy(before)
        metrics = {"supervised_loss": supervised, "adversarial_loss": adversarial, "entropy": unsure}
        value = supervised + weight * adversarial + entropy_weight * unsure
        return value, ({**extra, "stats": stats}, metrics)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        x = input.prepare(jax.tree.map(lambda x: x[:SHOWN], batch))
        start = noise(keys[:SHOWN], x)

        def predict(x: jax.Array) -> jax.Array:
            return net.apply(extra["average"], extra["stats"], x)[0].astype(jnp.float32)

        direction = adversarial_direction(predict, x, start, iterations)
        moved = {
            "as it is": x,
            "moved by chance": x + epsilon * unit(start),
            "moved against it": x + epsilon * direction,
        }
        columns = []
        for name, each in moved.items():
            p = np.asarray(jax.nn.softmax(predict(each)))
            columns.append(Column(name, np.asarray(denormalize(recipe, each)), said(p)))
        return Exhibit(
            "What changes its mind",
            "Pictures, the same with noise, and moved as far in the direction that changes the prediction most: the"
            " likeliest classes should stay what they are.",
            tuple(columns),
        )

    return Method(views=views, loss=loss, show=show, **shared)
