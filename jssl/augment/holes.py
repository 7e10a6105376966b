"""Holes in pictures, for a network to fill: masks that are True where a pixel is hidden."""

import jax
import jax.numpy as jnp

BLOCKS = 4


def center_hole(size: int, side: int) -> jax.Array:
    """The central square of `side` pixels of a picture of `size` pixels: bool [size, size, 1]."""
    return _squares(jnp.full((1, 2), (size - side) // 2), side, size)


def random_blocks(key: jax.Array, size: int) -> jax.Array:
    """Four squares that may overlap, of a quarter of the side: at most a quarter of the picture (arXiv:1604.07379).

    Returns:
        bool [size, size, 1].
    """
    side = max(1, size // BLOCKS)
    return _squares(jax.random.randint(key, (BLOCKS, 2), 0, size - side + 1), side, size)


def random_square(key: jax.Array, size: int, side: int) -> jax.Array:
    """A square of `side` pixels around any pixel, clipped by the border (arXiv:1708.04552): bool [size, size, 1]."""
    return _squares(jax.random.randint(key, (1, 2), 0, size) - side // 2, side, size)


def grow(holes: jax.Array, radius: int) -> jax.Array:
    """Holes bool [n, h, w, 1], and all pixels that are at most `radius` rows and columns away from one."""
    window = (1, 2 * radius + 1, 2 * radius + 1, 1)
    return jax.lax.reduce_window(holes, False, jax.lax.bitwise_or, window, (1, 1, 1, 1), "SAME")


def _squares(corners: jax.Array, side: int, size: int) -> jax.Array:
    first, pixel = corners[..., None], jnp.arange(size).reshape(1, 1, size)
    inside = (pixel >= first) & (pixel < first + side)  # [squares, axis, pixel]
    return (inside[:, 0, :, None] & inside[:, 1, None, :]).any(0)[..., None]
