"""Causal context: each place of a map sees its own row and those above it, for predictive coding."""

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.net import Net, from_nnx


class CausalContext(nnx.Module):
    """Residual convolutions of two rows and three columns, see `causal_context`."""

    def __init__(self, channels: int, width: int, depth: int, *, rngs: nnx.Rngs) -> None:
        self.enter = nnx.Linear(channels, width, rngs=rngs)
        self.convs = nnx.Dict(
            {f"layer{i}": nnx.Conv(width, width, (2, 3), padding=((1, 0), (1, 1)), rngs=rngs) for i in range(depth)}
        )
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
