"""Colourisation: Colorful Image Colorization (arXiv:1603.08511)."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl import parallel
from jssl.augment.lab import BINS, lab_to_rgb, rgb_to_lab
from jssl.augment.views import Recipe, denormalize, draw_views, normalize, prepare
from jssl.exhibit import Column, Exhibit
from jssl.losses.colour import annealed_mean, rebalanced_cross_entropy, rebalancing, soft_encode
from jssl.method import Batch, Method, encoder_weights
from jssl.methods.parts.colours import in_squares, side_of_guess
from jssl.nets.net import Net
from jssl.nets.place_decoder import place_decoder, side_of_map
from jssl.ranges import Below1, Count, Positive, Share

SHOWN = 12


def colourisation(
    encoder: Net,
    recipe: Recipe,
    *,
    reduction: Count = 4,
    uniform: Share = 0.5,
    average: Below1 = 0.999,
    temperature: Positive = 0.38,
    hidden: Count = 256,
) -> Method:
    """From a picture's lightness the network guesses its colours: at each place, which of 313 bins of ab they are in.

    The encoder sees a grey picture of the same lightness, in as many channels as a coloured one, and so do
    evaluations. How frequent colours are, by which rare ones count more, is a running average over training; the
    authors count ImageNet beforehand.

    Args:
        encoder: one with a map. Its first view's colours must be its own: a recipe without jitter.
        recipe: its first view is the picture.
        reduction: colours are guessed of squares of so many pixels.
        uniform: share of the uniform distribution in what colours' weights are the inverse of; 1 weighs all the same.
        average: share that the running average of the colours' frequencies keeps in a step.
        temperature: of the distributions whose mean is shown.
        hidden: channels of the layer between the encoder's map and the guess.

    Raises:
        ValueError: pictures without colour, an encoder without a map, squares that do not fill the picture.
    """
    recipe, size = recipe._replace(views=recipe.views[:1]), recipe.views[0].size
    side = side_of_guess(recipe, reduction)
    guess = place_decoder(side_of_map(encoder, size), side, len(BINS), width=hidden)

    def to_lab(images: jax.Array) -> jax.Array:
        return rgb_to_lab(jnp.clip(denormalize(recipe, images), 0.0, 1.0))

    def grey(lab: jax.Array) -> jax.Array:
        return normalize(recipe, lab_to_rgb(lab * jnp.array([1.0, 0.0, 0.0]).reshape(1, 1, 1, 3)))

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        encoder_key, guess_key = jax.random.split(key)
        images = prepare(recipe, batch["image"], batch.get("extent"))
        params, stats = encoder.init(encoder_key, images)
        tokens = jax.eval_shape(encoder.tokens, params, stats, images)[0]
        guess_params, guess_stats = guess.init(guess_key, tokens)
        prior = jnp.full(len(BINS), 1 / len(BINS))
        stats = {"encoder": stats, "guess": guess_stats}
        return {"encoder": params, "guess": guess_params}, {"stats": stats, "prior": prior}

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        lab = to_lab(draw_views(recipe, keys, batch["image"], batch.get("extent"))[0])
        return grey(lab), in_squares(lab[..., 1:], reduction)

    def logits(params: Any, stats: Any, images: jax.Array, **run: Any) -> tuple[jax.Array, Any]:
        tokens, encoder_stats = encoder.tokens(params["encoder"], stats["encoder"], images, **run)
        found, guess_stats = guess.apply(params["guess"], stats["guess"], tokens, **run)
        return found, {"encoder": encoder_stats, "guess": guess_stats}

    def loss(params: Any, extra: Any, views: tuple[jax.Array, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        images, colours = views
        found, stats = logits(params, extra["stats"], images, key=key, train=True)
        target = soft_encode(colours, jnp.array(BINS))
        kept = jnp.minimum(1 - 1 / (step + 1), average)
        prior = kept * extra["prior"] + (1 - kept) * parallel.pmean(jnp.mean(target, axis=(0, 1, 2)))
        value = rebalanced_cross_entropy(found, target, rebalancing(prior, uniform))
        plain = rebalanced_cross_entropy(found, target, jnp.ones(len(BINS)))
        return value, ({"stats": stats, "prior": prior}, {"cross_entropy": plain})

    def embed(params: Any, extra: Any, batch: Batch) -> jax.Array:
        images = grey(to_lab(prepare(recipe, batch["image"], batch.get("extent"))))
        return encoder.apply(*encoder_weights(params, extra), images)[0].astype(jnp.float32)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        del keys
        batch = jax.tree.map(lambda x: x[:SHOWN], batch)
        lab = to_lab(prepare(recipe, batch["image"], batch.get("extent")))
        images = grey(lab)
        ab = annealed_mean(logits(params, extra["stats"], images)[0], jnp.array(BINS), temperature)
        ab = jax.image.resize(ab, (*lab.shape[:3], 2), "linear")
        coloured = lab_to_rgb(jnp.concatenate([lab[..., :1], ab], axis=-1))
        error = np.sqrt(np.mean(np.sum(np.square(np.asarray(ab - lab[..., 1:])), axis=-1), axis=(1, 2)))
        grey_error = np.sqrt(np.mean(np.sum(np.square(np.asarray(lab[..., 1:])), axis=-1), axis=(1, 2)))
        columns = (
            Column("what it sees", np.asarray(denormalize(recipe, images)), [f"off by {e:.0f}" for e in grey_error]),
            Column("coloured", np.asarray(coloured), [f"off by {e:.0f}" for e in error]),
            Column("truth", np.asarray(lab_to_rgb(lab))),
        )
        lead = (
            "From the grey picture the network guesses the colours. Below each, how far the colours are from the true"
            " ones in the ab plane; where several are likely, as of a car, the right one cannot be known."
        )
        return Exhibit("Colouring", lead, columns)

    return Method(init, views, loss, embed, show=show)
