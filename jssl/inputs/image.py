"""Pictures: "image" uint8 [h, w, c]."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.recipes import make_recipe, options_of
from jssl.augment.views import Recipe, denormalize, draw_views, prepare
from jssl.data.source import Facts, Source, from_arrays
from jssl.inputs.input import Input

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
    return pictures(make_recipe(recipe, **options), channels=facts.spec["image"].shape[-1])


def pictures(recipe: Recipe, channels: int | None = None) -> Input:
    """Pictures under a recipe.

    Args:
        channels: of the run's pictures; None is as many as the recipe normalises.
    """
    channels = len(recipe.mean) if channels is None else channels

    def views(keys: jax.Array, batch: dict[str, jax.Array], count: int | None = None) -> tuple[jax.Array, ...]:
        return draw_views(recipe._replace(views=recipe.views[:count]), keys, batch["image"])

    return Input(
        keys=("image",),
        count=len(recipe.views),
        prepare=lambda batch: prepare(recipe, batch["image"]),
        views=views,
        match=lambda batch: {**batch, "image": match_channels(batch["image"], channels)},
        own=own,
        baseline=("raw pixels", raw_pixels),
        figure=lambda batch: batch["image"],
        look=lambda x: to_uint8(denormalize(recipe, x) * 255),
        perturb=partial(perturbed, recipe),
        recipe=recipe,
    )


def own(images: Any) -> Source:
    """Pictures uint8 [n, h, w, 1 or 3], or [n, h, w] if grey, of any one size.

    Raises:
        ValueError: pictures of another type or shape.
    """
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.ndim not in (3, 4) or images.shape[3:] not in ((), (1,), (3,)):
        raise ValueError(f"pictures must be uint8 [n, h, w, 1 or 3] or [n, h, w], not {images.dtype} {images.shape}")
    return from_arrays("pictures", image=images if images.ndim == 4 else images[..., None])


def match_channels(images: jax.Array, channels: int) -> jax.Array:
    """Grey pictures uint8 [n, h, w, 1] repeated for colour, colour ones made grey, by the luma that PIL uses."""
    if images.shape[-1] == channels:
        return images
    if images.shape[-1] == 1:
        return jnp.repeat(images, channels, axis=-1)
    grey = jnp.matmul(images.astype(jnp.float32), jnp.array(LUMA), precision="highest")  # TF32 would move a level
    return jnp.round(grey)[..., None].astype(images.dtype)


def perturbed(recipe: Recipe, keys: jax.Array, batch: dict[str, jax.Array]) -> list[dict[str, jax.Array]]:
    """Each view that is as large as the first, as a batch of pictures: rounded to uint8.

    A multi-crop recipe's small views are no test of what a picture's features are.
    """
    views = draw_views(recipe, keys, batch["image"])
    views = jnp.stack([view for view in views if view.shape[1] == recipe.views[0].size], axis=1)
    mean, std = (np.array(x, np.float32).reshape(1, 1, 1, -1) for x in (recipe.mean, recipe.std))
    pixels = jnp.clip(views * std[None] + mean[None], 0.0, 1.0)
    pictures = jnp.round(255 * pixels).astype(jnp.uint8)
    return [{**batch, "image": pictures[:, i]} for i in range(pictures.shape[1])]


def raw_pixels(source: Source, *, batch_size: int = 1024) -> np.ndarray:
    """Pixels in [0, 1] as features, float32 [source.length, h * w * c]; of thumbnails, if pictures are large."""
    height, width, channels = source.spec["image"].shape
    if max(height, width) > LARGEST:
        height = width = THUMBNAIL
    pixels = np.empty((source.length, height * width * channels), np.float32)
    for start in range(0, source.length, batch_size):
        rows = np.arange(start, min(start + batch_size, source.length))
        images = source.read(rows)["image"]
        if images.shape[1:3] != (height, width):
            shape = (len(rows), height, width, channels)
            images = np.asarray(jax.image.resize(jnp.asarray(images, jnp.float32), shape, "linear"))
        pixels[rows] = images.reshape(len(rows), -1) / np.float32(255)
    return pixels


def to_uint8(x: Any) -> np.ndarray:
    """Values rounded to and clipped at 0..255."""
    return np.asarray(np.clip(np.round(np.asarray(x)), 0, 255), np.uint8)
