"""VideoMAE: Masked Autoencoders are Data-Efficient Learners for Self-Supervised Video Pre-Training (2203.12602)."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.clip.views import draw_clips, prepare_clips
from jssl.augment.views import denormalize
from jssl.exhibit import Column, Exhibit
from jssl.inputs.clip import clips, strip
from jssl.losses.reconstruction import channel_statistics, masked_mse
from jssl.method import Batch, Method
from jssl.methods.parts.hidden_patches import chosen, hidden, painter
from jssl.methods.parts.views import embedding
from jssl.nets.mae_decoder import mae_decoder
from jssl.nets.net import Net
from jssl.nets.positions import sines
from jssl.nets.video_vit import cut_tubes, join_tubes
from jssl.ranges import Count, Portion

SHOWN = 8
MASKINGS = ("tube", "random")


def video_mae(
    encoder: Net,
    recipe: ClipRecipe,
    *,
    mask: Portion = 0.9,
    masking: str = "tube",
    decoder: Sequence[Count] = (384, 4, 6),
    norm_pix: bool = True,
) -> Method:
    """The encoder sees a few tubes of a clip, each through two frames; from its tokens a decoder paints the others.

    A clip says nearly the same in every frame. Where other places are hidden in each, a painter can copy from the frame
    before; so here the places that are hidden are the same throughout.

    Args:
        encoder: a transformer of clips, which can look at some tubes alone.
        recipe: its first view is the clip.
        mask: share of the tubes that are hidden, another random set for each clip.
        masking: "tube" hides the same places in all frames, "random" any.
        decoder: its width, blocks and attention heads. Evaluations read the encoder, on whole clips.
        norm_pix: paint tubes whose channels are normalised by their own mean and deviation; False paints pixels in
            [0, 1].

    Raises:
        ValueError: an encoder without tubes, tubes that do not fill the clip, a mask that hides no place or all of
            them, a decoder's width that does not divide, an unknown masking.
    """
    if encoder.tokens is None or encoder.tubelet is None:
        raise ValueError("video_mae hides tubes from its encoder, which must be one on them (encoder.name='video_vit')")
    if masking not in MASKINGS:
        raise ValueError(f"masking={masking!r} is none of {', '.join(MASKINGS)}")
    recipe = recipe._replace(frame=recipe.frame._replace(views=recipe.frame.views[:1]))
    frames, size, tubelet, patch = recipe.frames, recipe.frame.views[0].size, encoder.tubelet, encoder.patch
    side, places = size // patch, (size // patch) ** 2
    times, seen = frames // tubelet, round(places * (1 - mask))
    if frames % tubelet or size % patch or not 0 < seen < places:
        raise ValueError(
            f"mask={mask} shows {seen} of {places} places in {frames} frames of {size} pixels: tubes of {tubelet}"
            f" frames and {patch} pixels must fill them, some must be seen and some hidden"
        )
    tubes, channels = times * places, len(recipe.frame.mean)
    dim, depth, heads = decoder
    decode = mae_decoder(dim, depth, heads, positions=partial(sines, tubes), pixels=tubelet * patch * patch * channels)
    begin, paint = painter(encoder, decode)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        return begin(key, prepare_clips(recipe, batch["clip"]))

    def choose(keys: jax.Array) -> jax.Array:
        """The tubes that are seen, int [n, times * seen]."""
        if masking == "random":
            return chosen(keys, tubes, times * seen)
        first = chosen(keys, places, seen)
        return (first[:, None] + places * jnp.arange(times).reshape(1, -1, 1)).reshape(len(keys), -1)

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        clip_keys, mask_keys = jax.vmap(jax.random.split, out_axes=1)(keys)
        return draw_clips(recipe, clip_keys, batch["clip"])[0], choose(mask_keys)

    def pixels_of(x: jax.Array) -> jax.Array:
        """Colours in [0, 1], [n, tubes, p, c]."""
        return cut_tubes(denormalize(recipe.frame, x), tubelet, patch)

    def loss(params: Any, extra: Any, views: tuple[jax.Array, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        del step
        x, keep = views
        painted, stats = paint(params, extra["stats"], x, keep, key=key, train=True)
        target = pixels_of(x)
        if norm_pix:
            mean, deviation = channel_statistics(target)
            target = (target - mean) / deviation
        value = masked_mse(painted, target.reshape(painted.shape), hidden(keep, tubes))
        return value, ({"stats": stats}, {})

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        x, keep = prepare_clips(recipe, batch["clip"][:SHOWN]), choose(keys[:SHOWN])
        painted, _ = paint(params, extra["stats"], x, keep)
        pixels = pixels_of(x)
        painted = painted.reshape(pixels.shape)
        if norm_pix:  # the decoder paints the structure; a tube's own light and contrast are lent to it
            mean, deviation = channel_statistics(pixels)
            painted = painted * deviation + mean
        hole = jnp.broadcast_to(hidden(keep, tubes)[:, :, None, None], pixels.shape)
        hole, film, painted = (
            np.asarray(join_tubes(part, tubelet, patch, side, side)) for part in (hole, pixels, painted)
        )
        columns = (
            Column("film", strip(film)),
            Column("what the encoder sees", strip(np.where(hole, 0.5, film))),
            Column("reconstruction", strip(np.where(hole, painted, film))),
        )
        lead = f"{1 - seen / places:.0%} of the tubes are hidden from the encoder and painted by the decoder."
        if norm_pix:
            lead += " Painted tubes have the mean and the contrast of the true ones, which the loss takes away."
        return Exhibit("Painting what was hidden", lead, columns)

    return Method(init, views, loss, embedding(encoder, clips(recipe)), show=show)
