"""Layers of sigmoid units and a linear code, each a restricted Boltzmann machine too (Hinton, Science 2006)."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jssl.nets.net import Net, compute_type
from jssl.ranges import Count

SCALE = 0.1
"""Standard deviation of the first weights."""


def sigmoid_stack(*, widths: Sequence[Count] = (1000, 500, 250, 30), dtype: jnp.dtype = jnp.float32) -> Net:
    """Values in [0, 1], [n, ...] -> codes float32 [n, widths[-1]], without bounds.

    Each of the parameters' "layer0", "layer1", ... has a "kernel" [d, h], the "hidden" units' biases [h], and those of
    the "visible" units [d], which are of no use to the codes: a Boltzmann machine has them, and a decoder gets them.

    Args:
        widths: of every layer; all but the last have sigmoid units.
        dtype: compute type; parameters are float32.

    Raises:
        ValueError: no widths.
    """
    if not widths:
        raise ValueError("sigmoid_stack needs at least one width")
    names = tuple(f"layer{i}" for i in range(len(widths)))

    def init(key: jax.Array, example: jax.Array) -> tuple[Any, Any]:
        sides = [math.prod(example.shape[1:]), *widths]
        params = {}
        for i, name in enumerate(names):
            kernel = SCALE * jax.random.normal(jax.random.fold_in(key, i), sides[i : i + 2])
            params[name] = {"kernel": kernel, "hidden": jnp.zeros(sides[i + 1]), "visible": jnp.zeros(sides[i])}
        return params, {}

    def apply(
        params: Any, stats: Any, x: jax.Array, *, key: jax.Array | None = None, train: bool = False
    ) -> tuple[jax.Array, Any]:
        del key, train
        return climb(params, x.reshape(len(x), -1), len(names), dtype), stats

    return Net(init, apply, layers=names)


def climb(params: Any, x: jax.Array, layers: int, dtype: jnp.dtype | None = None) -> jax.Array:
    """What the first `layers` layers make of values [n, d]: float32 [n, h]; the stack's last is linear.

    Args:
        dtype: compute type, by default the step's, see `computing_in`.
    """
    x = x.astype(dtype or compute_type())
    for i in range(layers):
        layer = params[f"layer{i}"]
        x = x @ layer["kernel"].astype(x.dtype) + layer["hidden"].astype(x.dtype)[None]
        x = x if i == len(params) - 1 else jax.nn.sigmoid(x)
    return x.astype(jnp.float32)


def unrolled(params: Any) -> Any:
    """The decoder that a stack's weights, transposed, and visible biases are: a copy, to be trained on its own."""
    return {name: {"kernel": layer["kernel"].T, "bias": jnp.copy(layer["visible"])} for name, layer in params.items()}


def descend(params: Any, code: jax.Array) -> jax.Array:
    """Codes [n, h] through an unrolled decoder -> logits float32 [n, d]."""
    code = code.astype(compute_type())
    for i in reversed(range(len(params))):
        layer = params[f"layer{i}"]
        code = code @ layer["kernel"].astype(code.dtype) + layer["bias"].astype(code.dtype)[None]
        code = jax.nn.sigmoid(code) if i else code
    return code.astype(jnp.float32)
