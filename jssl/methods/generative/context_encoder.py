"""Context Encoders: Feature Learning by Inpainting (arXiv:1604.07379)."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.holes import center_hole, grow, random_blocks
from jssl.augment.views import Recipe, denormalize, draw_views, prepare
from jssl.exhibit import Column, Exhibit
from jssl.inputs.image import pictures
from jssl.losses.adversarial import discriminator_accuracy, discriminator_loss, generator_loss
from jssl.losses.reconstruction import weighted_l2
from jssl.method import Batch, Method
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

    A discriminator is to tell the painted squares from real ones. Both players are trained in one step, by one loss:
    each one's term holds the other still. `optimizer.rates` = {"discriminator": 0.1} gives it the authors' rate.

    The weights, the geometry and the sides of both networks are those of the authors' code, with four differences:
    the two players move at once and not in turn; the discriminator's loss is the mean over real and fake, not the sum;
    the picture is painted in normalised colours, without a tanh; and of random blocks, which the authors draw once for
    a batch and paint as whole pictures, only the holes and their overlap are painted and judged.

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
    size, channels = recipe.views[0].size, len(recipe.mean)
    side = size // 2 if region == "center" else size
    if region not in ("center", "blocks"):
        raise ValueError(f'region={region!r} is neither "center" nor "blocks"')
    if overlap < 0 or (region == "center" and 2 * overlap >= side):
        raise ValueError(f"overlap={overlap} must be at least 0 and leave a hole in the central {side} pixels")
    if min(reconstruction, adversarial) < 0 or reconstruction == adversarial == 0:
        raise ValueError(f"reconstruction={reconstruction} and adversarial={adversarial} must be weights, not both 0")
    recipe = recipe._replace(views=recipe.views[:1])
    generator = chain(encoder=encoder, decoder=decoder(side, channels, width=width))
    judge = discriminator(side, width=width)
    square = slice(corner := (size - side) // 2, corner + side)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        generator_key, judge_key = jax.random.split(key)
        images = prepare(recipe, batch["image"])
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
        return draw_views(recipe, keys, batch["image"])[0], draw_holes(own)

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
            still, d = jax.lax.stop_gradient, params["discriminator"]
            on_real, moved = judge.apply(d, extra["stats"]["discriminator"], real, train=True)
            on_fake, moved = judge.apply(d, moved, still(fake), train=True)
            fooled, _ = judge.apply(still(d), moved, fake, train=True)
            stats = {**stats, "discriminator": moved}
            players = {"generator": generator_loss(fooled), "discriminator": discriminator_loss(on_real, on_fake)}
            value = value + adversarial * players["generator"] + players["discriminator"]
            metrics = {**metrics, **players, "discriminator_accuracy": discriminator_accuracy(on_real, on_fake)}
        return value, ({"stats": stats}, metrics)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        images, holes = prepare(recipe, batch["image"][:SHOWN]), draw_holes(keys[:SHOWN])
        context = jnp.where(holes, 0.0, images)
        painted, _ = generator.apply(params, extra["stats"], context)
        inpainted = jnp.where(holes, images.at[:, square, square].set(painted), images)
        context, inpainted, truth = (np.asarray(denormalize(recipe, x)) for x in (context, inpainted, images))
        error = np.sum((inpainted - truth) ** 2, axis=(1, 2, 3)) / (np.asarray(holes).sum((1, 2, 3)) * channels)
        captions = [f"PSNR {-10 * np.log10(max(e, 1e-10)):.1f} dB" for e in error]
        return Exhibit(
            "Inpainting",
            "The network sees the picture with a hole, filled with the mean colour, and paints what it expects there. "
            "PSNR is that of the hole alone.",
            (Column("with a hole", context), Column("inpainted", inpainted, captions), Column("truth", truth)),
        )

    return Method(init, views, loss, embedding(encoder, pictures(recipe)), show=show)
