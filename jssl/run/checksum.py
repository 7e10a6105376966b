"""Checksums of what a checkpoint holds: a disk that gives back other bits than it was given is found out."""

import zlib
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

PyTree = Any
Sums = dict[str, dict[str, int]]
"""The path of an array -> for each part of it that lies by itself, as "0:8,0:128", the CRC-32 of its bytes."""


def checksums(tree: PyTree) -> Sums:
    """The checksums of all arrays of a tree, of those that other processes hold, too; all processes call it."""
    leaves = {path: _data(leaf) for path, leaf in named(tree).items()}
    parts = {path: _parts(leaf) for path, leaf in leaves.items()}
    sums = [_sums(leaf, parts[path]) for path, leaf in leaves.items()]
    known = np.array([each for of_leaf in sums for each in of_leaf], np.uint32)
    if jax.process_count() > 1:
        from jax.experimental.multihost_utils import process_allgather

        known = np.asarray(process_allgather(known)).max(0)  # 0 is said of what a process does not hold
    left = iter(known.tolist())
    return {path: {part: next(left) for part in of_leaf} for path, of_leaf in parts.items()}


def damaged(tree: PyTree, sums: Mapping[str, Mapping[str, int]]) -> list[str]:
    """The paths of arrays that are not what they were when `checksums` saw them, on whatever devices they lie now.

    What this process holds only in other parts than then is left to others. A path that `sums` lacks is not looked at.
    """
    wrong = []
    for path, leaf in named(tree).items():
        leaf, known = _data(leaf), dict(sums.get(path, {}))
        if known and list(_sums(leaf, known, others=known)) != list(known.values()):
            wrong.append(path)
    return wrong


def named(tree: PyTree) -> dict[str, Any]:
    """The leaves of a tree by their paths, with dots between the keys."""
    return {
        ".".join(str(getattr(part, "key", getattr(part, "name", getattr(part, "idx", part)))) for part in path): leaf
        for path, leaf in jax.tree.leaves_with_path(tree)
    }


def _data(leaf: Any) -> jax.Array:
    return jax.random.key_data(leaf) if jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key) else leaf


def _parts(leaf: jax.Array) -> list[str]:
    """What parts an array lies in, over all processes, each once and in the same order everywhere."""
    places = leaf.sharding.devices_indices_map(leaf.shape).values()
    return list(dict.fromkeys(_written(place, leaf.shape) for place in places))


def _sums(leaf: jax.Array, parts: Any, others: Mapping[str, int] | None = None) -> list[int]:
    """The checksum of each part; of one that this process does not hold, 0 or what `others` say of it."""
    if leaf.is_fully_addressable:
        whole = np.asarray(leaf)
        return [_crc(whole[_read(part)]) for part in parts]
    here = {_written(shard.index, leaf.shape): shard for shard in leaf.addressable_shards}
    return [_crc(np.asarray(here[part].data)) if part in here else (others or {}).get(part, 0) for part in parts]


def _crc(array: np.ndarray) -> int:
    return zlib.crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


def _written(place: tuple[slice, ...], shape: tuple[int, ...]) -> str:
    return ",".join("{}:{}".format(*part.indices(n)[:2]) for part, n in zip(place, shape, strict=True))


def _read(part: str) -> tuple[slice, ...]:
    return tuple(slice(*map(int, axis.split(":"))) for axis in part.split(",") if axis)
