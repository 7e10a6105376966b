"""MAE: Masked Autoencoders Are Scalable Vision Learners (arXiv:2111.06377)."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.views import Recipe, denormalize, draw_views, prepare
from jssl.exhibit import Column, Exhibit
from jssl.inputs.image import pictures
from jssl.losses.reconstruction import masked_mse, patch_statistics
from jssl.method import Batch, Method
from jssl.methods.parts.views import embedding
from jssl.nets.mae_decoder import mae_decoder
from jssl.nets.net import Net
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
    decode = mae_decoder(dim, depth, heads, side=side, pixels=patch * patch * len(recipe.mean))

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        encoder_key, decoder_key = jax.random.split(key)
        images = prepare(recipe, batch["image"], batch.get("extent"))
        params, stats = encoder.init(encoder_key, images)
        tokens = jax.eval_shape(encoder.tokens, params, stats, images)[0]
        decoder_params, decoder_stats = decode.init(decoder_key, tokens)
        stats = {"encoder": stats, "decoder": decoder_stats}
        return {"encoder": params, "decoder": decoder_params}, {"stats": stats}

    def choose(keys: jax.Array) -> jax.Array:
        """The patches that are seen, int [n, visible]."""
        return jax.vmap(lambda key: jax.random.permutation(key, patches)[:visible])(keys)

    def hidden(keep: jax.Array) -> jax.Array:
        """[n, visible] -> bool [n, patches]."""
        return ~jnp.any(keep[:, :, None] == jnp.arange(patches).reshape(1, 1, -1), axis=1)

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        image_keys, mask_keys = jax.vmap(jax.random.split, out_axes=1)(keys)
        return draw_views(recipe, image_keys, batch["image"], batch.get("extent"))[0], choose(mask_keys)

    def paint(params: Any, stats: Any, images: jax.Array, keep: jax.Array, **run: Any) -> tuple[jax.Array, Any]:
        """Every patch, [n, patches, patch * patch * c]; normalised where the targets are."""
        tokens, encoder_stats = encoder.tokens(params["encoder"], stats["encoder"], images, keep=keep, **run)
        painted, decoder_stats = decode.apply(params["decoder"], stats["decoder"], tokens, keep=keep, **run)
        return painted, {"encoder": encoder_stats, "decoder": decoder_stats}

    def loss(params: Any, extra: Any, views: tuple[jax.Array, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        del step
        images, keep = views
        painted, stats = paint(params, extra["stats"], images, keep, key=key, train=True)
        target = patchify(images, patch)
        if norm_pix:
            mean, deviation = patch_statistics(target)
            target = (target - mean) / deviation
        return masked_mse(painted, target, hidden(keep)), ({"stats": stats}, {})

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        batch = jax.tree.map(lambda x: x[:SHOWN], batch)
        images, keep = prepare(recipe, batch["image"], batch.get("extent")), choose(keys[:SHOWN])
        painted, _ = paint(params, extra["stats"], images, keep)
        pixels = patchify(images, patch)
        if norm_pix:  # the decoder paints the structure; a patch's own light and contrast are lent to it
            mean, deviation = patch_statistics(pixels)
            painted = painted * deviation + mean
        hole = jnp.broadcast_to(hidden(keep)[:, :, None], pixels.shape)
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
