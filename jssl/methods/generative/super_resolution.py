"""Super-resolution: SRResNet and SRGAN (arXiv:1609.04802), as a task to learn features by."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.degrade import enlarge, shrink
from jssl.augment.image import luma
from jssl.augment.views import Recipe, denormalize, draw_views, prepare
from jssl.exhibit import Column, Exhibit
from jssl.method import Batch, Method, encoder_weights
from jssl.methods.parts.painted import psnr, psnr_captions
from jssl.methods.parts.players import two_players
from jssl.nets.discriminator import discriminator
from jssl.nets.net import Net
from jssl.nets.place_decoder import place_decoder, side_of_map
from jssl.ranges import Count, NotNegative

SHOWN = 12


def super_resolution(
    encoder: Net,
    recipe: Recipe,
    *,
    factor: Count = 4,
    hidden: Count = 256,
    adversarial: NotNegative = 0.0,
    width: Count = 64,
) -> Method:
    """The encoder sees a picture shrunk by a fixed kernel; from its map is painted what bicubic enlarging lacks.

    The loss is the mean squared error of pixels. The paper's other one, of VGG's features, would bring in the labels
    that VGG was trained by. Evaluations show the encoder shrunk pictures too: of whole ones it knows nothing.

    Args:
        encoder: with a map; `srresnet` is the paper's.
        recipe: its first view is the large picture.
        factor: by which sides are shrunk.
        hidden: channels between the encoder's map and the pixel shuffle.
        adversarial: weight of a discriminator's say, 1e-3 in SRGAN; 0 leaves it out.
        width: channels of the discriminator's first map.

    Raises:
        ValueError: an encoder without a map, a factor below 2 or that does not divide the picture, a negative weight.
    """
    recipe, size, channels = recipe._replace(views=recipe.views[:1]), recipe.views[0].size, len(recipe.mean)
    if factor < 2 or size % factor:
        raise ValueError(f"factor={factor} must be at least 2 and divide the picture's {size} pixels")
    if adversarial < 0:
        raise ValueError(f"adversarial={adversarial} must not be negative")
    details = place_decoder(side_of_map(encoder, size // factor, channels), size, channels, width=hidden)
    judge = discriminator(size, width=width)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        encoder_key, details_key, judge_key = jax.random.split(key, 3)
        images = prepare(recipe, batch["image"], batch.get("extent"))
        small = shrink(images, factor)
        params, stats = encoder.init(encoder_key, small)
        tokens = jax.eval_shape(encoder.tokens, params, stats, small)[0]
        made = {"encoder": (params, stats), "details": details.init(details_key, tokens)}
        if adversarial:
            made["discriminator"] = judge.init(judge_key, images)
        return {name: each[0] for name, each in made.items()}, {"stats": {name: each[1] for name, each in made.items()}}

    def views(keys: jax.Array, batch: Batch) -> jax.Array:
        return draw_views(recipe, keys, batch["image"], batch.get("extent"))[0]

    def paint(params: Any, stats: Any, small: jax.Array, **run: Any) -> tuple[jax.Array, Any]:
        tokens, encoded = encoder.tokens(params["encoder"], stats["encoder"], small, **run)
        added, moved = details.apply(params["details"], stats["details"], tokens, **run)
        return enlarge(small, factor) + added, {**stats, "encoder": encoded, "details": moved}

    def lightness_psnr(painted: jax.Array, images: jax.Array) -> jax.Array:
        """PSNR of lightness in decibels, [n], without a border of `factor` pixels, as is the custom."""
        inner = (slice(None), *(slice(factor, -factor),) * 2)
        return psnr(*(luma(jnp.clip(denormalize(recipe, x[inner]), 0.0, 1.0)) for x in (painted, images)))

    def loss(params: Any, extra: Any, images: jax.Array, key: jax.Array, step: jax.Array) -> Any:
        del step
        small = shrink(images, factor)
        painted, stats = paint(params, extra["stats"], small, key=key, train=True)
        value = jnp.mean((painted - images) ** 2)
        metrics = {
            "psnr": jnp.mean(lightness_psnr(painted, images)),
            "bicubic_psnr": jnp.mean(lightness_psnr(enlarge(small, factor), images)),
            "error_when_shrunk": jnp.mean((shrink(painted, factor) - small) ** 2),
        }
        if adversarial:
            played = two_players(judge, params["discriminator"], stats["discriminator"], images, painted)
            value = value + adversarial * played.generator + played.discriminator
            stats, metrics = {**stats, "discriminator": played.stats}, {**metrics, **played.metrics}
        return value, ({"stats": stats}, metrics)

    def embed(params: Any, extra: Any, batch: Batch) -> jax.Array:
        small = shrink(prepare(recipe, batch["image"], batch.get("extent")), factor)
        return encoder.apply(*encoder_weights(params, extra), small)[0].astype(jnp.float32)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        del keys
        batch = jax.tree.map(lambda x: x[:SHOWN], batch)
        images = prepare(recipe, batch["image"], batch.get("extent"))
        small = shrink(images, factor)
        painted, _ = paint(params, extra["stats"], small)
        small, bicubic, painted, truth = (
            jnp.clip(denormalize(recipe, x), 0.0, 1.0) for x in (small, enlarge(small, factor), painted, images)
        )
        columns = (
            Column("what it sees", np.asarray(small)),
            Column("bicubic", np.asarray(bicubic), psnr_captions(bicubic, truth)),
            Column("painted", np.asarray(painted), psnr_captions(painted, truth)),
            Column("truth", np.asarray(truth)),
        )
        lead = (
            f"Pictures shrunk {factor} times, enlarged again: by a fixed kernel, and with the details that it paints."
        )
        return Exhibit("Super-resolution", lead, columns)

    return Method(init, views, loss, embed, show=show)
