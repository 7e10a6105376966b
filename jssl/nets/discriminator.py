"""A discriminator: whether a picture is real, as DCGAN's (arXiv:1511.06434)."""

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.convnet import Conv
from jssl.nets.net import Net, from_nnx
from jssl.nets.norm import BatchNorm

LAST = 4
"""Side at which the map is flattened."""
SLOPE = 0.2
"""Of the leaky ReLU: a plain one gives the generator no gradient from the units that are off."""


class Discriminator(nnx.Module):
    """Convolutions that halve the picture, then one logit; see `discriminator`."""

    def __init__(
        self, channels: int, size: int, *, width: int, batch_norm: str, dtype: jnp.dtype, rngs: nnx.Rngs
    ) -> None:
        self.depth, self.convs, self.norms = 0, nnx.Dict(), nnx.Dict()
        while size > LAST:
            name = f"layer{self.depth}"
            self.convs[name] = Conv(channels, width, side=4, dtype=dtype, rngs=rngs)
            if self.depth:  # none after the first: it would take away how bright and how varied the pictures are
                self.norms[name] = BatchNorm(width, mode=batch_norm, dtype=dtype)
            self.depth, channels, width, size = self.depth + 1, width, 2 * width, size // 2
        self.last = nnx.Linear(size * size * channels, 1, dtype=dtype, rngs=rngs)

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, size, size, c] -> float32 [n]."""
        del key
        for name in (f"layer{i}" for i in range(self.depth)):
            x = self.convs[name](x, stride=2, padding=1)
            if name in self.norms:
                x = self.norms[name](x, train=train)
            x = jax.nn.leaky_relu(x, SLOPE)
        return self.last(x.reshape(len(x), -1)).astype(jnp.float32)[:, 0]


def discriminator(size: int, *, width: int = 64, batch_norm: str = "sync", dtype: jnp.dtype = jnp.float32) -> Net:
    """Pictures [n, size, size, c] -> logits float32 [n] that they are real.

    4x4 convolutions of stride 2 until at most 4 pixels are left, 64 -> 32 -> 16 -> 8 -> 4, with leaky ReLU and, but
    for the first, batch norm.

    Args:
        size: side of the pictures in pixels.
        width: channels of the first layer; every layer doubles them.
        batch_norm: mode of `jssl.nets.norm.BatchNorm`. Real and fake pictures are to be passed one after the other,
            each normalised by its own statistics, as in DCGAN.
        dtype: compute type; parameters are float32.
    """

    def build(channels: int, rngs: nnx.Rngs) -> Discriminator:
        return Discriminator(channels, size, width=width, batch_norm=batch_norm, dtype=dtype, rngs=rngs)

    return from_nnx(build)
