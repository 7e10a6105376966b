"""A network of pictures on each patch of a picture."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp

from jssl.nets.net import Net
from jssl.ranges import Count


def windows(images: jax.Array, patch: int, stride: int) -> jax.Array:
    """Patches on a regular grid: [n, h, w, c] -> [n, rows, columns, patch, patch, c]; what is left over is not cut."""
    rows, columns = ((side - patch) // stride + 1 for side in images.shape[1:3])
    cut = [
        [images[:, y * stride : y * stride + patch, x * stride : x * stride + patch] for x in range(columns)]
        for y in range(rows)
    ]
    return jnp.stack([jnp.stack(row, axis=1) for row in cut], axis=1)


def each_patch(net: Net, patch: int, stride: int) -> Net:
    """A network of pictures on patches, each of them alone: float32 [n, d], the mean over a picture's patches.

    Its tokens are those of the patches, [n, rows * columns, d], row by row. In place of pictures [n, h, w, c] it takes
    their patches, cut already, [n, rows, columns, patch, patch, c]: `Net.pieces` cuts them. Parameters and statistics
    are those of the network of pictures.

    Args:
        patch, stride: of the grid, pixels; patches overlap where the stride is less.
    """

    def cut(x: jax.Array) -> jax.Array:
        if x.ndim > 4:
            return x
        if min(x.shape[1:3]) < patch:
            raise ValueError(f"patches of {patch} pixels do not fit pictures of {x.shape[1]}x{x.shape[2]}")
        return windows(x, patch, stride)

    def init(key: jax.Array, example: jax.Array) -> tuple[Any, Any]:
        return net.init(key, cut(example)[:, 0, 0])

    def tokens(params: Any, stats: Any, x: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
        x = cut(x)
        n, rows, columns = x.shape[:3]
        y, stats = net.apply(params, stats, x.reshape(-1, *x.shape[3:]), **mode)
        return y.reshape(n, rows * columns, -1), stats

    def apply(params: Any, stats: Any, x: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
        y, stats = tokens(params, stats, x, **mode)
        return y.mean(1), stats

    return Net(init, apply, tokens, layers=net.layers, pieces=cut)


def per_patch(*, patch: Count, stride: Count, each: Mapping[str, Any], dtype: jnp.dtype = jnp.float32) -> Net:
    """`each_patch` of a network by name: nothing that is larger than a patch is seen.

    Args:
        patch, stride: of the grid of patches, pixels; they overlap where the stride is less.
        each: name and options of the network of a patch, as in `config.encoder`.
        dtype: compute type; parameters are float32.

    Raises:
        ValueError: as `make_net`; when called, pictures smaller than a patch.
    """
    from jssl.nets import PRECISIONS, make_net  # the index, which names this network too

    precision = next(name for name, known in PRECISIONS.items() if known == dtype)
    return each_patch(make_net(precision=precision, **each), patch, stride)
