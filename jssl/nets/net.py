"""`Net`: a network as two pure functions over plain pytrees, so that methods never see a framework's module."""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx

from jssl import parallel

PyTree = Any
_step_computes_in: ContextVar[Any] = ContextVar("step_computes_in", default=jnp.float32)


@contextmanager
def computing_in(dtype: Any) -> Iterator[None]:
    """What is traced within computes heads and decoders in this type, as their encoder has been built to.

    So no method has to hand its encoder's precision on, and none can forget to.
    """
    token = _step_computes_in.set(dtype)
    try:
        yield
    finally:
        _step_computes_in.reset(token)


def compute_type() -> Any:
    """The type that heads and decoders compute in now, see `computing_in`: float32 but in a step of another."""
    return _step_computes_in.get()


class Net(NamedTuple):
    """A network. Applied with `train=True` it must run inside the step, where the device axis is bound."""

    init: Callable
    """(key, example [n, ..., c]) -> (params, stats)."""
    apply: Callable
    """(params, stats, x [n, ..., c], *, key=None, train=False) -> (y, stats)."""
    tokens: Callable | None = None
    """As `apply`: y [n, tokens, d] before pooling: a transformer's tokens, the places of a convolutional map. Further
    inputs may be `keep` int [n, k], patches to look at alone; of words `segments` int [n, tokens], 0 or 1. A vision
    transformer takes `layers`, too: how many of its last blocks are read, side by side, [n, tokens, layers * d]."""
    attention: Callable | None = None
    """As `apply`, for transformers: y [n, heads, tokens, tokens], the weights of the last block."""
    patch: int | None = None
    """For transformers: side in pixels of what a token stands for."""
    layers: tuple[str, ...] = ()
    """Names in the paths of its parameters, from the input on, by which layers can have rates of their own."""
    parts: Mapping[str, "Net"] = {}
    """Of a `chain`, the nets by their names."""
    words: Callable | None = None
    """(params) -> [vocabulary, d], of encoders of words: what each token is embedded as, and may be told by."""
    pieces: Callable | None = None
    """(x) -> [n, rows, columns, ...], of a network that sees pieces of a picture, each alone: it takes these, too."""
    frames: Callable | None = None
    """(bool [n, samples]) -> bool [n, t], of encoders of waves: which of its tokens are made of sound alone, where
    these samples are."""
    causal: bool = False
    """Of encoders of words: whether none of its `tokens` has seen those that come after it."""
    tubelet: int | None = None
    """For transformers on clips: how many frames a token stands for."""
    class_token: bool = False
    """Whether the first of its `tokens` stands for the whole, and for no place in it."""


def from_nnx(
    build: Callable[[int, nnx.Rngs], nnx.Module],
    *,
    tokens: Callable | None = None,
    attention: Callable | None = None,
    patch: int | None = None,
    layers: Sequence[str] = (),
) -> Net:
    """A `Net` from `build(channels_in, rngs)`, whose module is called as `module(x, train=..., key=...)`.

    In training the new statistics are averaged over devices: a no-op for synchronised batch norm, and what
    keeps the state replicated for per-device and ghost batch norm.

    Args:
        tokens: the module's method behind `Net.tokens`, called as `tokens(module, x, train=..., key=..., keep=...)`.
        attention: the module's method behind `Net.attention`.
        patch: side of its patches in pixels.
        layers: see `Net.layers`.
    """

    @lru_cache
    def graph(channels: int, dtype: Any) -> nnx.GraphDef:
        del dtype  # `build` asks for it itself, by `compute_type`
        return nnx.split(nnx.eval_shape(lambda: build(channels, nnx.Rngs(0))), nnx.Param, ...)[0]

    def init(key: jax.Array, example: jax.Array) -> tuple[PyTree, PyTree]:
        _, params, stats = nnx.split(build(example.shape[-1], nnx.Rngs(key)), nnx.Param, ...)
        return nnx.to_pure_dict(params), nnx.to_pure_dict(stats)

    def pure(call: Callable) -> Callable:
        def apply(
            params: PyTree,
            stats: PyTree,
            x: jax.Array,
            *,
            key: jax.Array | None = None,
            train: bool = False,
            **inputs: Any,
        ) -> tuple[jax.Array, PyTree]:
            module = nnx.merge(graph(x.shape[-1], compute_type()), params, stats)
            y = call(module, x, train=train, key=key, **inputs)
            if train:
                _, _, moved = nnx.split(module, nnx.Param, ...)
                stats = parallel.pmean(nnx.to_pure_dict(moved))
            return y, stats

        return apply

    return Net(init, pure(operator.call), tokens and pure(tokens), attention and pure(attention), patch, tuple(layers))


