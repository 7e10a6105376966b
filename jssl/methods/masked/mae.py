"""MAE: Masked Autoencoders Are Scalable Vision Learners (arXiv:2111.06377)."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.views import Recipe, denormalize, draw_views, prepare
from jssl.exhibit import Column, Exhibit
from jssl.inputs.image import pictures
from jssl.losses.reconstruction import masked_mse, patch_statistics
from jssl.method import Batch, Method
from jssl.methods.parts.hidden_patches import chosen, hidden, painter
from jssl.methods.parts.views import embedding
from jssl.nets.mae_decoder import mae_decoder
from jssl.nets.net import Net
from jssl.nets.positions import sincos
from jssl.nets.vit import patchify, unpatchify
from jssl.ranges import Count, Portion

SHOWN = 12


def mae(
    encoder: Net,
    recipe: Recipe,
    *,
    mask: Portion = 0.75,
    decoder: Sequence[Count] = (512, 8, 16),
    norm_pix: bool = True,
) -> Method:
    """The encoder sees a few patches of a picture; from its tokens of these, a decoder paints the others.

    Args:
        encoder: a transformer, which can look at some patches alone.
        recipe: its first view is the picture.
        mask: share of the patches that are hidden, another random set for each picture.
        decoder: its width, blocks and attention heads. Evaluations read the encoder, on whole pictures.
        norm_pix: paint patches normalised by their own mean and deviation; False paints the recipe's pixels.

    Raises:
        ValueError: an encoder without patches, patches that do not fill the picture, a mask that hides none or all of
            them, a decoder's width that does not divide.
    """
    if encoder.tokens is None or encoder.patch is None:
        raise ValueError("mae hides patches from its encoder, which must be a transformer (encoder.name='vit')")
    patch, size, recipe = encoder.patch, recipe.views[0].size, recipe._replace(views=recipe.views[:1])
    side, patches = size // patch, (size // patch) ** 2
    visible = round(patches * (1 - mask))
    if size % patch or not 0 < visible < patches:
        raise ValueError(
            f"mask={mask} shows {visible} of {patches} patches of {patch} pixels in a picture of {size}: patches must"
            " fill it, some must be seen and some hidden"
        )
    dim, depth, heads = decoder
    positions = partial(sincos, side, side, side=side)
    decode = mae_decoder(dim, depth, heads, positions=positions, pixels=patch * patch * len(recipe.mean))
    begin, paint = painter(encoder, decode)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        return begin(key, prepare(recipe, batch["image"], batch.get("extent")))

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        image_keys, mask_keys = jax.vmap(jax.random.split, out_axes=1)(keys)
        images = draw_views(recipe, image_keys, batch["image"], batch.get("extent"))[0]
        return images, chosen(mask_keys, patches, visible)

    def loss(params: Any, extra: Any, views: tuple[jax.Array, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        del step
        images, keep = views
        painted, stats = paint(params, extra["stats"], images, keep, key=key, train=True)
        target = patchify(images, patch)
        if norm_pix:
            mean, deviation = patch_statistics(target)
            target = (target - mean) / deviation
        return masked_mse(painted, target, hidden(keep, patches)), ({"stats": stats}, {})

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        batch = jax.tree.map(lambda x: x[:SHOWN], batch)
        images = prepare(recipe, batch["image"], batch.get("extent"))
        keep = chosen(keys[:SHOWN], patches, visible)
        painted, _ = paint(params, extra["stats"], images, keep)
        pixels = patchify(images, patch)
        if norm_pix:  # the decoder paints the structure; a patch's own light and contrast are lent to it
            mean, deviation = patch_statistics(pixels)
            painted = painted * deviation + mean
        hole = jnp.broadcast_to(hidden(keep, patches)[:, :, None], pixels.shape)
        hole, painted = (np.asarray(unpatchify(x, patch, side, side)) for x in (hole, painted))
        picture, painted = (np.asarray(denormalize(recipe, x)) for x in (images, painted))
        columns = (
            Column("picture", picture),
            Column("what the encoder sees", np.where(hole, 0.5, picture)),
            Column("reconstruction", np.where(hole, painted, picture)),
        )
        lead = f"{1 - visible / patches:.0%} of the patches are hidden from the encoder and painted by the decoder."
        if norm_pix:
            lead += " Painted patches have the mean and the contrast of the true ones, which the loss takes away."
        return Exhibit("Painting what was hidden", lead, columns)

    return Method(init, views, loss, embedding(encoder, pictures(recipe)), show=show)
