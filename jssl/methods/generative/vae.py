"""VAE: Auto-Encoding Variational Bayes (arXiv:1312.6114)."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.views import Recipe, denormalize, draw_views, prepare
from jssl.exhibit import Column, Exhibit
from jssl.inputs.image import pictures
from jssl.losses.variational import (
    bernoulli_log_likelihood,
    gaussian_kl,
    gaussian_log_density,
    importance_bound,
)
from jssl.method import Batch, Method
from jssl.methods.parts.views import embedding
from jssl.nets.decoder import decoder
from jssl.nets.heads import linear
from jssl.nets.net import Net, chain
from jssl.ranges import Count, Positive

SHOWN, SAMPLES = 12, 32


def vae(
    encoder: Net,
    recipe: Recipe,
    *,
    latent: Count = 20,
    likelihood: str = "bernoulli",
    deviation: Positive = 0.1,
    width: Count = 64,
) -> Method:
    """A picture's code is a Gaussian, a sample of which the decoder paints from; codes together are to be N(0, I).

    The loss is the negative evidence lower bound of a picture in nats: both terms are sums, over pixels and over the
    code. Evaluations read the encoder, before the linear map to mean and log variance.

    Args:
        recipe: its first view is the picture; what is painted is its colours from 0 to 1.
        latent: length of the code.
        likelihood: "bernoulli", of black and white, whose grey values are probabilities; or "gaussian".
        deviation: the standard deviation of "gaussian"; it says how much a pixel's error weighs beside the code.
        width: channels of the decoder's last map.

    Raises:
        ValueError: an unknown likelihood, a code without length, a deviation that is not positive.
    """
    if likelihood not in ("bernoulli", "gaussian"):
        raise ValueError(f'likelihood={likelihood!r} is neither "bernoulli" nor "gaussian"')
    if latent < 1 or deviation <= 0:
        raise ValueError(f"latent={latent} must be at least 1 and deviation={deviation} positive")
    recipe, size, channels = recipe._replace(views=recipe.views[:1]), recipe.views[0].size, len(recipe.mean)
    encode = chain(encoder=encoder, posterior=linear(2 * latent))
    generator = decoder(size, channels, width=width)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        encoder_key, generator_key = jax.random.split(key)
        params, stats = encode.init(encoder_key, prepare(recipe, batch["image"], batch.get("extent")))
        params["generator"], stats["generator"] = generator.init(generator_key, jnp.zeros((1, latent)))
        return params, {"stats": stats}

    def noise(keys: jax.Array) -> jax.Array:
        return jax.vmap(lambda key: jax.random.normal(jax.random.fold_in(key, len(recipe.views)), (latent,)))(keys)

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        return draw_views(recipe, keys, batch["image"], batch.get("extent"))[0], noise(keys)

    def posterior(params: Any, stats: Any, images: jax.Array, **run: Any) -> tuple[jax.Array, jax.Array, Any]:
        found, stats = encode.apply(params, stats, images, **run)
        return *jnp.split(found.astype(jnp.float32), 2, axis=-1), stats

    def log_likelihood(images: jax.Array, painted: jax.Array) -> jax.Array:
        colours = jnp.clip(denormalize(recipe, images), 0.0, 1.0)
        if likelihood == "bernoulli":
            return bernoulli_log_likelihood(colours, painted)
        return gaussian_log_density(colours, painted, jnp.full_like(painted, 2 * np.log(deviation)))

    def loss(params: Any, extra: Any, views: tuple[jax.Array, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        del step
        images, epsilon = views
        mean, log_variance, encoded = posterior(params, extra["stats"], images, key=key, train=True)
        z = mean + jnp.exp(log_variance / 2) * epsilon
        painted, moved = generator.apply(params["generator"], extra["stats"]["generator"], z, train=True)
        terms = {
            "reconstruction": -jnp.mean(log_likelihood(images, painted)),
            "kl": jnp.mean(gaussian_kl(mean, log_variance)),
        }
        return sum(terms.values()), ({"stats": {**encoded, "generator": moved}}, terms)

    def score(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        images = prepare(recipe, batch["image"], batch.get("extent"))
        mean, log_variance, _ = posterior(params, extra["stats"], images)

        def log_weight(i: jax.Array) -> jax.Array:
            z = mean + jnp.exp(log_variance / 2) * noise(jax.vmap(lambda key: jax.random.fold_in(key, i))(keys))
            painted, _ = generator.apply(params["generator"], extra["stats"]["generator"], z)
            prior = gaussian_log_density(z, jnp.zeros_like(z), jnp.zeros_like(z))
            return log_likelihood(images, painted) + prior - gaussian_log_density(z, mean, log_variance)

        nats = -importance_bound(jax.lax.map(log_weight, jnp.arange(SAMPLES)))
        return nats, jnp.full(len(images), size * size * channels, jnp.float32)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        batch = jax.tree.map(lambda x: x[:SHOWN], batch)
        images = prepare(recipe, batch["image"], batch.get("extent"))
        mean, _, _ = posterior(params, extra["stats"], images)
        again, made = (
            generator.apply(params["generator"], extra["stats"]["generator"], z)[0] for z in (mean, noise(keys[:SHOWN]))
        )
        if likelihood == "bernoulli":
            again, made = jax.nn.sigmoid(again), jax.nn.sigmoid(made)
        names = ("picture", "its code", "noise")
        figures = map(np.asarray, (denormalize(recipe, images), again, made))
        lead = f"Painted from codes of {latent} numbers: the mean of a picture's Gaussian, and noise from N(0, I)."
        return Exhibit("Pictures from codes", lead, tuple(map(Column, names, figures)))

    return Method(init, views, loss, embedding(encoder, pictures(recipe)), score=score, show=show)
