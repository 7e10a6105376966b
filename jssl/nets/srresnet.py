"""SRResNet's body (arXiv:1609.04802): residual blocks that keep the resolution, as an encoder."""

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.convnet import Conv
from jssl.nets.net import Net, from_nnx
from jssl.nets.norm import BatchNorm
from jssl.ranges import Count


class Block(nnx.Module):
    """Convolution, norm, ReLU, convolution, norm, added to what came in."""

    def __init__(self, width: int, *, batch_norm: str, dtype: jnp.dtype, rngs: nnx.Rngs) -> None:
        self.conv1, self.conv2 = (Conv(width, width, side=3, dtype=dtype, rngs=rngs) for _ in range(2))
        self.norm1, self.norm2 = (BatchNorm(width, mode=batch_norm, dtype=dtype) for _ in range(2))

    def __call__(self, x: jax.Array, *, train: bool) -> jax.Array:
        """[n, h, w, width] -> the same."""
        y = jax.nn.relu(self.norm1(self.conv1(x, stride=1, padding=1), train=train))
        return x + self.norm2(self.conv2(y, stride=1, padding=1), train=train)


class SRResNet(nnx.Module):
    """A 9x9 convolution, blocks, and the shortcut over all of them; see `srresnet`."""

    def __init__(
        self, channels: int, *, width: int, blocks: int, batch_norm: str, dtype: jnp.dtype, rngs: nnx.Rngs
    ) -> None:
        self.first = Conv(channels, width, side=9, dtype=dtype, rngs=rngs)
        self.blocks = nnx.Dict(
            {f"block{i}": Block(width, batch_norm=batch_norm, dtype=dtype, rngs=rngs) for i in range(blocks)}
        )
        self.last = nnx.Dict(
            {
                "conv": Conv(width, width, side=3, dtype=dtype, rngs=rngs),
                "norm": BatchNorm(width, mode=batch_norm, dtype=dtype),
            }
        )

    def _map(self, x: jax.Array, *, train: bool) -> jax.Array:
        x = first = jax.nn.relu(self.first(x, stride=1, padding=4))
        for i in range(len(self.blocks)):
            x = self.blocks[f"block{i}"](x, train=train)
        last = self.last["norm"](self.last["conv"](x, stride=1, padding=1), train=train)
        return (first + last).astype(jnp.float32)

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, h, w, c] -> float32 [n, width]."""
        del key
        return self._map(x, train=train).mean((1, 2))

    def tokens(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, h, w, c] -> float32 [n, h w, width]: every pixel's, row by row."""
        del key
        x = self._map(x, train=train)
        return x.reshape(x.shape[0], -1, x.shape[-1])


def srresnet(*, width: Count = 64, blocks: Count = 16, batch_norm: str = "sync", dtype: jnp.dtype = jnp.float32) -> Net:
    """Pictures [n, h, w, c] -> features float32 [n, width], the mean over a map as large as the picture.

    Args:
        width: channels of every layer.
        blocks: residual blocks.
        batch_norm: mode of `jssl.nets.norm.BatchNorm`.
        dtype: compute type; parameters are float32.
    """

    def build(channels: int, rngs: nnx.Rngs) -> SRResNet:
        return SRResNet(channels, width=width, blocks=blocks, batch_norm=batch_norm, dtype=dtype, rngs=rngs)

    names = ("first", *(f"block{i}" for i in range(blocks)), "last")
    return from_nnx(build, tokens=SRResNet.tokens, layers=names)
