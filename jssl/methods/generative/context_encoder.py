"""Context Encoders: Feature Learning by Inpainting (arXiv:1604.07379)."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.holes import center_hole, grow, random_blocks
from jssl.augment.views import Recipe, denormalize, draw_views, prepare
from jssl.exhibit import Column, Exhibit
from jssl.inputs.image import pictures
from jssl.losses.reconstruction import weighted_l2
from jssl.method import Batch, Method
from jssl.methods.parts.painted import psnr_captions
from jssl.methods.parts.players import two_players
from jssl.methods.parts.views import embedding
from jssl.nets.decoder import decoder
from jssl.nets.discriminator import discriminator
from jssl.nets.net import Net, chain
from jssl.ranges import Count, Natural, NotNegative

OVERLAP_WEIGHT = 10.0
SHOWN = 12


def context_encoder(
    encoder: Net,
    recipe: Recipe,
    *,
    region: str = "center",
    overlap: Natural = 7,
    reconstruction: NotNegative = 0.999,
    adversarial: NotNegative = 0.001,
    width: Count = 64,
) -> Method:
    """A picture with a hole, filled with the mean colour, is encoded; a decoder paints the hole from the features.

    A discriminator is to tell the painted squares from real ones. `optimizer.rates` = {"discriminator": 0.1} gives it
    the authors' rate.

    Differs from the authors' code: the two players move at once and not in turn; the discriminator's loss is the mean
    over real and fake, not the sum; the picture is painted in normalised colours, without a tanh; and of random blocks,
    which the authors draw once for a batch and paint as whole pictures, only the holes and their overlap are painted
    and judged.

    Args:
        recipe: its first view is the picture.
        region: "center" takes the central half of the picture's side, and the decoder paints no more than that;
            "blocks" takes a few squares anywhere, up to a quarter of the picture.
        overlap: pixels around a hole that are seen and painted too, with ten times the weight: the seam must fit. The
            central hole is smaller by as much. 7 in the paper; 4 in the authors' code, for 128 pixels.
        reconstruction: weight of the squared error in normalised colours.
        adversarial: weight of the generator's adversarial term; 0 leaves the discriminator out.
        width: channels of the decoder's last and the discriminator's first map.

    Raises:
        ValueError: an unknown region, weights that train nothing, an overlap that leaves no hole.
    """
    _check(size := recipe.views[0].size, region, overlap, reconstruction, adversarial)
    recipe, channels = recipe._replace(views=recipe.views[:1]), len(recipe.mean)
    side = size // 2 if region == "center" else size
    generator = chain(encoder=encoder, decoder=decoder(side, channels, width=width))
    judge = discriminator(side, width=width)
    square = slice(corner := (size - side) // 2, corner + side)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        generator_key, judge_key = jax.random.split(key)
        images = prepare(recipe, batch["image"], batch.get("extent"))
        params, stats = generator.init(generator_key, images)
        if adversarial:
            params["discriminator"], stats["discriminator"] = judge.init(judge_key, images[:, square, square])
        return params, {"stats": stats}

    def draw_holes(keys: jax.Array) -> jax.Array:
        if region == "center":
            return jnp.broadcast_to(center_hole(size, side - 2 * overlap), (len(keys), size, size, 1))
        return jax.vmap(lambda key: random_blocks(key, size))(keys)

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        own = jax.vmap(lambda key: jax.random.fold_in(key, len(recipe.views)))(keys)
        return draw_views(recipe, keys, batch["image"], batch.get("extent"))[0], draw_holes(own)

    def loss(params: Any, extra: Any, views: tuple[jax.Array, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        del step
        images, holes = views
        painted, stats = generator.apply(params, extra["stats"], jnp.where(holes, 0.0, images), key=key, train=True)
        target, hidden, asked = (x[:, square, square] for x in (images, holes, grow(holes, overlap)))
        error = weighted_l2(painted, target, asked * jnp.where(hidden, 1.0, OVERLAP_WEIGHT))
        value, metrics = reconstruction * error, {"hole_error": weighted_l2(painted, target, hidden)}
        if adversarial:
            # What was not painted is blank in both, or else the seam would tell them apart.
            real, fake = (jnp.where(asked, x, 0.0) for x in (target, painted))
            played = two_players(judge, params["discriminator"], extra["stats"]["discriminator"], real, fake)
            value = value + adversarial * played.generator + played.discriminator
            stats, metrics = {**stats, "discriminator": played.stats}, {**metrics, **played.metrics}
        return value, ({"stats": stats}, metrics)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        batch = jax.tree.map(lambda x: x[:SHOWN], batch)
        images, holes = prepare(recipe, batch["image"], batch.get("extent")), draw_holes(keys[:SHOWN])
        context = jnp.where(holes, 0.0, images)
        painted, _ = generator.apply(params, extra["stats"], context)
        inpainted = jnp.where(holes, images.at[:, square, square].set(painted), images)
        context, inpainted, truth = (denormalize(recipe, x) for x in (context, inpainted, images))
        columns = (
            Column("with a hole", np.asarray(context)),
            Column("inpainted", np.asarray(inpainted), psnr_captions(inpainted, truth, holes)),
            Column("truth", np.asarray(truth)),
        )
        lead = (
            "The network sees the picture with a hole, filled with the mean colour, and paints what it expects there. "
            "PSNR is that of the hole alone."
        )
        return Exhibit("Inpainting", lead, columns)

    return Method(init, views, loss, embedding(encoder, pictures(recipe)), show=show)


def _check(size: int, region: str, overlap: int, reconstruction: float, adversarial: float) -> None:
    if region not in ("center", "blocks"):
        raise ValueError(f'region={region!r} is neither "center" nor "blocks"')
    side = size // 2 if region == "center" else size
    if overlap < 0 or (region == "center" and 2 * overlap >= side):
        raise ValueError(f"overlap={overlap} must be at least 0 and leave a hole in the central {side} pixels")
    if min(reconstruction, adversarial) < 0 or reconstruction == adversarial == 0:
        raise ValueError(f"reconstruction={reconstruction} and adversarial={adversarial} must be weights, not both 0")
