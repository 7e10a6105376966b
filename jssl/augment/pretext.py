"""Transforms whose undoing is a task: puzzles of patches, quarter turns."""

import jax
import jax.numpy as jnp

CELLS = 3
PATCH = 64 / 85
"""Side of a patch as a share of its cell's, so that a gap of varying width hides which edges continue."""


def jigsaw(key: jax.Array, image: jax.Array) -> jax.Array:
    """Nine patches of a picture in random order, each from a random place in its cell of a 3x3 grid.

    Args:
        image: [h, w, c] with h = w.

    Returns:
        [9, p, p, c]; p is 64 for a picture of 255 pixels (arXiv:1603.09246).
    """
    cell = image.shape[0] // CELLS
    patch = max(1, round(cell * PATCH))
    order_key, place_key = jax.random.split(key)
    corners = jnp.stack(jnp.meshgrid(*[jnp.arange(CELLS) * cell] * 2, indexing="ij"), axis=-1).reshape(-1, 2)
    corners = corners + jax.random.randint(place_key, corners.shape, 0, cell - patch + 1)
    corners = jax.random.permutation(order_key, corners)

    def cut(corner: jax.Array) -> jax.Array:
        return jax.lax.dynamic_slice(image, (corner[0], corner[1], 0), (patch, patch, image.shape[2]))

    return jax.vmap(cut)(corners)


def rotate(turns: jax.Array, image: jax.Array) -> jax.Array:
    """A square picture [h, h, c] turned by `turns` quarters, int, exactly: interpolation would tell how many."""
    quarters = [lambda x, k=k: jnp.rot90(x, k) for k in range(4)]
    return jax.lax.switch(turns, quarters, image)
