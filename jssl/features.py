"""Features of a whole data set, in batches of one shape, over all devices."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils

from jssl.data.loader import eval_batches
from jssl.data.prefetch import prefetch
from jssl.data.several import clips_of
from jssl.data.source import Source
from jssl.parallel import Layout

BATCH, VALUES = 256, 40_000_000
"""Examples of a batch at most, and values of all of them on a device: 256 pictures of 224 pixels."""


@dataclass(frozen=True)
class Split:
    """Features of which every process has rows of its own, those that it computed. Takes indices as an array does."""

    own: np.ndarray
    """float32 [k, d]."""
    rows: np.ndarray
    """Which rows these are, int [k], rising."""
    length: int
    """Rows that all processes have together."""

    @property
    def shape(self) -> tuple[int, int]:
        """Of all processes' rows."""
        return self.length, self.own.shape[1]

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, chosen: np.ndarray) -> "Split":
        place = np.full(self.length, -1)
        place[chosen] = np.arange(len(chosen))
        there = np.flatnonzero(place[self.rows] >= 0)
        there = there[np.argsort(place[self.rows][there])]
        return Split(self.own[there], place[self.rows][there], len(chosen))

    @classmethod
    def share(cls, features: np.ndarray, start: int, count: int) -> "Split":
        """So many rows of an array that every process has."""
        own = features[start : start + count]
        return cls(own, start + np.arange(len(own)), len(features))

    def gather(self) -> np.ndarray:
        """All rows, on every process; all of them must ask."""
        if jax.process_count() == 1:
            return self.own
        everyone = multihost_utils.process_allgather(np.array(len(self.rows)))
        missing = int(everyone.max()) - len(self.rows)
        own = np.concatenate([self.own, np.zeros((missing, self.own.shape[1]), np.float32)])
        own, rows = multihost_utils.process_allgather((own, np.append(self.rows, np.full(missing, self.length))))
        whole = np.empty((self.length + 1, self.own.shape[1]), np.float32)
        whole[rows.reshape(-1)] = own.reshape(-1, own.shape[-1])
        return whole[:-1]


def mean_over_clips(features: Callable[[Source], Any], source: Source, clips: int) -> Any:
    """The mean of features over so many clips of each example, as `features` gives them: an array, or a `Split`.

    Args:
        clips: see `jssl.data.several.clips_of`.
    """
    first, *others = (features(each) for each in clips_of(source, clips))
    if not others:
        return first
    if isinstance(first, Split):
        return replace(first, own=sum((each.own for each in others), start=first.own) / clips)
    return sum(others, start=first) / clips


def extract(
    embed: Callable[[dict[str, jax.Array]], jax.Array],
    source: Source,
    *,
    batch_size: int | None = None,
    layout: Layout | None = None,
    split: bool = False,
) -> np.ndarray | Split:
    """Embed every example of `source`.

    The last batch is padded, so `embed` compiles once; a source below `batch_size` takes the next power of two, so
    that there are few shapes. If the layout spans several processes, each reads its share.

    Args:
        embed: (batch of all that `source.spec` names) -> features [b, d], compiled. A `functools.partial` of one jitted
            function over parameters compiles once for all of them; a closure would compile for each.
        batch_size: over all devices, rounded up to a multiple of them; by default `BATCH`, and fewer of large examples.
        layout: spreads batches over its devices; None takes the default device.
        split: every process keeps the features that it computed, and no more.

    Returns:
        float32 [source.length, d], in the source's order.

    Raises:
        ValueError: an empty source.
    """
    if not source.length:
        raise ValueError(f"{source.name}: no examples to embed")
    devices = layout.mesh.size if layout else 1
    size = min(batch_size or _fitting(source, devices), 1 << (source.length - 1).bit_length())
    size = -(-size // devices) * devices

    put, place = _spread(layout, tuple(source.spec))
    fetch = partial(_own, layout) if split and layout else _fetch
    features: list[np.ndarray] = []
    running = None
    # The next batches are read and moved while one computes; one, and no more: unbounded dispatch exhausts memory.
    with prefetch(eval_batches(source, size, **place), put) as batches:
        for batch in batches:
            ahead, running = running, embed(batch)
            if ahead is not None:
                features.append(fetch(ahead))
    features.append(fetch(running))
    whole = np.concatenate(features)
    if not split:
        return whole[: source.length]
    share = size // place.get("process_count", 1)
    first = place.get("process_index", 0) * share
    rows = (size * np.arange(len(features))[:, None] + first + np.arange(share)[None]).reshape(-1)
    return Split(whole[rows < source.length], rows[rows < source.length], source.length)


def _fitting(source: Source, devices: int) -> int:
    """A power of two: `BATCH`, or as many as have `VALUES` on each device, but one at least."""
    each = sum(math.prod(array.shape) for array in source.spec.values())
    return min(BATCH, 1 << max(devices * VALUES // max(each, 1), 1).bit_length() - 1)


def _spread(layout: Layout | None, names: tuple[str, ...]) -> tuple[Callable, dict[str, int]]:
    """What moves these arrays of a batch to the devices, and which share of it is read here."""
    if layout is None:
        return lambda batch: jax.device_put({name: batch[name] for name in names}), {}
    processes = _processes(layout)
    move = partial(jax.make_array_from_process_local_data, layout.batch_sharding)
    place = {"process_index": processes.index(jax.process_index()), "process_count": len(processes)}
    return lambda batch: {name: move(batch[name]) for name in names}, place


def _processes(layout: Layout) -> list[int]:
    return sorted({device.process_index for device in layout.mesh.devices.flat})


def _fetch(features: jax.Array) -> np.ndarray:
    if not features.is_fully_addressable:
        features = multihost_utils.process_allgather(features, tiled=True)
    return np.asarray(features, np.float32)


def _own(layout: Layout, features: jax.Array) -> np.ndarray:
    features = jax.jit(lambda x: x, out_shardings=layout.batch_sharding)(features)
    shards = sorted(features.addressable_shards, key=lambda shard: shard.index[0].start or 0)
    return np.concatenate([np.asarray(shard.data, np.float32) for shard in shards])
