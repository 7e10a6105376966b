"""A network of pictures on each frame of a clip."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp

from jssl.nets.net import Net


def each_frame(net: Net) -> Net:
    """A network of pictures on clips [n, t, h, w, c]: the mean over time of each frame's features, float32 [n, d].

    A clip of one frame has the features of that frame. Tokens are those of all frames, one after the other. Parameters
    and statistics are those of the network of pictures.
    """

    def init(key: jax.Array, example: jax.Array) -> tuple[Any, Any]:
        return net.init(key, example[:, 0])

    def apply(params: Any, stats: Any, x: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
        n, t = x.shape[:2]
        y, stats = net.apply(params, stats, x.reshape(n * t, *x.shape[2:]), **mode)
        return y.reshape(n, t, -1).mean(1), stats

    def tokens(params: Any, stats: Any, x: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
        n, t = x.shape[:2]
        y, stats = net.tokens(params, stats, x.reshape(n * t, *x.shape[2:]), **mode)
        return y.reshape(n, -1, y.shape[-1]), stats

    return Net(init, apply, net.tokens and tokens, layers=net.layers)


def per_frame(*, frame: Mapping[str, Any], dtype: jnp.dtype = jnp.float32) -> Net:
    """`each_frame` of a network by name. The order of frames is lost, and with it all motion that one does not show.

    Args:
        frame: name and options of the network of pictures, as in `config.encoder`.
        dtype: compute type; parameters are float32.

    Raises:
        ValueError: as `make_net`.
    """
    from jssl.nets import PRECISIONS, make_net  # the index, which names this network too

    precision = next(name for name, each in PRECISIONS.items() if each == dtype)
    return each_frame(make_net(precision=precision, **frame))
