"""A decoder: from features back to a picture, as DCGAN's generator (arXiv:1511.06434)."""

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.convnet import Conv
from jssl.nets.net import Net, compute_type, from_nnx
from jssl.nets.norm import BatchNorm

FIRST = 4
"""Side of the map that the features become."""


class UpConv(nnx.Module):
    """A transposed convolution with a 4x4 kernel, stride 2 and padding 1: it doubles the side of a map.

    Each 2x2 window of the padded input makes the 2x2 pixels between its four; this is one matmul, see `Conv`, of
    which the outermost pixels are left out.
    """

    def __init__(self, channels: int, width: int, *, dtype: jnp.dtype, rngs: nnx.Rngs) -> None:
        self.conv = Conv(channels, 4 * width, side=2, dtype=dtype, rngs=rngs)

    def __call__(self, x: jax.Array) -> jax.Array:
        """[n, h, w, c] -> [n, 2h, 2w, width]."""
        x = self.conv(x, stride=1, padding=1)
        n, h, w, c = x.shape
        x = x.reshape(n, h, w, 2, 2, c // 4).transpose(0, 1, 3, 2, 4, 5).reshape(n, 2 * h, 2 * w, c // 4)
        return x[:, 1:-1, 1:-1]


class Decoder(nnx.Module):
    """A linear map to a small picture of many channels, then transposed convolutions; see `decoder`."""

    def __init__(
        self, features: int, size: int, channels: int, *, width: int, batch_norm: str, dtype: jnp.dtype, rngs: nnx.Rngs
    ) -> None:
        self.sides = [size]
        while self.sides[0] > FIRST:
            self.sides.insert(0, -(-self.sides[0] // 2))
        depth = len(self.sides) - 1
        widths = [channels, *(width * 2 ** min(i, 3) for i in range(depth))][::-1]
        self.first = nnx.Linear(features, self.sides[0] ** 2 * widths[0], use_bias=False, dtype=dtype, rngs=rngs)
        self.ups, self.norms = nnx.Dict(), nnx.Dict()
        for i in range(depth):
            self.norms[f"layer{i}"] = BatchNorm(widths[i], mode=batch_norm, dtype=dtype)
            self.ups[f"layer{i}"] = UpConv(widths[i], widths[i + 1], dtype=dtype, rngs=rngs)

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, d] -> float32 [n, size, size, channels]."""
        del key
        x = self.first(x).reshape(len(x), self.sides[0], self.sides[0], -1)
        for i, side in enumerate(self.sides[1:]):
            x = jax.nn.relu(self.norms[f"layer{i}"](x, train=train))
            x = self.ups[f"layer{i}"](x)[:, :side, :side]
        return x.astype(jnp.float32)


def decoder(size: int, channels: int, *, width: int = 64, batch_norm: str = "sync") -> Net:
    """Features [n, d] -> pictures float32 [n, size, size, channels], without bounds.

    From a map of 3 or 4 pixels every layer doubles the side, with batch norm and ReLU between layers:
    4 -> 8 -> 16 -> 32 -> 64, and 4 -> 7 -> 14 -> 28, where what is too much is cut off.

    Args:
        size: side of the pictures in pixels.
        channels: of the pictures.
        width: channels of the last map before the picture; the three before it double them.
        batch_norm: mode of `jssl.nets.norm.BatchNorm`.
    """

    def build(features: int, rngs: nnx.Rngs) -> Decoder:
        return Decoder(features, size, channels, width=width, batch_norm=batch_norm, dtype=compute_type(), rngs=rngs)

    return from_nnx(build)
