"""Larger maps out of deeper ones (arXiv:1609.05158)."""

import jax


def pixel_shuffle(x: jax.Array, factor: int) -> jax.Array:
    """Depth to space: [n, h, w, c * factor**2] -> [n, h * factor, w * factor, c], in the order of PyTorch's channels.

    Channel c * factor**2 + i * factor + j becomes channel c of the pixel (i, j) of each place's square.
    """
    n, h, w, c = x.shape
    x = x.reshape(n, h, w, c // factor**2, factor, factor).transpose(0, 1, 4, 2, 5, 3)
    return x.reshape(n, h * factor, w * factor, c // factor**2)


def pixel_unshuffle(x: jax.Array, factor: int) -> jax.Array:
    """The inverse, space to depth: [n, h * factor, w * factor, c] -> [n, h, w, c * factor**2]."""
    n, h, w, c = x.shape
    x = x.reshape(n, h // factor, factor, w // factor, factor, c).transpose(0, 1, 3, 5, 2, 4)
    return x.reshape(n, h // factor, w // factor, c * factor**2)
