"""ONNX graphs from traced functions: of the primitives that encoders are made of, for any batch size.

jax2onnx does this for all of JAX; it asks for an older Orbax than a run's checkpoints, and so cannot stand beside them.
What does not depend on the batch is computed now and stored.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import numpy as np
from jax import export
from jax.extend import core

OPSET = 20
CALLS = {"jit": "jaxpr", "pjit": "jaxpr", "custom_jvp_call": "call_jaxpr", "custom_vjp_call": "call_jaxpr"}
"""Primitives that hold a function, and under which name."""
PLAIN = {
    "abs": "Abs", "add": "Add", "and": "And", "ceil": "Ceil", "cos": "Cos", "div": "Div", "eq": "Equal", "erf": "Erf",
    "exp": "Exp", "floor": "Floor", "ge": "GreaterOrEqual", "gt": "Greater", "le": "LessOrEqual", "log": "Log",
    "logistic": "Sigmoid", "lt": "Less", "max": "Max", "min": "Min", "mul": "Mul", "neg": "Neg", "not": "Not",
    "or": "Or", "pow": "Pow", "sin": "Sin", "sqrt": "Sqrt", "sub": "Sub", "tanh": "Tanh", "copy": "Identity",
    "copy_p": "Identity", "stop_gradient": "Identity",
}  # fmt: skip
"""Elementwise primitives, of arrays of one shape, that are one operator."""


class Graph:
    """Nodes and stored arrays, as they are added."""

    def __init__(self, batch: str) -> None:
        from onnx import helper, numpy_helper

        self.helper, self._store = helper, numpy_helper.from_array
        self.nodes: list[Any] = []
        self.stored: dict[str, Any] = {}
        self._n = self.op("Shape", batch, start=0, end=1)

    def op(self, kind: str, *inputs: str | np.ndarray, outputs: int = 1, **attributes: Any) -> Any:
        """Add a node; returns the name of its output, or of several a list."""
        names = [f"t{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(self.helper.make_node(kind, [self.name(x) for x in inputs], names, **attributes))
        return names if outputs > 1 else names[0]

    def name(self, value: str | np.ndarray) -> str:
        """Of a value that is computed, or is stored here."""
        if isinstance(value, str):
            return value
        name = f"c{len(self.stored)}"
        self.stored[name] = self._store(np.array(value, order="C"), name)
        return name

    def shape(self, dims: Sequence[Any]) -> str | np.ndarray:
        """Dims as an array, n among them."""
        parts = [np.array([d], np.int64) if isinstance(d, int) else self._n for d in dims]
        if all(isinstance(part, np.ndarray) for part in parts):
            return np.array(dims, np.int64)
        return self.op("Concat", *parts, axis=0)

    def run(self, jaxpr: Any, consts: Sequence[Any], arguments: Sequence[Any]) -> list[Any]:
        """Add what a function computes; values are names, or arrays where they do not depend on the batch.

        Raises:
            NotImplementedError: a primitive that is none of these here.
        """
        values: dict[Any, Any] = dict(zip(jaxpr.constvars, map(np.asarray, consts), strict=True))
        values |= dict(zip(jaxpr.invars, arguments, strict=True))

        def read(atom: Any) -> Any:
            return np.asarray(atom.val, atom.aval.dtype) if isinstance(atom, core.Literal) else values[atom]

        for eqn in jaxpr.eqns:
            given, name = [read(atom) for atom in eqn.invars], eqn.primitive.name
            if name in CALLS:
                inner = eqn.params[CALLS[name]]
                found = self.run(inner.jaxpr, inner.consts, given)
            elif all(isinstance(x, np.ndarray) for x in given) and _fixed(eqn.outvars):
                found = eqn.primitive.bind(*given, **eqn.params)
                found = [np.asarray(x) for x in (found if eqn.primitive.multiple_results else [found])]
            elif name in PLAIN:
                found = [self.op(PLAIN[name], *given)]
            elif name in RULES:
                found = RULES[name](self, eqn, *given)
                found = found if isinstance(found, list) else [found]
            else:
                raise NotImplementedError(name)
            values |= dict(zip(eqn.outvars, found, strict=True))
        return [read(atom) for atom in jaxpr.outvars]


def make_model(function: Callable, spec: Mapping[str, jax.ShapeDtypeStruct], output: str = "features") -> Any:
    """The ONNX model of {name: [n, ...]} -> [n, d], for any n.

    Args:
        spec: shape and type of each input, without n.

    Raises:
        NotImplementedError: a primitive that is none of these here, by its name.
    """
    from onnx import checker, helper

    (n,) = export.symbolic_shape("n")
    batch = {name: jax.ShapeDtypeStruct((n, *x.shape), x.dtype) for name, x in spec.items()}
    traced = jax.make_jaxpr(function)(batch)
    graph = Graph(next(iter(spec)))
    (found,) = graph.run(traced.jaxpr, traced.consts, sorted(spec))  # as a dict's leaves come
    graph.nodes.append(helper.make_node("Identity", [graph.name(found)], [output]))

    def described(name: str, x: Any) -> Any:
        kind = helper.np_dtype_to_tensor_dtype(np.dtype(x.dtype))
        return helper.make_tensor_value_info(name, kind, [d if isinstance(d, int) else "n" for d in x.shape])

    inputs = [described(name, x) for name, x in batch.items()]
    outputs = [described(output, traced.out_avals[0])]
    made = helper.make_graph(graph.nodes, "encoder", inputs, outputs, list(graph.stored.values()))
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="jssl", ir_version=9)
    checker.check_model(model)
    return model


def _fixed(variables: Sequence[Any]) -> bool:
    return all(isinstance(d, int) for variable in variables for d in variable.aval.shape)


def _reshape(graph: Graph, eqn: Any, x: Any) -> str:
    return graph.op("Reshape", x, graph.shape(eqn.outvars[0].aval.shape))


def _broadcast(graph: Graph, eqn: Any, x: Any) -> str:
    shape, places = eqn.params["shape"], eqn.params["broadcast_dimensions"]
    there = dict(zip(places, eqn.invars[0].aval.shape, strict=True))
    x = graph.op("Reshape", x, graph.shape([there.get(axis, 1) for axis in range(len(shape))]))
    return graph.op("Expand", x, graph.shape(shape))


def _cast(graph: Graph, eqn: Any, x: Any) -> str:
    return graph.op("Cast", x, to=graph.helper.np_dtype_to_tensor_dtype(np.dtype(eqn.params["new_dtype"])))


def _slice(graph: Graph, eqn: Any, x: Any) -> str:
    shape, p = eqn.invars[0].aval.shape, eqn.params
    steps = p["strides"] or (1,) * len(shape)
    cuts = [
        (axis, p["start_indices"][axis], p["limit_indices"][axis], steps[axis])
        for axis in range(len(shape))
        if (p["start_indices"][axis], p["limit_indices"][axis], steps[axis]) != (0, shape[axis], 1)
    ]
    if not cuts:
        return x
    axes, starts, ends, strides = (np.array(part, np.int64) for part in zip(*cuts, strict=True))
    return graph.op("Slice", x, starts, ends, axes, strides)


def _split(graph: Graph, eqn: Any, x: Any) -> list[str]:
    sizes = np.array(eqn.params["sizes"], np.int64)
    found = graph.op("Split", x, sizes, outputs=len(sizes), axis=eqn.params["axis"])
    return found if len(sizes) > 1 else [found]


def _pad(graph: Graph, eqn: Any, x: Any, value: Any) -> str:
    low, high, inner = zip(*eqn.params["padding_config"], strict=True)
    if any(inner) or min(*low, *high) < 0:
        raise NotImplementedError("pad between values, or by less than none")
    return graph.op("Pad", x, np.array(low + high, np.int64), value)


def _reduce(kind: str) -> Callable:
    return lambda graph, eqn, x: graph.op(kind, x, np.array(eqn.params["axes"], np.int64), keepdims=0)


def _dot(graph: Graph, eqn: Any, a: Any, b: Any) -> str:
    (over_a, over_b), (batch_a, batch_b) = eqn.params["dimension_numbers"]
    rank_a, rank_b = (len(v.aval.shape) for v in eqn.invars)
    if not batch_a and (over_a, over_b) == ((rank_a - 1,), (0,)) and rank_b == 2:
        return graph.op("MatMul", a, b)
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    names_a = [next(letters) for _ in range(rank_a)]
    same = dict(zip((*over_b, *batch_b), (names_a[axis] for axis in (*over_a, *batch_a)), strict=True))
    names_b = [same.get(axis) or next(letters) for axis in range(rank_b)]
    shared = [names_a[axis] for axis in batch_a]
    own = [x for i, x in enumerate(names_a) if i not in (*over_a, *batch_a)]
    own += [x for i, x in enumerate(names_b) if i not in (*over_b, *batch_b)]
    return graph.op("Einsum", a, b, equation=f"{''.join(names_a)},{''.join(names_b)}->{''.join(shared + own)}")


def _convolution(graph: Graph, eqn: Any, x: Any, kernel: Any) -> str:
    p = eqn.params
    place = p["dimension_numbers"]
    if any(d != 1 for d in p["lhs_dilation"]) or p["batch_group_count"] != 1:
        raise NotImplementedError("a transposed convolution")
    low, high = zip(*p["padding"], strict=True)
    y = graph.op(
        "Conv", graph.op("Transpose", x, perm=place.lhs_spec), graph.op("Transpose", kernel, perm=place.rhs_spec),
        strides=p["window_strides"], pads=low + high, dilations=p["rhs_dilation"], group=p["feature_group_count"],
    )  # fmt: skip
    return graph.op("Transpose", y, perm=[int(axis) for axis in np.argsort(place.out_spec)])


def _max_pool(graph: Graph, eqn: Any, x: Any) -> str:
    """Over all axes but the first and the last, as pictures have them."""
    p = eqn.params
    window, steps, padding = p["window_dimensions"], p["window_strides"], p["padding"]
    ends = {(window[axis], steps[axis], *padding[axis]) for axis in (0, len(window) - 1)}
    if ends != {(1, 1, 0, 0)} or any(d != 1 for d in (*p["base_dilation"], *p["window_dilation"])):
        raise NotImplementedError("a window over examples or channels")
    low, high = zip(*padding[1:-1], strict=True)
    rank = len(window)
    y = graph.op("Transpose", x, perm=[0, rank - 1, *range(1, rank - 1)])
    y = graph.op("MaxPool", y, kernel_shape=window[1:-1], strides=steps[1:-1], pads=low + high)
    return graph.op("Transpose", y, perm=[0, *range(2, rank), 1])


def _gather(graph: Graph, eqn: Any, x: Any, places: Any) -> str:
    """One place of an axis, x[:, 0], or rows of a table by their numbers, as words are embedded."""
    p, shape, found = eqn.params["dimension_numbers"], eqn.invars[0].aval.shape, len(eqn.outvars[0].aval.shape)
    (axis, *others), single = p.start_index_map, eqn.invars[1].aval.shape == (1,)
    rows = axis == 0 and p.offset_dims == tuple(range(found - len(shape) + 1, found))
    whole = tuple(1 if i == axis else d for i, d in enumerate(shape)) == tuple(eqn.params["slice_sizes"])
    if others or p.collapsed_slice_dims != (axis,) or p.operand_batching_dims or not whole or not (single or rows):
        raise NotImplementedError("gather of anything but one place or rows")
    return graph.op("Gather", x, graph.op("Squeeze", places, np.array([-1], np.int64)), axis=axis)


RULES: dict[str, Callable] = {
    "broadcast_in_dim": _broadcast,
    "concatenate": lambda graph, eqn, *parts: graph.op("Concat", *parts, axis=eqn.params["dimension"]),
    "conv_general_dilated": _convolution,
    "convert_element_type": _cast,
    "dot_general": _dot,
    "erfc": lambda graph, eqn, x: graph.op("Sub", np.ones((), eqn.invars[0].aval.dtype), graph.op("Erf", x)),
    "expand_dims": _reshape,
    "gather": _gather,
    "integer_pow": lambda graph, eqn, x: graph.op("Pow", x, np.array(eqn.params["y"], eqn.invars[0].aval.dtype)),
    "pad": _pad,
    "reduce_max": _reduce("ReduceMax"),
    "reduce_min": _reduce("ReduceMin"),
    "reduce_sum": _reduce("ReduceSum"),
    "reduce_window_max": _max_pool,
    "reshape": _reshape,
    "rsqrt": lambda graph, eqn, x: graph.op("Reciprocal", graph.op("Sqrt", x)),
    "select_n": lambda graph, eqn, which, no, yes: graph.op("Where", which, yes, no),
    "slice": _slice,
    "split": _split,
    "square": lambda graph, eqn, x: graph.op("Mul", x, x),
    "squeeze": _reshape,
    "transpose": lambda graph, eqn, x: graph.op("Transpose", x, perm=eqn.params["permutation"]),
}
"""(graph, equation, *its inputs) -> the names of what it computes."""
