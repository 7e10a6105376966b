"""A small convnet for clips of 16 to 64 pixels and machines without an accelerator."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.convnet import LAST, Conv
from jssl.nets.net import Net, from_nnx
from jssl.nets.norm import BatchNorm
from jssl.ranges import Count

he = jax.nn.initializers.he_normal()


class TimeConv(nnx.Module):
    """A convolution over three frames, written as one matmul over shifted copies, as `jssl.nets.convnet.Conv` is."""

    def __init__(self, channels: int, width: int, *, dtype: jnp.dtype, rngs: nnx.Rngs) -> None:
        self.dtype = dtype
        self.kernel = nnx.Param(he(rngs.params(), (3 * channels, width)))

    def __call__(self, x: jax.Array) -> jax.Array:
        """[n, t, h, w, c] -> [n, t, h, w, width]."""
        t, x = x.shape[1], jnp.pad(x.astype(self.dtype), ((0, 0), (1, 1), (0, 0), (0, 0), (0, 0)))
        return jnp.concatenate([x[:, i : i + t] for i in range(3)], axis=-1) @ self.kernel[...].astype(self.dtype)


class ClipConvNet(nnx.Module):
    """Convolutions in space and in time, each with batch norm and ReLU, then the mean; see `clip_convnet`."""

    def __init__(
        self, channels: int, *, width: int, depth: int, batch_norm: str, dtype: jnp.dtype, rngs: nnx.Rngs
    ) -> None:
        self.names = _names(depth)
        self.space, self.time = nnx.Dict(), nnx.Dict()
        self.space_norms, self.time_norms = nnx.Dict(), nnx.Dict()
        for i, name in enumerate(self.names):
            out = width * 2 ** min(i, 3)
            self.space[name] = Conv(channels, out, side=3, dtype=dtype, rngs=rngs)
            self.time[name] = TimeConv(out, out, dtype=dtype, rngs=rngs)
            self.space_norms[name] = BatchNorm(out, mode=batch_norm, dtype=dtype)
            self.time_norms[name] = BatchNorm(out, mode=batch_norm, dtype=dtype)
            channels = out

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, t, h, w, c] -> float32 [n, d]."""
        del key
        for name in self.names:
            stride = 2 if min(x.shape[2:4]) > LAST else 1
            x = _each_frame(
                lambda frames, name=name, stride=stride: self.space[name](frames, stride=stride, padding=1), x
            )
            x = jax.nn.relu(self.space_norms[name](x, train=train))
            x = jax.nn.relu(self.time_norms[name](self.time[name](x), train=train))
        return x.astype(jnp.float32).mean((1, 2, 3))


def _each_frame(change: Callable[[jax.Array], jax.Array], x: jax.Array) -> jax.Array:
    """XLA's CPU backend has no quick convolution in three dimensions, and frames are as good as examples to it."""
    n, t = x.shape[:2]
    y = change(x.reshape(n * t, *x.shape[2:]))
    return y.reshape(n, t, *y.shape[1:])


def _names(depth: int) -> tuple[str, ...]:
    return tuple(f"layer{i}" for i in range(depth))


def clip_convnet(
    *, width: Count = 16, depth: Count = 4, batch_norm: str = "sync", dtype: jnp.dtype = jnp.float32
) -> Net:
    """Clips [n, t, h, w, c] -> features float32 [n, width * 2 ** min(depth - 1, 3)].

    Every layer is a 3x3 convolution of each frame, which halves the resolution until 4 pixels are left, and one over
    three frames: in space and in time by turns, as in R(2+1)D (arXiv:1711.11248).

    Args:
        width: channels of the first layer; the next three double them.
        depth: layers; features depend on 2 * depth + 1 frames around each.
        batch_norm: mode of `jssl.nets.norm.BatchNorm`.
        dtype: compute type; parameters are float32.
    """

    def build(channels: int, rngs: nnx.Rngs) -> ClipConvNet:
        return ClipConvNet(channels, width=width, depth=depth, batch_norm=batch_norm, dtype=dtype, rngs=rngs)

    return from_nnx(build, layers=_names(depth))
