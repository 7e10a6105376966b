"""A network of pictures on clips: on each frame, or on one picture that is made of them."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from jssl.nets.lab_halves import lightness_and_colours
from jssl.nets.net import Net


def each_frame(net: Net, *, grey: bool = False) -> Net:
    """A network of pictures on clips [n, t, h, w, c]: the mean over time of each frame's features, float32 [n, d].

    A clip of one frame has the features of that frame. Tokens are those of the frames one after the other, [n, t *
    places, d], without class tokens. Parameters and statistics are those of the network of pictures.

    Args:
        grey: clips are colours in [0, 1], and the network is given their lightness alone; `Net.parts` says so.
    """

    def seen(x: jax.Array) -> jax.Array:
        return lightness_and_colours(x)["lightness"] if grey else x

    def init(key: jax.Array, example: jax.Array) -> tuple[Any, Any]:
        return net.init(key, seen(example[:, 0]))

    def apply(params: Any, stats: Any, x: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
        n, t = x.shape[:2]
        y, stats = net.apply(params, stats, seen(x.reshape(n * t, *x.shape[2:])), **mode)
        return y.reshape(n, t, -1).mean(1), stats

    def tokens(params: Any, stats: Any, x: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
        n, t = x.shape[:2]
        y, stats = net.tokens(params, stats, seen(x.reshape(n * t, *x.shape[2:])), **mode)
        y = y[:, int(net.class_token) :]
        return y.reshape(n, -1, y.shape[-1]), stats

    parts = {"lightness": net} if grey else {}
    return Net(init, apply, net.tokens and tokens, layers=net.layers, parts=parts)


def of_picture(net: Net, picture: Callable[[jax.Array], jax.Array]) -> Net:
    """A network of pictures on clips, by one picture of each: what `picture` makes of [n, t, h, w, c]."""

    def init(key: jax.Array, example: jax.Array) -> tuple[Any, Any]:
        return net.init(key, picture(example))

    def apply(params: Any, stats: Any, x: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
        return net.apply(params, stats, picture(x), **mode)

    return Net(init, apply, layers=net.layers)


def rank_pooled(x: jax.Array) -> jax.Array:
    """Dynamic images, as in arXiv:1611.06646: frames summed over time by weights that rise from 1 - t to t - 1 by 2.

    They are what approximate rank pooling gives, divided here by the sum of the weights' sizes, so that pictures are in
    the range of the frames. Clips that stand still give 0, and clips that run backwards the same with the other sign.

    Args:
        x: clips [n, t, h, w, c] of two frames or more.

    Returns:
        [n, h, w, c].
    """
    weights = 2 * jnp.arange(x.shape[1], dtype=x.dtype) - (x.shape[1] - 1)
    return jnp.einsum("t,nthwc->nhwc", weights / jnp.abs(weights).sum(), x, precision=jax.lax.Precision.HIGHEST)


def differences(x: jax.Array) -> jax.Array:
    """Each frame less the one before it, side by side in the channels: [n, t, h, w, c] -> [n, h, w, (t - 1) c]."""
    return as_channels(x[:, 1:] - x[:, :-1])


def as_channels(x: jax.Array) -> jax.Array:
    """The frames of clips as channels, [n, t, h, w, c] -> [n, h, w, t * c], in their order; pictures as they are."""
    return x if x.ndim == 4 else jnp.moveaxis(x, 1, 3).reshape(len(x), *x.shape[2:4], -1)


def per_frame(*, frame: Mapping[str, Any], grey: bool = False, dtype: jnp.dtype = jnp.float32) -> Net:
    """`each_frame` of a network by name. The order of frames is lost, and with it all motion that one does not show.

    Args:
        frame: name and options of the network of pictures, as in `config.encoder`.
        grey: see `each_frame`.
        dtype: compute type; parameters are float32.

    Raises:
        ValueError: as `make_net`.
    """
    return each_frame(_named(frame, dtype), grey=grey)


def dynamic_image(*, frame: Mapping[str, Any], dtype: jnp.dtype = jnp.float32) -> Net:
    """A network of pictures, by name, on each clip's dynamic image, `rank_pooled`; arguments as `per_frame`."""
    return of_picture(_named(frame, dtype), rank_pooled)


def frame_differences(*, frame: Mapping[str, Any], dtype: jnp.dtype = jnp.float32) -> Net:
    """A network of pictures, by name, on each clip's stack of `differences` (arXiv:1611.06646); as `per_frame`.

    Its first layer has as many channels as that, and so takes clips of one length alone.
    """
    return of_picture(_named(frame, dtype), differences)


def _named(frame: Mapping[str, Any], dtype: jnp.dtype) -> Net:
    from jssl.nets import PRECISIONS, make_net  # the index, which names these networks too

    precision = next(name for name, each in PRECISIONS.items() if each == dtype)
    return make_net(precision=precision, **frame)
