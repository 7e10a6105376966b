"""Features of a whole data set, in batches of one shape, over all devices."""

from collections.abc import Callable
from functools import partial

import jax
import numpy as np
from jax.experimental import multihost_utils

from jssl.data.loader import eval_batches
from jssl.data.prefetch import prefetch
from jssl.data.source import Source
from jssl.parallel import Layout


def extract(
    embed: Callable[[dict[str, jax.Array]], jax.Array],
    source: Source,
    *,
    batch_size: int = 512,
    layout: Layout | None = None,
) -> np.ndarray:
    """Embed every example of `source`.

    The last batch is padded, so `embed` compiles once; a source below `batch_size` takes the next power of two, so
    that there are few shapes. If the layout spans several processes, each reads its share and all get all features.

    Args:
        embed: (batch of all that `source.spec` names) -> features [b, d], compiled. A `functools.partial` of one jitted
            function over parameters compiles once for all of them; a closure would compile for each.
        batch_size: over all devices; rounded up to a multiple of them.
        layout: spreads batches over its devices; None takes the default device.

    Returns:
        float32 [source.length, d], in the source's order.

    Raises:
        ValueError: an empty source.
    """
    if not source.length:
        raise ValueError(f"{source.name}: no examples to embed")
    devices = layout.mesh.size if layout else 1
    size = min(batch_size, 1 << (source.length - 1).bit_length())
    size = -(-size // devices) * devices

    put, place = _spread(layout, tuple(source.spec))
    features: list[np.ndarray] = []
    running = None
    # The next batches are read and moved while one computes; one, and no more: unbounded dispatch exhausts memory.
    with prefetch(eval_batches(source, size, **place), put) as batches:
        for batch in batches:
            ahead, running = running, embed(batch)
            if ahead is not None:
                features.append(_fetch(ahead))
    features.append(_fetch(running))
    return np.concatenate(features)[: source.length]


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
