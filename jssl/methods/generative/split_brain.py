"""Split-Brain Autoencoders: Unsupervised Learning by Cross-Channel Prediction (arXiv:1611.09842)."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl.augment.lab import BINS, lab_to_rgb, rgb_to_lab
from jssl.augment.views import Recipe, draw_views, prepare
from jssl.exhibit import Column, Exhibit
from jssl.inputs.image import pictures
from jssl.losses.colour import annealed_mean, rebalanced_cross_entropy, soft_encode
from jssl.method import Batch, Method
from jssl.methods.parts.colours import in_squares, side_of_guess
from jssl.methods.parts.views import embedding
from jssl.nets.lab_halves import lightness_and_colours
from jssl.nets.net import Net
from jssl.nets.place_decoder import place_decoder, side_of_map
from jssl.ranges import Count

LEVELS = 100
CHANNELS = {"lightness": 1, "colours": 2}
SHARPNESS = 0.38
SHOWN = 12


def split_brain(encoder: Net, recipe: Recipe, *, reduction: Count = 4, hidden: Count = 256) -> Method:
    """One half of the encoder sees lightness and guesses colours, the other sees colours and guesses lightness.

    Colours are one of 313 bins, softly, and lightness is one of 100, at each place. Evaluations read both halves.

    Args:
        encoder: `lab_halves`, of a network with a map.
        recipe: its first view is the picture, in colours from 0 to 1.
        reduction: a guess is of the mean over squares of so many pixels.
        hidden: channels of the layer between each half's map and its guess.

    Raises:
        ValueError: an encoder without halves or without a map, a recipe that normalises, pictures without colour,
            squares that do not fill the picture.
    """
    if set(encoder.parts) != set(CHANNELS):
        raise ValueError("split_brain needs an encoder of two halves (encoder.name='lab_halves')")
    recipe, size = recipe._replace(views=recipe.views[:1]), recipe.views[0].size
    side = side_of_guess(recipe, reduction)
    if set(recipe.mean) != {0.0} or set(recipe.std) != {1.0}:
        raise ValueError("the halves see colours from 0 to 1: set augment.mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)")
    places = {name: side_of_map(half, size, CHANNELS[name]) for name, half in encoder.parts.items()}
    guesses = {"lightness": len(BINS), "colours": LEVELS}
    heads = {name: place_decoder(places[name], side, guesses[name], width=hidden) for name in guesses}

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        images = prepare(recipe, batch["image"], batch.get("extent"))
        params, stats = encoder.init(key, images)
        made = {}
        for i, (name, seen) in enumerate(lightness_and_colours(images).items()):
            tokens = jax.eval_shape(encoder.parts[name].tokens, params[name], stats[name], seen)[0]
            made[name] = heads[name].init(jax.random.fold_in(key, i), tokens)
        head_params, head_stats = ({name: both[i] for name, both in made.items()} for i in (0, 1))
        return {"encoder": params, "heads": head_params}, {"stats": {"encoder": stats, "heads": head_stats}}

    def views(keys: jax.Array, batch: Batch) -> jax.Array:
        return draw_views(recipe, keys, batch["image"], batch.get("extent"))[0]

    def guess(params: Any, stats: Any, images: jax.Array, **run: Any) -> tuple[dict[str, jax.Array], Any]:
        """Each half's logits, by what it sees."""
        found, moved = {}, {"encoder": {}, "heads": {}}
        for name, seen in lightness_and_colours(images).items():
            tokens, moved["encoder"][name] = encoder.parts[name].tokens(
                params["encoder"][name], stats["encoder"][name], seen, **run
            )
            found[name], moved["heads"][name] = heads[name].apply(
                params["heads"][name], stats["heads"][name], tokens, **run
            )
        return found, moved

    def loss(params: Any, extra: Any, images: jax.Array, key: jax.Array, step: jax.Array) -> Any:
        del step
        found, stats = guess(params, extra["stats"], images, key=key, train=True)
        lab = in_squares(rgb_to_lab(jnp.clip(images, 0.0, 1.0)), reduction)
        colours = soft_encode(lab[..., 1:], jnp.array(BINS))
        levels = jnp.clip(lab[..., 0] * (LEVELS / 100), 0, LEVELS - 1).astype(jnp.int32)
        terms = {
            "colour_entropy": rebalanced_cross_entropy(found["lightness"], colours, jnp.ones(len(BINS))),
            "lightness_entropy": jnp.mean(optax.softmax_cross_entropy_with_integer_labels(found["colours"], levels)),
        }
        return sum(terms.values()), ({"stats": stats}, terms)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        del keys
        batch = jax.tree.map(lambda x: x[:SHOWN], batch)
        images = prepare(recipe, batch["image"], batch.get("extent"))
        found, lab = guess(params, extra["stats"], images)[0], rgb_to_lab(images)
        middles = (jnp.arange(LEVELS).reshape(-1, 1) + 0.5) * (100 / LEVELS)
        ab = annealed_mean(found["lightness"], jnp.array(BINS), SHARPNESS)
        ab = jax.image.resize(ab, (*lab.shape[:3], 2), "linear")
        level = jax.image.resize(annealed_mean(found["colours"], middles, SHARPNESS), (*lab.shape[:3], 1), "linear")
        grey, nothing = jnp.full_like(level, 60.0), jnp.zeros_like(ab)
        parts = {
            "picture": lab,
            "lightness": jnp.concatenate([lab[..., :1], nothing], axis=-1),
            "coloured": jnp.concatenate([lab[..., :1], ab], axis=-1),
            "colours": jnp.concatenate([grey, lab[..., 1:]], axis=-1),
            "lit": jnp.concatenate([level, lab[..., 1:]], axis=-1),
        }
        columns = tuple(Column(name, np.asarray(lab_to_rgb(each))) for name, each in parts.items())
        lead = (
            "One half of the network sees the lightness and guesses the colours, the other sees the colours and guesses"
            " the lightness; neither sees what it is asked for. The guess is beside what it was made of."
        )
        return Exhibit("Two halves of a picture", lead, columns)

    return Method(
        init, views, loss, embedding(encoder, pictures(recipe)), show=show,
        chance=lambda _: math.log(len(BINS) * LEVELS),
    )  # fmt: skip
