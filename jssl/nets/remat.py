"""Rematerialisation: less memory for a training step, for more work (arXiv:1604.06174)."""

from collections.abc import Callable
from typing import Any

import jax
from flax import nnx


def applied(block: Callable, x: jax.Array, *, again: bool, **inputs: Any) -> jax.Array:
    """A block of a network on `x`, with its further `inputs`.

    Args:
        block: a module.
        again: the backward pass computes what is inside of the block again, and of each block only `x` is kept.
    """

    def call(block: Callable, x: jax.Array) -> jax.Array:
        return block(x, **inputs)

    return (nnx.remat(call) if again else call)(block, x)
