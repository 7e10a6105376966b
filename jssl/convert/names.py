"""What a library calls each array of a network of ours, and how it lays it out; every array is accounted for."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from jssl.convert.files import Tensors
from jssl.errors import CheckpointError

PyTree = Any
LISTED = 12
"""Names of a refusal; of more, the number."""


class Layout(NamedTuple):
    """One array in their order of axes and in ours."""

    ours: Callable[[np.ndarray], np.ndarray]
    """(theirs) -> ours."""
    theirs: Callable[[np.ndarray], np.ndarray]
    """Its inverse, to the bit."""


SAME = Layout(lambda x: x, lambda x: x)
LINEAR = Layout(lambda x: x.T, lambda x: x.T)
CONV = Layout(lambda x: x.transpose(2, 3, 1, 0), lambda x: x.transpose(3, 2, 0, 1))
ROW = Layout(lambda x: x.reshape(x.shape[-1]), lambda x: x.reshape(1, 1, -1))
"""A token's [1, 1, d]."""
ROWS = Layout(lambda x: x.reshape(x.shape[-2:]), lambda x: x[None])
"""A table's [1, n, d]."""


def patches(patch: int) -> Layout:
    """A convolution [d, c, patch, patch] that does not overlap, as a matrix [patch * patch * c, d]."""
    return Layout(
        lambda x: x.transpose(2, 3, 1, 0).reshape(-1, x.shape[0]),
        lambda x: x.reshape(patch, patch, -1, x.shape[-1]).transpose(3, 2, 0, 1),
    )


class Place(NamedTuple):
    """Where an array of ours is found there: one, or several that stand side by side on our last axis."""

    names: tuple[str, ...]
    """"" is one that they have not, which is 0."""
    layout: Layout = SAME
    shares: tuple[int, ...] = ()
    """Of the axis that each has; by default equal ones."""


def norm(ours: str, theirs: str) -> dict[str, Place]:
    """A layer norm."""
    return {f"{ours}/scale": Place((f"{theirs}.weight",)), f"{ours}/bias": Place((f"{theirs}.bias",))}


def dense(ours: str, *theirs: str) -> dict[str, Place]:
    """A linear layer, or several side by side."""
    return {
        f"{ours}/kernel": Place(tuple(f"{name}.weight" for name in theirs), LINEAR),
        f"{ours}/bias": Place(tuple(f"{name}.bias" for name in theirs)),
    }


class Names(NamedTuple):
    """A library's names of one network of ours."""

    outer: Mapping[str, Place]
    """By our path of what is no part of a block."""
    block: Mapping[str, Place]
    """By our path in a block."""
    prefix: Callable[[str], str]
    """(our name of a block) -> what their names begin with."""
    left_out: Sequence[str] = ()
    """Patterns of names of what an encoder has not: heads, counters."""
    fixed: Mapping[str, np.ndarray] = {}
    """What they store and we compute: positions of sines. Theirs must be the same."""
    counters: bool = False
    """Whether each "running_mean" has a "num_batches_tracked" beside it."""

    def place(self, path: str) -> Place:
        """Of an array of ours by its path, as in "blocks/block3/qkv/kernel".

        Raises:
            CheckpointError: they have nothing for it.
        """
        block, rest = re.fullmatch(r"(?:(?:.*/)?blocks/(\w+)/)?(.*)", path).groups()
        table, prefix = (self.block, self.prefix(block)) if block else (self.outer, "")
        if rest not in table:
            raise CheckpointError(f"the encoder's {path} has no name there: they have no such network")
        place = table[rest]
        return place._replace(names=tuple(name and prefix + name for name in place.names))


class Taken(NamedTuple):
    """Weights of theirs as ours."""

    params: PyTree
    stats: PyTree
    left_out: tuple[str, ...]
    """Names of what was there and an encoder has not."""


def take(names: Names, tensors: Tensors, params: PyTree, stats: PyTree, origin: str) -> Taken:
    """Their arrays as the parameters and statistics of our network, in float32.

    Args:
        params, stats: ours, or their shapes alone.
        origin: of the weights, for refusals.

    Raises:
        CheckpointError: arrays of ours that they have not, arrays of theirs that we have not, other shapes; all named.
    """
    used: set[str] = set()
    wrong: list[str] = []

    def leaf(path: Any, ours: Any) -> np.ndarray | None:
        path = _path(path)
        place = names.place(path)
        there = [name for name in place.names if name]
        used.update(there)
        used.update(_counter(name) for name in there if names.counters)
        if missing := [name for name in there if name not in tensors]:
            wrong.extend(f"{name} is missing" for name in missing)
            return None
        try:
            parts = {name: place.layout.ours(tensors[name]) for name in there}
            zeros = np.zeros((*ours.shape[:-1], ours.shape[-1] // len(place.names)), np.float32)
            whole = np.concatenate([parts.get(name, zeros) for name in place.names], axis=-1)
        except ValueError:
            whole = None
        if whole is None or whole.shape != tuple(ours.shape):
            found = ", ".join(f"{name} {list(tensors[name].shape)}" for name in there)
            wrong.append(f"{found} does not fit the encoder's {path} {list(ours.shape)}")
            return None
        return np.ascontiguousarray(whole, np.float32)

    new_params, new_stats = (jax.tree_util.tree_map_with_path(leaf, tree) for tree in (params, stats))
    for name, value in names.fixed.items():
        if name in tensors:
            used.add(name)
            theirs = tensors[name].astype(np.float32)
            if theirs.shape != value.shape or not np.allclose(theirs, value, atol=1e-4):
                wrong.append(f"{name} is not what the encoder computes: give config.encoder positions='learned'")
    rest = sorted(name for name in tensors if name not in used and tensors[name].size)
    left_out = tuple(name for name in rest if any(re.fullmatch(pattern, name) for pattern in names.left_out))
    wrong += [
        f"{name} {list(tensors[name].shape)} is nothing of the encoder's" for name in rest if name not in left_out
    ]
    if wrong:
        more = f" and {len(wrong) - LISTED} more" if len(wrong) > LISTED else ""
        raise CheckpointError(f"{origin} does not fit: {'; '.join(wrong[:LISTED])}{more}")
    return Taken(new_params, new_stats, left_out)


def give(names: Names, params: PyTree, stats: PyTree) -> Tensors:
    """Our parameters and statistics under their names, as `take` reads them: the same bits.

    Raises:
        CheckpointError: what they have not.
    """
    tensors: Tensors = {}
    for path, ours in [pair for tree in (params, stats) for pair in jax.tree_util.tree_leaves_with_path(tree)]:
        place = names.place(_path(path))
        shares = np.cumsum(place.shares or (1,) * len(place.names))
        parts = np.split(np.asarray(ours), shares[:-1] * ours.shape[-1] // shares[-1], axis=-1)
        for name, part in zip(place.names, parts, strict=True):
            if name:
                tensors[name] = place.layout.theirs(part)
            elif part.any():
                raise CheckpointError(f"the encoder's {_path(path)} was trained, and they have nothing like it")
            if names.counters and name.endswith("running_mean"):
                tensors[_counter(name)] = np.zeros((), np.int64)
    return tensors | dict(names.fixed)


def _counter(name: str) -> str:
    """Of a norm's running mean: how many batches it is of, which no evaluation reads."""
    return name.replace("running_mean", "num_batches_tracked")


def _path(path: Any) -> str:
    return jax.tree_util.keystr(path, simple=True, separator="/")
