"""Pictures: "image" uint8 [h, w, c]; beside it "extent" int32 [2], where they fill only the top left part of it."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.recipe import plain_view
from jssl.augment.recipes import make_recipe, options_of
from jssl.augment.views import Recipe, denormalize, draw_views, prepare
from jssl.data.loader import eval_batches
from jssl.data.source import Facts, Source, from_arrays
from jssl.errors import DataError
from jssl.inputs.input import Input, as_it_is

__all__ = ["image", "options_of", "pictures"]

LARGEST, THUMBNAIL = 64, 32
"""Pictures with a longer side than the first are scaled to the second: a probe of 150,000 pixels is no baseline."""
LUMA = (0.299, 0.587, 0.114)
"""ITU-R 601, what PIL's "L" uses."""


def image(facts: Facts, *, recipe: str, **options: Any) -> Input:
    """Pictures under a recipe of `jssl.augment.recipes`.

    Args:
        recipe: its name.
        options: its size, statistics and what of its views is changed, see `make_recipe`.

    Raises:
        ValueError: as `make_recipe`.
    """
    return pictures(make_recipe(recipe, **options))


def pictures(recipe: Recipe) -> Input:
    """Pictures, of as many channels as the recipe normalises."""
    channels = len(recipe.mean)

    def views(keys: jax.Array, batch: dict[str, jax.Array], count: int | None = None) -> tuple[jax.Array, ...]:
        return draw_views(recipe._replace(views=recipe.views[:count]), keys, batch["image"], batch.get("extent"))

    def plain(keys: jax.Array, batch: dict[str, jax.Array]) -> jax.Array:
        view = recipe.plain or plain_view(recipe.views[0].size)
        return draw_views(recipe._replace(views=(view,)), keys, batch["image"], batch.get("extent"))[0]

    return Input(
        keys=("image",),
        beside=("extent",),
        count=len(recipe.views),
        prepare=lambda batch: prepare(recipe, batch["image"], batch.get("extent")),
        views=views,
        plain=plain,
        match=lambda batch: {**batch, "image": match_channels(batch["image"], channels)},
        own=partial(own, channels=channels),
        baselines=(("raw pixels", as_it_is(raw_pixels)),),
        figure=figure,
        look=lambda x: visible(to_uint8(denormalize(recipe, x) * 255)),
        perturb=partial(perturbed, recipe),
        recipe=recipe,
    )


def own(images: Any, channels: int = 3) -> Source:
    """Pictures uint8 (or uint16) [n, h, w, 1 or 3], or [n, h, w] if grey, of any one size.

    Args:
        channels: that the encoder knows, which may be others too.

    Raises:
        ValueError: pictures of another type or shape.
    """
    images = np.asarray(images)
    fits = images.shape[3:] in ((), (1,), (3,), (channels,)) and images.dtype in (np.uint8, np.uint16)
    if not fits or images.ndim not in (3, 4):
        known = " or ".join(map(str, sorted({1, 3, channels})))
        raise ValueError(f"pictures must be uint8 [n, h, w, {known}] or [n, h, w], not {images.dtype} {images.shape}")
    if images.ndim == 3 and images.shape[-1] in (1, 3, channels):
        raise ValueError(f"{list(images.shape)} is the shape of one picture [h, w, c]: give a batch of it, image[None]")
    return from_arrays("pictures", image=images if images.ndim == 4 else images[..., None])


def match_channels(images: jax.Array, channels: int) -> jax.Array:
    """Grey pictures [n, h, w, 1] repeated for colour, colour ones made grey, by the luma that PIL uses.

    Raises:
        DataError: channels that are neither.
    """
    if images.shape[-1] == channels:
        return images
    if {images.shape[-1], channels} != {1, 3}:
        raise DataError(f"pictures of {images.shape[-1]} channels, and the encoder was trained on {channels}")
    if images.shape[-1] == 1:
        return jnp.repeat(images, channels, axis=-1)
    grey = jnp.matmul(images.astype(jnp.float32), jnp.array(LUMA), precision="highest")  # TF32 would move a level
    return jnp.round(grey)[..., None].astype(images.dtype)


def perturbed(recipe: Recipe, keys: jax.Array, batch: dict[str, jax.Array]) -> list[dict[str, jax.Array]]:
    """Each view that is as large as the first, as a batch of pictures: rounded to whole grey levels.

    A multi-crop recipe's small views are no test of what a picture's features are.
    """
    views = draw_views(recipe, keys, batch["image"], batch.get("extent"))
    views = jnp.stack([view for view in views if view.shape[1] == recipe.views[0].size], axis=1)
    mean, std = (np.array(x, np.float32).reshape(1, 1, 1, -1) for x in (recipe.mean, recipe.std))
    pixels = jnp.clip(views * std[None] + mean[None], 0.0, 1.0)
    levels = batch["image"].dtype
    pictures = jnp.round(jnp.iinfo(levels).max * pixels).astype(levels)
    rest = {name: x for name, x in batch.items() if name != "extent"}  # views fill theirs
    return [{**rest, "image": pictures[:, i]} for i in range(pictures.shape[1])]


def figure(batch: dict[str, np.ndarray]) -> np.ndarray:
    """Pictures as people look at them, uint8 [n, h, w, c]; of those with an extent the squares in their middle."""
    images = batch["image"]
    if "extent" in batch:
        images = central(images, batch["extent"], min(LARGEST, *images.shape[1:3]))
    return visible(to_uint8(images / (np.iinfo(images.dtype).max / 255)))


def central(images: np.ndarray, extent: np.ndarray, size: int) -> np.ndarray:
    """The squares in the middle of pictures, each the top left part of its image, as [n, size, size, c].

    Args:
        images: [n, h, w, c].
        extent: int [n, 2].
    """
    from jssl.data.pictures import square_array

    pairs = zip(images, extent.tolist(), strict=True)
    return np.stack([square_array(image[:height, :width], size) for image, (height, width) in pairs])


def raw_pixels(source: Source, *, batch_size: int = 1024) -> np.ndarray:
    """Pixels in [0, 1] as features, float32 [source.length, h * w * c]; of thumbnails, if pictures are large."""
    height, width, channels = source.spec["image"].shape
    if max(height, width) > LARGEST or "extent" in source.spec:
        height = width = min(THUMBNAIL, height, width)
    pixels = np.empty((source.length, height * width * channels), np.float32)
    for batch in eval_batches(source, batch_size):
        images, rows = (batch[name][batch["valid"]] for name in ("image", "index"))
        if "extent" in batch:
            images = central(images, batch["extent"][batch["valid"]], height)
        if images.shape[1:3] != (height, width):
            shape = (len(rows), height, width, channels)
            images = np.asarray(jax.image.resize(jnp.asarray(images, jnp.float32), shape, "linear"))
        pixels[rows] = images.reshape(len(rows), -1) / np.float32(np.iinfo(source.spec["image"].dtype).max)
    return pixels


def visible(images: np.ndarray) -> np.ndarray:
    """What people can look at of pictures [n, h, w, c]: grey or colours; of other channels the first three, or one."""
    channels = images.shape[-1]
    return images if channels in (1, 3) else images[..., : 3 if channels > 3 else 1]


def to_uint8(x: Any) -> np.ndarray:
    """Values rounded to and clipped at 0..255."""
    return np.asarray(np.clip(np.round(np.asarray(x)), 0, 255), np.uint8)
