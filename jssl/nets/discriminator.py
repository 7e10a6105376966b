"""DCGAN's discriminator (arXiv:1511.06434): whether a picture is real, and as an encoder."""

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.convnet import Conv
from jssl.nets.net import Net, compute_type, from_nnx
from jssl.nets.norm import BatchNorm
from jssl.ranges import Count

LAST = 4
"""Side at which the map is flattened."""
SLOPE = 0.2
"""Of the leaky ReLU: a plain one gives the generator no gradient from the units that are off."""


class Strided(nnx.Module):
    """Convolutions that halve the picture, as many as `depth`; see `dcgan`."""

    def __init__(
        self, channels: int, *, width: int, depth: int, batch_norm: str, dtype: jnp.dtype, rngs: nnx.Rngs
    ) -> None:
        self.depth, self.convs, self.norms = depth, nnx.Dict(), nnx.Dict()
        for i in range(depth):
            name = f"layer{i}"
            self.convs[name] = Conv(channels, width, side=4, dtype=dtype, rngs=rngs)
            if i:  # none after the first: it would take away how bright and how varied the pictures are
                self.norms[name] = BatchNorm(width, mode=batch_norm, dtype=dtype)
            channels, width = width, 2 * width

    def maps(self, x: jax.Array, *, train: bool) -> list[jax.Array]:
        """[n, h, w, c] -> each layer's map, [n, h / 2, w / 2, width], [n, h / 4, w / 4, 2 width], ..."""
        maps = []
        for name in (f"layer{i}" for i in range(self.depth)):
            x = self.convs[name](x, stride=2, padding=1)
            if name in self.norms:
                x = self.norms[name](x, train=train)
            maps.append(x := jax.nn.leaky_relu(x, SLOPE))
        return maps

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, h, w, c] -> the last map, float32 [n, h' w' width']."""
        del key
        x = self.maps(x, train=train)[-1]
        return x.reshape(len(x), -1).astype(jnp.float32)

    def tokens(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, h, w, c] -> float32 [n, 16, d]: 4x4 places, at each of which is the largest of every layer's values."""
        del key
        pooled = [_largest(each, LAST) for each in self.maps(x, train=train)]
        return jnp.concatenate(pooled, axis=-1).reshape(len(x), LAST**2, -1).astype(jnp.float32)


def _largest(x: jax.Array, side: int) -> jax.Array:
    """The maximum over each cell of a grid of `side` by `side`, which overlap where it does not divide the map."""
    for axis in (1, 2):
        n = x.shape[axis]
        cells = [slice(i * n // side, -(-(i + 1) * n // side)) for i in range(side)]
        x = jnp.stack([x[(slice(None),) * axis + (cell,)].max(axis) for cell in cells], axis=axis)
    return x


def dcgan(*, width: Count = 64, depth: Count = 4, batch_norm: str = "sync", dtype: jnp.dtype = jnp.float32) -> Net:
    """DCGAN's discriminator up to its logit: pictures [n, h, w, c] -> its last map, float32 [n, h' w' width'].

    `Net.tokens` are what DCGAN's features are: every layer's map, pooled by the maximum to 4x4.

    Args:
        width: channels of the first layer; every layer doubles them.
        depth: 4x4 convolutions of stride 2.
        batch_norm: mode of `jssl.nets.norm.BatchNorm`.
        dtype: compute type; parameters are float32.
    """

    def build(channels: int, rngs: nnx.Rngs) -> Strided:
        return Strided(channels, width=width, depth=depth, batch_norm=batch_norm, dtype=dtype, rngs=rngs)

    return from_nnx(build, tokens=Strided.tokens, layers=tuple(f"layer{i}" for i in range(depth)))


def depth_for(size: int) -> int:
    """How many times pictures of `size` pixels are halved until at most 4 are left."""
    return 0 if size <= LAST else 1 + depth_for(size // 2)


class Discriminator(Strided):
    """The same, then one logit; see `discriminator`."""

    def __init__(
        self, channels: int, size: int, *, width: int, batch_norm: str, dtype: jnp.dtype, rngs: nnx.Rngs
    ) -> None:
        super().__init__(channels, width=width, depth=depth_for(size), batch_norm=batch_norm, dtype=dtype, rngs=rngs)
        last = channels if not self.depth else width * 2 ** (self.depth - 1)
        self.last = nnx.Linear((size >> self.depth) ** 2 * last, 1, dtype=dtype, rngs=rngs)

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, size, size, c] -> float32 [n]."""
        del key
        x = [x, *self.maps(x, train=train)][-1]
        return self.last(x.reshape(len(x), -1)).astype(jnp.float32)[:, 0]


def discriminator(size: int, *, width: int = 64, batch_norm: str = "sync") -> Net:
    """Pictures [n, size, size, c] -> logits float32 [n] that they are real.

    4x4 convolutions of stride 2 until at most 4 pixels are left, 64 -> 32 -> 16 -> 8 -> 4, with leaky ReLU and, but
    for the first, batch norm.

    Args:
        size: side of the pictures in pixels.
        width: channels of the first layer; every layer doubles them.
        batch_norm: mode of `jssl.nets.norm.BatchNorm`. Real and fake pictures are to be passed one after the other,
            each normalised by its own statistics, as in DCGAN.
    """

    def build(channels: int, rngs: nnx.Rngs) -> Discriminator:
        return Discriminator(channels, size, width=width, batch_norm=batch_norm, dtype=compute_type(), rngs=rngs)

    return from_nnx(build)
