"""A small convnet, for pictures of 8 to 64 pixels and machines without an accelerator."""

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.net import Net, from_nnx
from jssl.nets.norm import BatchNorm


class Conv3x3(nnx.Module):
    """A 3x3 convolution, padded by one, written as one matmul over shifted copies of its input.

    XLA's CPU backend is quick at matmuls and slow at the backward pass of small convolutions.
    """

    def __init__(self, channels: int, width: int, *, dtype: jnp.dtype, rngs: nnx.Rngs) -> None:
        self.dtype = dtype
        self.kernel = nnx.Param(jax.nn.initializers.he_normal()(rngs.params(), (9 * channels, width)))

    def __call__(self, x: jax.Array, *, stride: int) -> jax.Array:
        """[n, h, w, c] -> [n, ceil(h / stride), ceil(w / stride), width]."""
        _, h, w, _ = x.shape
        x = jnp.pad(x.astype(self.dtype), ((0, 0), (1, 1), (1, 1), (0, 0)))
        shifted = [x[:, i : i + h : stride, j : j + w : stride] for i in range(3) for j in range(3)]
        return jnp.concatenate(shifted, axis=-1) @ self.kernel[...].astype(self.dtype)


class ConvNet(nnx.Module):
    """3x3 convolutions, batch norm and ReLU, then the mean over positions; see `convnet`."""

    def __init__(
        self, channels: int, *, width: int, depth: int, batch_norm: str, dtype: jnp.dtype, rngs: nnx.Rngs
    ) -> None:
        self.depth = depth
        self.convs, self.norms = nnx.Dict(), nnx.Dict()
        for i in range(depth):
            features = width * 2 ** min(i, 3)
            self.convs[f"layer{i}"] = Conv3x3(channels, features, dtype=dtype, rngs=rngs)
            self.norms[f"layer{i}"] = BatchNorm(features, mode=batch_norm, dtype=dtype)
            channels = features

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, h, w, c] -> float32 [n, d]."""
        del key
        for i in range(self.depth):
            name = f"layer{i}"
            x = self.convs[name](x, stride=2 if min(x.shape[1:3]) > 4 else 1)
            x = jax.nn.relu(self.norms[name](x, train=train))
        return x.astype(jnp.float32).mean((1, 2))


def convnet(*, width: int = 32, depth: int = 4, batch_norm: str = "sync", dtype: jnp.dtype = jnp.float32) -> Net:
    """Images [n, h, w, c] -> features float32 [n, width * 2 ** min(depth - 1, 3)].

    Every layer halves the resolution until 4 pixels are left: 28 -> 14 -> 7 -> 4 -> 4, and 8 -> 4 -> 4 -> 4 -> 4.

    Args:
        width: channels of the first layer; the next three double them.
        depth: layers.
        batch_norm: mode of `jssl.nets.norm.BatchNorm`.
        dtype: compute type; parameters are float32.
    """

    def build(channels: int, rngs: nnx.Rngs) -> ConvNet:
        return ConvNet(channels, width=width, depth=depth, batch_norm=batch_norm, dtype=dtype, rngs=rngs)

    return from_nnx(build)
