"""M2: Semi-Supervised Learning with Deep Generative Models (arXiv:1406.5298), of pictures."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl.augment.views import Recipe, denormalize
from jssl.exhibit import Column, Exhibit
from jssl.inputs.image import pictures
from jssl.losses.variational import bernoulli_log_likelihood, class_free_cost, gaussian_kl
from jssl.method import Batch, Method
from jssl.methods.parts.classifier import classifier
from jssl.methods.parts.guesses import SHOWN
from jssl.methods.parts.views import labelled_keys
from jssl.nets.heads import mlp
from jssl.nets.net import Net
from jssl.ranges import Below1, Count, Positive

NOISE = 1 << 23
"""What an example's key is folded with to draw its latent variable."""


def m2(
    encoder: Net,
    recipe: Recipe,
    *,
    classes: int,
    latent: Count = 50,
    hidden: Sequence[Count] = (500, 500),
    alpha: Positive = 0.1,
    average: Below1 = 0.999,
) -> Method:
    """A picture is painted from its class and a style; where the class is not known, from every class it may have.

    The classifier q(y | x) is the encoder with its head. The style's q(z | x, y) and the painter p(x | y, z) are fully
    connected, as in the paper; the former sees the encoder's features in place of the pixels. Classes are as likely
    before a picture is seen.

    Args:
        recipe: its first view is what is painted, each of its values in [0, 1] being a coin's.
        classes: how many; the painter paints each picture without a label so many times.
        latent: variables of the style.
        hidden: widths of the painter, and of the style's network in reverse.
        alpha: weight of the cross entropy of labels, beside the bound in nats per picture; the paper's is 0.1.
        average: share that the running average of the weights, which is evaluated, keeps in a step.
    """
    input = pictures(recipe)
    net, shared = classifier(encoder, input, classes=classes, average=average)
    size, channels = recipe.views[0].size, len(recipe.mean)
    style = mlp((*reversed(hidden), 2 * latent), norm=False)
    painter = mlp((*hidden, size * size * channels), norm=False)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        net_key, style_key, painter_key = jax.random.split(key, 3)
        params, extra = shared["init"](net_key, batch)
        features = jax.eval_shape(shared["embed"], params, extra, batch).shape[1]
        params["style"], _ = style.init(style_key, jnp.zeros((1, features + classes)))
        params["painter"], _ = painter.init(painter_key, jnp.zeros((1, latent + classes)))
        return params, extra

    def noise(keys: jax.Array, count: int) -> jax.Array:
        """For `count` classes of each picture: [n, count, latent]."""
        return jax.vmap(lambda key: jax.random.normal(jax.random.fold_in(key, NOISE), (count, latent)))(keys)

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, ...]:
        labelled, own = batch["labelled"], labelled_keys(keys, batch)
        x = input.views(own, labelled, 1)[0], input.views(keys, batch, 1)[0]
        return *x, labelled["label"], noise(own, 1), noise(keys, classes)

    def styles(params: Any, h: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Mean and log variance [n, latent] each, of features [n, d] and classes [n, classes]."""
        mean, log_variance = jnp.split(style.apply(params["style"], {}, jnp.concatenate([h, y], -1))[0], 2, axis=-1)
        return mean, jnp.clip(log_variance, -10.0, 10.0)

    def paint(params: Any, z: jax.Array, y: jax.Array) -> jax.Array:
        """Logits [n, pixels]."""
        return painter.apply(params["painter"], {}, jnp.concatenate([z, y], -1))[0]

    def cost(params: Any, h: jax.Array, x: jax.Array, y: jax.Array, noise: jax.Array) -> jax.Array:
        """Nats [n, c] of pictures x with each of c classes y [n, c, classes]."""
        n, c = y.shape[:2]
        h, x = (jnp.broadcast_to(each[:, None], (n, c, each.shape[-1])).reshape(n * c, -1) for each in (h, x))
        y, noise = y.reshape(n * c, -1), noise.reshape(n * c, -1)
        mean, log_variance = styles(params, h, y)
        z = mean + jnp.exp(log_variance / 2) * noise
        nats = gaussian_kl(mean, log_variance) + jnp.log(classes) - bernoulli_log_likelihood(x, paint(params, z, y))
        return nats.reshape(n, c)

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        own, other, labels, own_noise, noise = views
        stats, images = extra["stats"], jnp.concatenate([own, other])
        h, moved = encoder.apply(params["encoder"], stats["encoder"], images, key=key, train=True)
        h = h.astype(jnp.float32)
        logits, _ = net.parts["head"].apply(params["head"], {}, h)
        pixels = jnp.clip(denormalize(recipe, images), 0.0, 1.0).reshape(len(images), -1)
        m, n = len(own), len(other)
        known, every = jax.nn.one_hot(labels, classes)[:, None], jnp.broadcast_to(jnp.eye(classes), (n, *[classes] * 2))
        labelled = jnp.mean(cost(params, h[:m], pixels[:m], known, own_noise))
        unlabelled = jnp.mean(class_free_cost(cost(params, h[m:], pixels[m:], every, noise), logits[m:]))
        supervised = jnp.mean(optax.softmax_cross_entropy_with_integer_labels(logits[:m], labels))
        metrics = {"supervised_loss": supervised, "labelled_cost": labelled, "unlabelled_cost": unlabelled}
        value = (m * labelled + n * unlabelled) / (m + n) + alpha * supervised
        return value, ({**extra, "stats": {**stats, "encoder": moved}}, metrics)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        del keys
        x = input.prepare(jax.tree.map(lambda x: x[:SHOWN], batch))
        h = encoder.apply(params["encoder"], extra["stats"]["encoder"], x)[0].astype(jnp.float32)
        guess = jnp.argmax(net.parts["head"].apply(params["head"], {}, h)[0], -1)
        z, _ = styles(params, h, jax.nn.one_hot(guess, classes))
        columns = [Column("a picture", np.asarray(denormalize(recipe, x)), [f"as {label}" for label in guess])]
        for label in range(min(classes, SHOWN)):
            painted = paint(params, z, jax.nn.one_hot(jnp.full(len(x), label), classes))
            columns.append(Column(f"{label}", np.asarray(jax.nn.sigmoid(painted)).reshape(-1, size, size, channels)))
        lead = (
            "The style of each picture, as it is inferred with the class that is thought likeliest, painted with every"
            " class: slant and stroke should stay, and the class change."
        )
        return Exhibit("The same style in other classes", lead, tuple(columns))

    return Method(views=views, loss=loss, show=show, **{**shared, "init": init})
