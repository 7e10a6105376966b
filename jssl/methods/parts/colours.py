"""What colourisation and the split brain share: what is asked of them, and at how many places."""

import jax

from jssl.augment.views import Recipe
from jssl.nets.pixel_shuffle import pixel_unshuffle


def side_of_guess(recipe: Recipe, reduction: int) -> int:
    """Along a side of the first view, the squares of `reduction` pixels.

    Raises:
        ValueError: pictures without colour, squares that do not fill the picture.
    """
    if len(recipe.mean) != 3:
        raise ValueError(f"it guesses colours, and the pictures have {len(recipe.mean)} channels")
    size = recipe.views[0].size
    if reduction < 1 or size % reduction:
        raise ValueError(f"reduction={reduction} must be at least 1 and divide the picture's {size} pixels")
    return size // reduction


def in_squares(x: jax.Array, reduction: int) -> jax.Array:
    """The mean of each square of `reduction` pixels: [n, h, w, c] -> [n, h / reduction, w / reduction, c]."""
    cells = pixel_unshuffle(x, reduction)
    return cells.reshape(*cells.shape[:3], x.shape[-1], -1).mean(-1)
