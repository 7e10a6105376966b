"""Convolutions whose kernels learn quickly on a CPU, too."""

import math
from collections.abc import Sequence
from functools import partial
from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

Padding = Sequence[tuple[int, int]]
VALUES = 1 << 17
"""Of the examples that are looked at together: half a megabyte, which a core's own cache holds."""
CHANNELS = 16
"""From which on a matrix product with each place of the kernel is worth it."""


def convolution(
    x: jax.Array, kernel: jax.Array, strides: Sequence[int], padding: str | Padding, **options: Any
) -> jax.Array:
    """`jax.lax.conv_general_dilated`, as `flax.nnx.Conv` calls its `conv_general_dilated`: channels come last.

    On a CPU the kernel's gradient is a sum of matrix products, one for each place in the kernel: XLA's own convolution
    for it reaches 4 to 50 GFLOP/s of a core on which its others have 60. On other devices, in other types than
    float32, for small, dilated and grouped convolutions it is XLA's.
    """
    groups = {options.get(kind, 1) for kind in ("feature_group_count", "batch_group_count")}
    steps = {step for kind in ("lhs_dilation", "rhs_dilation") for step in options.get(kind) or ()}
    known = all(isinstance(length, int) for length in x.shape)  # in an exported program a batch may be of any length
    large = known and x.shape[-1] >= CHANNELS and x.size >= VALUES
    if not large or groups | steps != {1} or not x.dtype == kernel.dtype == jnp.float32:
        return lax.conv_general_dilated(x, kernel, strides, padding, **options)
    if isinstance(padding, str):
        padding = lax.padtype_to_pads(x.shape[1:-1], kernel.shape[:-2], strides, padding)
    return _convolution(x, kernel, tuple(strides), tuple(map(tuple, padding)), options["dimension_numbers"])


@partial(jax.custom_jvp, nondiff_argnums=(2, 3, 4))
def _convolution(
    x: jax.Array, kernel: jax.Array, strides: tuple[int, ...], padding: tuple[tuple[int, int], ...], layout: Any
) -> jax.Array:
    return lax.conv_general_dilated(x, kernel, strides, padding, dimension_numbers=layout)


@_convolution.defjvp
def _tangent(strides: Any, padding: Any, layout: Any, primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x, kernel), (dx, dkernel) = primals, tangents
    by_xla = partial(_convolution, strides=strides, padding=padding, layout=layout)
    on_cpu = partial(by_places, strides=strides, padding=padding)
    return by_xla(x, kernel), by_xla(dx, kernel) + lax.platform_dependent(x, dkernel, cpu=on_cpu, default=by_xla)


def by_places(x: jax.Array, kernel: jax.Array, *, strides: Sequence[int], padding: Padding) -> jax.Array:
    """The convolution as a sum, over the places of the kernel, of what lies under each times its matrix.

    Reversed this is the kernel's gradient, and what lies under a place is cut out anew for it, and never kept. Loops
    take as many examples at a time as a cache holds, and one place of the kernel after the other.

    Args:
        x: [n, ..., c].
        kernel: [..., c, d].
    """
    n, together = x.shape[0], max(VALUES // math.prod(x.shape[1:]), 1)
    size = next(size for size in range(min(together, n), 0, -1) if n % size == 0)
    x = jnp.pad(x, ((0, 0), *padding, (0, 0)))
    over = [length - k + 1 for length, k in zip(x.shape[1:], kernel.shape[:-2], strict=False)]
    out = [-(-length // stride) for length, stride in zip(over, strides, strict=True)]
    places = jnp.array(list(product(*map(range, kernel.shape[:-2]))), jnp.int32)
    matrices = kernel.reshape(-1, *kernel.shape[-2:])

    @jax.checkpoint
    def some(_: None, x: jax.Array) -> tuple[None, jax.Array]:
        @jax.checkpoint
        def add(y: jax.Array, at: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, None]:
            place, matrix = at
            under = lax.dynamic_slice(x, (0, *place, 0), (size, *over, x.shape[-1]))
            under = under[(slice(None), *(slice(None, None, stride) for stride in strides))]
            return y + under.reshape(-1, x.shape[-1]) @ matrix, None

        y = jnp.zeros((size * math.prod(out), kernel.shape[-1]), x.dtype)
        return None, lax.scan(add, y, (places, matrices))[0]

    _, y = lax.scan(some, None, x.reshape(n // size, size, *x.shape[1:]))
    return y.reshape(n, *out, -1)
