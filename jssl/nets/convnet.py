"""A small convnet, for pictures of 8 to 64 pixels and machines without an accelerator."""

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.net import Net, from_nnx
from jssl.nets.norm import BatchNorm
from jssl.ranges import Count, Natural

he = jax.nn.initializers.he_normal()
LAST = 4
"""Side of the map at which layers stop halving, and of the last kernel."""


class Conv(nnx.Module):
    """A convolution with a square kernel, written as one matmul over shifted copies of its input.

    XLA's CPU backend is quick at matmuls and slow at the backward pass of small convolutions.
    """

    def __init__(self, channels: int, width: int, *, side: int, dtype: jnp.dtype, rngs: nnx.Rngs) -> None:
        self.side, self.dtype = side, dtype
        self.kernel = nnx.Param(he(rngs.params(), (side * side * channels, width)))

    def __call__(self, x: jax.Array, *, stride: int, padding: int) -> jax.Array:
        """[n, h, w, c] -> [n, h', w', width] with h' = 1 + floor((h + 2 padding - side) / stride)."""
        x = jnp.pad(x.astype(self.dtype), ((0, 0), (padding, padding), (padding, padding), (0, 0)))
        h, w = (length - self.side + 1 for length in x.shape[1:3])
        shifts = range(self.side)
        shifted = [x[:, i : i + h : stride, j : j + w : stride] for i in shifts for j in shifts]
        return jnp.concatenate(shifted, axis=-1) @ self.kernel[...].astype(self.dtype)


class ConvNet(nnx.Module):
    """Convolutions, each with batch norm and ReLU, then the mean over positions; see `convnet`."""

    def __init__(
        self,
        channels: int,
        *,
        width: int,
        depth: int,
        features: int,
        batch_norm: str,
        dtype: jnp.dtype,
        rngs: nnx.Rngs,
    ) -> None:
        self.names = _names(depth, features)
        self.convs, self.norms = nnx.Dict(), nnx.Dict()
        for i, name in enumerate(self.names):
            out, side = (features, LAST) if name == "last" else (width * 2 ** min(i, 3), 3)
            self.convs[name] = Conv(channels, out, side=side, dtype=dtype, rngs=rngs)
            self.norms[name] = BatchNorm(out, mode=batch_norm, dtype=dtype)
            channels = out

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, h, w, c] -> float32 [n, d]."""
        return self._map(x, train=train).mean((1, 2))

    def tokens(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, h, w, c] -> float32 [n, h' w', d]: the last map, row by row."""
        x = self._map(x, train=train)
        return x.reshape(x.shape[0], -1, x.shape[-1])

    def _map(self, x: jax.Array, *, train: bool) -> jax.Array:
        """[n, h, w, c] -> float32 [n, h', w', d]."""
        for name in self.names:
            if name == "last":
                x = self.convs[name](_at_least(x, LAST), stride=1, padding=0)
            else:
                x = self.convs[name](x, stride=2 if min(x.shape[1:3]) > LAST else 1, padding=1)
            x = jax.nn.relu(self.norms[name](x, train=train))
        return x.astype(jnp.float32)


def _names(depth: int, features: int) -> tuple[str, ...]:
    return (*(f"layer{i}" for i in range(depth)), *(("last",) if features else ()))


def _at_least(x: jax.Array, side: int) -> jax.Array:
    return jnp.pad(x, ((0, 0), *((0, max(0, side - length)) for length in x.shape[1:3]), (0, 0)))


def convnet(
    *,
    width: Count = 32,
    depth: Count = 4,
    features: Natural = 0,
    batch_norm: str = "sync",
    dtype: jnp.dtype = jnp.float32,
) -> Net:
    """Images [n, h, w, c] -> features float32 [n, features or width * 2 ** min(depth - 1, 3)].

    Every layer halves the resolution until 4 pixels are left: 28 -> 14 -> 7 -> 4 -> 4, and 8 -> 4 -> 4 -> 4 -> 4.

    Args:
        width: channels of the first layer; the next three double them.
        depth: 3x3 layers.
        features: channels of a last 4x4 convolution without padding, 0 for none. On a map of 4 pixels it sees which
            part of the picture lies where, which the mean over positions forgets and centred pictures (digits,
            garments) are told apart by.
        batch_norm: mode of `jssl.nets.norm.BatchNorm`.
        dtype: compute type; parameters are float32.
    """

    def build(channels: int, rngs: nnx.Rngs) -> ConvNet:
        return ConvNet(
            channels, width=width, depth=depth, features=features, batch_norm=batch_norm, dtype=dtype, rngs=rngs
        )

    return from_nnx(build, tokens=ConvNet.tokens, layers=_names(depth, features))
