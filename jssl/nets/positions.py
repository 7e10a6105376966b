"""Where a patch of a picture lies, as a vision transformer is told: fixed sines, a learned table, rotations."""

import jax
import jax.numpy as jnp
import numpy as np

from jssl.ranges import Count

THETA = 100.0
"""The base of DINOv3's rotations, whose coordinates are between -1 and 1."""


def sincos(rows: int, columns: int, dim: Count, *, side: int) -> jax.Array:
    """Fixed positions [rows * columns, dim] of MoCo v3 and MAE: sine and cosine of the column, then of the row.

    Args:
        rows: of the grid of patches.
        columns: of that grid.
        dim: length of a position, divisible by 4.
        side: rows and columns of the grid that the coordinates refer to. Another grid is stretched over it, so
            that the small crops of a multi-crop method cover the same range of positions.

    Raises:
        ValueError: if 4 does not divide `dim`.
    """
    if dim % 4:
        raise ValueError(f"sin-cos positions need a dim divisible by 4, not {dim}")
    frequency = 10000.0 ** (-jnp.arange(dim // 4) / (dim // 4))

    def axis(count: int) -> jax.Array:
        position = (jnp.arange(count) + 0.5) * side / count - 0.5
        angle = position[:, None] * frequency[None]
        return jnp.concatenate([jnp.sin(angle), jnp.cos(angle)], axis=1)

    row, column = jnp.repeat(axis(rows), columns, axis=0), jnp.tile(axis(columns), (rows, 1))
    return jnp.concatenate([column, row], axis=1)


def sines(length: int, dim: Count) -> np.ndarray:
    """Fixed positions of a sequence, float32 [length, dim]: sine and cosine by turns (arXiv:1706.03762).

    VideoMAE counts the tubes of a clip like the words of a text. In float64, as float32 has no digits left for the
    fastest of them.

    Raises:
        ValueError: an odd `dim`.
    """
    if dim % 2:
        raise ValueError(f"positions of sines need an even dim, not {dim}")
    angle = np.arange(length)[:, None] / 10000.0 ** (np.arange(0, dim, 2) / dim)
    return np.stack([np.sin(angle), np.cos(angle)], axis=-1).reshape(length, dim).astype(np.float32)


def stretched(table: jax.Array, rows: int, columns: int, *, antialias: bool = False) -> jax.Array:
    """A learned table of a square grid [side * side, d] at another grid's places, [rows * columns, d].

    Bicubic as PyTorch has it: the authors of DINO and DINOv2 do so without antialiasing, and with it beside registers.
    """
    side = round(table.shape[0] ** 0.5)
    if (rows, columns) == (side, side):
        return table
    grid = table.reshape(side, side, -1)
    if antialias:
        return jax.image.resize(grid, (rows, columns, grid.shape[-1]), "cubic").reshape(rows * columns, -1)
    down, across = _cubic(side, rows), _cubic(side, columns)
    return jnp.einsum("yh,xw,hwd->yxd", down, across, grid, precision="highest").reshape(rows * columns, -1)


def angles(rows: int, columns: int, dim: int) -> jax.Array:
    """Of the rotary positions of DINOv3 (arXiv:2508.10104; RoPE is arXiv:2104.09864), [rows * columns, dim / 2].

    A head's queries and keys are turned by them, the first half of the values against the second: by the row, then by
    the column of the middle of a patch, each from -1 to 1 over the picture.

    Args:
        rows: of the grid of patches.
        columns: of that grid.
        dim: of a head, divisible by 4.

    Raises:
        ValueError: if 4 does not divide `dim`.
    """
    if dim % 4:
        raise ValueError(f"rotary positions need heads whose dim is divisible by 4, not {dim}")
    frequency = 2 * jnp.pi * THETA ** (-jnp.arange(dim // 4) / (dim // 4))

    def axis(count: int) -> jax.Array:
        return (2 * (jnp.arange(count) + 0.5) / count - 1)[:, None] * frequency[None]

    row, column = jnp.repeat(axis(rows), columns, axis=0), jnp.tile(axis(columns), (rows, 1))
    return jnp.concatenate([row, column], axis=1)


def turned(x: jax.Array, angle: jax.Array) -> jax.Array:
    """Queries or keys [n, tokens, heads, d], turned by the angles [1 or n, tokens, d / 2] of their places."""
    cos, sin = (f(angle)[:, :, None].astype(x.dtype) for f in (jnp.cos, jnp.sin))
    first, second = jnp.split(x, 2, axis=-1)
    return jnp.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)


def _cubic(length: int, size: int) -> np.ndarray:
    """The [size, length] matrix of PyTorch's bicubic: Keys' kernel with a = -3/4, borders repeated."""
    center = (np.arange(size) + 0.5) * length / size - 0.5
    weights = np.zeros((size, length))
    for offset in (-1, 0, 1, 2):
        place = np.floor(center) + offset
        x = np.abs(center - place)
        near, far = 1.25 * x**3 - 2.25 * x**2 + 1, -0.75 * (x**3 - 5 * x**2 + 8 * x - 4)
        near_by = np.clip(place, 0, length - 1).astype(int)
        np.add.at(weights, (np.arange(size), near_by), np.where(x <= 1, near, far))
    return weights.astype(np.float32)
