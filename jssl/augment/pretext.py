"""Transforms whose undoing is a task: puzzles of patches, quarter turns."""

import jax
import jax.numpy as jnp

from jssl.augment.patches import SIDE, cut_grid

PATCH = 64 / 85
"""Side of a puzzle's patch as a share of its cell's."""


def jigsaw(key: jax.Array, image: jax.Array) -> jax.Array:
    """Nine patches of a picture in random order, each from a random place in its cell of a 3x3 grid.

    Args:
        image: [h, w, c] with h = w.

    Returns:
        [9, p, p, c]; p is 64 for a picture of 255 pixels (arXiv:1603.09246).
    """
    cell = image.shape[0] // SIDE
    patch = max(1, round(cell * PATCH))
    order_key, place_key = jax.random.split(key)
    pieces = cut_grid(place_key, image, patch=patch, gap=cell - patch, jitter=cell - patch)
    return jax.random.permutation(order_key, pieces)


def rotate(turns: jax.Array, image: jax.Array) -> jax.Array:
    """A square picture [h, h, c] turned by `turns` quarters, int, exactly: interpolation would tell how many."""
    quarters = [lambda x, k=k: jnp.rot90(x, k) for k in range(4)]
    return jax.lax.switch(turns, quarters, image)


def quarter_turns(images: jax.Array) -> jax.Array:
    """Square pictures [n, h, h, c] turned by 0, 1, 2 and 3 quarters, exactly: [n, 4, h, h, c]."""
    return jnp.stack([jnp.rot90(images, k, axes=(1, 2)) for k in range(4)], axis=1)
