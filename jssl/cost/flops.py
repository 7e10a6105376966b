"""FLOPs that a program's matrix products and convolutions need, counted before any compiler has seen it.

`compiled.cost_analysis()` counts a loop's body once, and nothing of what a backend hands to a library (cuDNN, cuBLAS,
oneDNN), so its number depends on the device. This one does not.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr


def count_flops(function: Callable, *arguments: Any) -> int:
    """Over all devices, for one call on arrays or `jax.ShapeDtypeStruct`s; nothing is computed."""
    return flops_of(jax.make_jaxpr(function)(*arguments).jaxpr)


def flops_of(jaxpr: Jaxpr, only: Callable[[Any], bool] = lambda equation: True) -> int:
    """As `count_flops`, of a program that is traced already.

    A multiply-add is two. Taps of a convolution that fall on padding are left out. A `while` of unknown length counts
    once; of a conditional, the dearest branch.

    Args:
        only: which products count, equations of a jaxpr.
    """
    return sum(_equation(equation, only) for equation in jaxpr.eqns)


def _equation(equation: Any, only: Callable[[Any], bool]) -> int:
    name, parameters = equation.primitive.name, equation.params
    if name in ("dot_general", "conv_general_dilated") and not only(equation):
        return 0
    if name == "dot_general":
        (contracted, _), _ = parameters["dimension_numbers"]
        shape = equation.invars[0].aval.shape
        return 2 * math.prod(equation.outvars[0].aval.shape) * math.prod(shape[axis] for axis in contracted)
    if name == "conv_general_dilated":
        return _convolution(equation)
    inner = [flops_of(jaxpr, only) for value in parameters.values() for jaxpr in _jaxprs(value)]
    if name == "cond":
        return max(inner)
    times = 1
    if name == "scan":
        times = parameters["length"]
    elif name == "shard_map":
        times = math.prod(parameters["mesh"].shape[axis] for axis in parameters["newly_manual_axes"])
    return times * sum(inner)


def _jaxprs(value: Any) -> Iterator[Jaxpr]:
    if isinstance(value, ClosedJaxpr):
        yield value.jaxpr
    elif isinstance(value, Jaxpr):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _jaxprs(item)


def _convolution(equation: Any) -> int:
    p, out = equation.params, equation.outvars[0].aval.shape
    image, kernel = (variable.aval.shape for variable in equation.invars)
    image_axes, kernel_axes, out_axes = p["dimension_numbers"]
    total = 2 * out[out_axes[0]] * out[out_axes[1]] * kernel[kernel_axes[1]]
    for i, axis in enumerate(out_axes[2:]):
        position = np.arange(out[axis])[:, None] * p["window_strides"][i] - p["padding"][i][0]
        position = position + np.arange(kernel[kernel_axes[2 + i]])[None] * p["rhs_dilation"][i]
        step = p["lhs_dilation"][i]
        inside = (position >= 0) & (position <= (image[image_axes[2 + i]] - 1) * step) & (position % step == 0)
        total *= int(inside.sum())
    return total
