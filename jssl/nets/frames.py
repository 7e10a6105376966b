"""A network of pictures on each frame of a clip."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp

from jssl.nets.net import Net


def per_frame(*, frame: Mapping[str, Any], dtype: jnp.dtype = jnp.float32) -> Net:
    """Clips [n, t, h, w, c] -> the mean over time of each frame's features, float32 [n, d].

    A clip of one frame has the features of that frame. The order of frames does not matter, so that no motion is told
    but what one frame shows of it.

    Args:
        frame: name and options of the network of pictures, as in `config.encoder`; its parameters are these.
        dtype: compute type; parameters are float32.

    Raises:
        ValueError: as `make_net`.
    """
    from jssl.nets import PRECISIONS, make_net  # the index, which names this network too

    precision = next(name for name, each in PRECISIONS.items() if each == dtype)
    net = make_net(precision=precision, **frame)

    def init(key: jax.Array, example: jax.Array) -> tuple[Any, Any]:
        return net.init(key, example[:, 0])

    def apply(params: Any, stats: Any, x: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
        n, t = x.shape[:2]
        y, stats = net.apply(params, stats, x.reshape(n * t, *x.shape[2:]), **mode)
        return y.reshape(n, t, -1).mean(1), stats

    return Net(init, apply, layers=net.layers)
