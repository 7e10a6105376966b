"""Causal context: each place of a map sees its own row and those above it, for predictive coding."""

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.net import Net, compute_type, from_nnx


class CausalConv(nnx.Module):
    """A convolution of two rows and three columns, as one matmul: XLA's CPU backend is slow at small convolutions."""

    def __init__(self, width: int, *, rngs: nnx.Rngs) -> None:
        self.linear = nnx.Linear(6 * width, width, dtype=compute_type(), rngs=rngs)

    def __call__(self, x: jax.Array) -> jax.Array:
        """[n, rows, columns, width] -> the same shape."""
        rows, columns = x.shape[1:3]
        x = jnp.pad(x, ((0, 0), (1, 0), (1, 1), (0, 0)))
        shifted = [x[:, i : i + rows, j : j + columns] for i in range(2) for j in range(3)]
        return self.linear(jnp.concatenate(shifted, axis=-1))


class CausalContext(nnx.Module):
    """Residual convolutions of two rows and three columns, see `causal_context`."""

    def __init__(self, channels: int, width: int, depth: int, *, rngs: nnx.Rngs) -> None:
        self.enter = nnx.Linear(channels, width, dtype=compute_type(), rngs=rngs)
        self.convs = nnx.Dict({f"layer{i}": CausalConv(width, rngs=rngs) for i in range(depth)})
        self.depth = depth

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, rows, columns, d] -> [n, rows, columns, width]."""
        del train, key
        x = self.enter(x)
        for i in range(self.depth):
            x = x + self.convs[f"layer{i}"](jax.nn.relu(x))
        return x.astype(jnp.float32)


def causal_context(width: int, depth: int) -> Net:
    """A map [n, rows, columns, d] -> [n, rows, columns, width], of which row t is made of rows t - depth to t.

    A sequence in time is a map of one column. There is no norm over the batch, through which a row could see another.
    """
    return from_nnx(lambda channels, rngs: CausalContext(channels, width, depth, rngs=rngs))
