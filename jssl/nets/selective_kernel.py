"""Selective kernels (arXiv:1903.06586), as SimCLR v2's networks have them, and what its ResNet-D has with them."""

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.norm import BatchNorm

RATIO = 1 / 16
"""Channels of the layer that weighs two streams against each other, of those of a stream; at least `LEAST`."""
LEAST = 32


class SelectiveKernel(nnx.Module):
    """Two streams of a map, added up with weights that the whole picture gives each channel.

    The weights of a channel's two streams add up to 1.

    Args:
        width: channels of a stream.
        batch_norm: mode of `jssl.nets.norm.BatchNorm`.
    """

    def __init__(self, width: int, *, batch_norm: str, dtype: jnp.dtype, rngs: nnx.Rngs) -> None:
        middle = max(int(width * RATIO), LEAST)
        self.squeeze = nnx.Linear(width, middle, use_bias=False, dtype=dtype, rngs=rngs)
        self.norm = BatchNorm(middle, mode=batch_norm, dtype=dtype)
        self.mix = nnx.Linear(middle, 2 * width, use_bias=False, dtype=dtype, rngs=rngs)

    def __call__(self, x: jax.Array, *, train: bool) -> jax.Array:
        """[n, h, w, 2 width], one stream behind the other -> [n, h, w, width]."""
        x = x.reshape(*x.shape[:-1], 2, -1)
        seen = jax.nn.relu(self.norm(self.squeeze(x.sum(-2).mean((1, 2))), train=train))
        weights = jax.nn.softmax(self.mix(seen).reshape(len(x), 1, 1, 2, -1), axis=-2)
        return jnp.sum(x * weights, axis=-2)


def averaged(x: jax.Array, stride: int) -> jax.Array:
    """What ResNet-D's shortcuts look at: means over 2x2 places, [n, h, w, c] -> [n, ceil(h / stride), ..., c]."""
    return nnx.avg_pool(x, (2, 2), (stride, stride), padding="SAME", count_include_pad=False)
