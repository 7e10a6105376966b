"""The network of DQN (Mnih et al., Nature 518, 2015), for the screens of Atari squeezed to 84 pixels."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.convnet import Conv, he
from jssl.nets.frames import as_channels
from jssl.nets.net import Net, from_nnx
from jssl.ranges import Count

SIDES, STRIDES = (8, 4, 3), (4, 2, 1)


class NatureCNN(nnx.Module):
    """Three convolutions with ReLU, and a linear map of all their places; see `nature_cnn`."""

    def __init__(
        self, channels: int, *, size: int, widths: Sequence[int], features: int, dtype: jnp.dtype, rngs: nnx.Rngs
    ) -> None:
        self.convs, self.biases = nnx.Dict(), nnx.Dict()
        for i, (width, side, stride) in enumerate(zip(widths, SIDES, STRIDES, strict=True)):
            self.convs[f"layer{i}"] = Conv(channels, width, side=side, dtype=dtype, rngs=rngs)
            self.biases[f"layer{i}"] = nnx.Param(jnp.zeros(width))
            channels, size = width, (size - side) // stride + 1
        self.last = nnx.Linear(size * size * channels, features, kernel_init=he, dtype=dtype, rngs=rngs)

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, size, size, c] -> float32 [n, features]."""
        return self.last(self._map(x).reshape(len(x), -1)).astype(jnp.float32)

    def tokens(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, size, size, c] -> float32 [n, places, widths[-1]]: the last map, row by row."""
        x = self._map(x)
        return x.reshape(len(x), -1, x.shape[-1]).astype(jnp.float32)

    def _map(self, x: jax.Array) -> jax.Array:
        for (name, conv), stride in zip(self.convs.items(), STRIDES, strict=True):
            x = conv(x, stride=stride, padding=0)
            x = jax.nn.relu(x + self.biases[name][...].astype(x.dtype).reshape(1, 1, 1, -1))
        return x


def nature_cnn(
    *,
    size: Count = 84,
    widths: Sequence[Count] = (32, 64, 64),
    features: Count = 512,
    dtype: jnp.dtype = jnp.float32,
) -> Net:
    """Pictures [n, size, size, c], or clips [n, t, size, size, c] whose frames are channels -> float32 [n, features].

    Convolutions of 8, 4 and 3 pixels at strides of 4, 2 and 1, each with ReLU, then one linear map of all places, which
    knows what lies where. There is no norm. DQN has a ReLU after that map too, and AtariARI's agents have none
    (arXiv:1906.08226). `Net.tokens` are the places of the last map, 7x7 of 84 pixels.

    Args:
        size: side in pixels, which the last layer is made for.
        widths: channels of the three convolutions.
        features: of the last layer.
        dtype: compute type; parameters are float32.

    Raises:
        ValueError: a size of less than 36 pixels; another number of widths.
    """
    if len(widths) != len(SIDES) or size < 36:
        raise ValueError(f"nature_cnn has {len(SIDES)} widths, not {tuple(widths)}, and takes 36 pixels or more")

    def build(channels: int, rngs: nnx.Rngs) -> NatureCNN:
        return NatureCNN(channels, size=size, widths=widths, features=features, dtype=dtype, rngs=rngs)

    net = from_nnx(build, tokens=NatureCNN.tokens, layers=(*(f"layer{i}" for i in range(len(SIDES))), "last"))

    def stacked(call: Callable) -> Callable:
        def apply(params: Any, stats: Any, x: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
            return call(params, stats, as_channels(x), **mode)

        return apply

    return net._replace(
        init=lambda key, example: net.init(key, as_channels(example)), apply=stacked(net.apply),
        tokens=stacked(net.tokens),
    )  # fmt: skip