def last_tokens(tokens: Callable, layers: int) -> Callable:
    """`Net.tokens` of so many of the last layers side by side.

    Raises:
        ValueError: when called, more than one of a network that gives the tokens of its last layer alone.
    """
    if layers == 1:
        return tokens

    def several(*args: Any, **kwargs: Any) -> tuple[jax.Array, PyTree]:
        try:
            return tokens(*args, layers=layers, **kwargs)
        except TypeError as error:
            if "layers" not in str(error):
                raise
            raise ValueError(f"layers={layers}: this network gives the tokens of its last layer alone") from error

    return several


def from_linen(module: Any, *, train_argument: str = "train") -> Net:
    """A `Net` from a user's own Linen module, called as `module(x, train=...)`.

    Args:
        module: a `flax.linen.Module`; its parameters, and any other collections as statistics.
        train_argument: the name of its boolean training argument; "" if it has none.
    """

    def flags(train: bool) -> dict[str, bool]:
        return {train_argument: train} if train_argument else {}

    def init(key: jax.Array, example: jax.Array) -> tuple[PyTree, PyTree]:
        variables = dict(module.init({"params": key}, example, **flags(False)))
        return variables.pop("params", {}), variables

    def apply(
        params: PyTree, stats: PyTree, x: jax.Array, *, key: jax.Array | None = None, train: bool = False
    ) -> tuple[jax.Array, PyTree]:
        variables = {"params": params, **stats}
        rngs = None if key is None else {"dropout": key}
        if not train:
            return module.apply(variables, x, rngs=rngs, **flags(False)), stats
        y, new = module.apply(variables, x, rngs=rngs, mutable=list(stats), **flags(True))
        return y, parallel.pmean(dict(new))

    return Net(init, apply)


def chain(**nets: Net) -> Net:
    """Nets applied one after the other, as in `chain(encoder=encoder, projector=mlp(...))`.

    Parameters and statistics are dicts by the given names, so that each part can be applied alone.
    """

    def init(key: jax.Array, example: jax.Array) -> tuple[PyTree, PyTree]:
        params, stats, shape = {}, {}, example
        for part_key, (name, net) in zip(jax.random.split(key, len(nets)), nets.items(), strict=True):
            params[name], stats[name] = net.init(part_key, shape)
            shape = jax.eval_shape(net.apply, params[name], stats[name], shape)[0]
        return params, stats

    def apply(
        params: PyTree, stats: PyTree, x: jax.Array, *, key: jax.Array | None = None, train: bool = False
    ) -> tuple[jax.Array, PyTree]:
        new = {}
        for i, (name, net) in enumerate(nets.items()):
            part_key = None if key is None else jax.random.fold_in(key, i)
            x, new[name] = net.apply(params[name], stats[name], x, key=part_key, train=train)
        return x, new

    return Net(init, apply, parts=nets)


def apply_each(
    net: Net, params: PyTree, stats: PyTree, views: Sequence[jax.Array], *, key: jax.Array | None = None
) -> tuple[list[jax.Array], PyTree]:
    """Train on one view after the other: batch norm sees one view of each picture, and its statistics move with each.

    Args:
        key: None where nothing is drawn, as for a teacher.

    Returns:
        The output for each view, and the statistics after the last.
    """
    outputs = []
    for i, view in enumerate(views):
        own = None if key is None else jax.random.fold_in(key, i)
        y, stats = net.apply(params, stats, view, key=own, train=True)
        outputs.append(y)
    return outputs, stats
