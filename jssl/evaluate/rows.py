"""Features on devices: rows spread over all of them, and read a chunk at a time."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import multihost_utils

from jssl.features import Split
from jssl.parallel import Layout, PyTree, make_layout

AT_A_TIME = 2**22
"""Numbers that a device makes of some rows before it looks at the next: memory does not grow with the rows."""

FEW = 2**24
"""Numbers that one device is done with before several have agreed."""


def worthwhile(layout: Layout | None, features: np.ndarray | Split) -> Layout:
    """The layout that features [n, d] are spread over: the given one, or one device for few rows of one process."""
    if layout is None or (jax.process_count() == 1 and features.shape[0] * features.shape[1] < FEW):
        return make_layout(devices=jax.local_devices()[:1])
    return layout


def spread(layout: Layout, features: np.ndarray | Split, columns: Sequence[np.ndarray]) -> tuple[jax.Array, ...]:
    """Rows of features over the devices of a layout, and with them what is known of each row.

    Args:
        features: float [n, d]; of an array that every process has, each takes a share.
        columns: int [n] each, which every process has.

    Returns:
        float32 [padded, d] and int32 [padded] each, -1 in rows that were added.
    """
    processes = sorted({device.process_index for device in layout.mesh.devices.flat})
    if not isinstance(features, Split):
        share = -(-len(features) // len(processes))
        start = processes.index(jax.process_index()) * share
        features = Split.share(features, start, share)
    values, rows = features.own, features.rows
    devices, most = layout.mesh.size // len(processes), len(rows)
    if len(processes) > 1:
        most = int(np.max(multihost_utils.process_allgather(np.array(most))))
    missing = -(-max(most, 1) // devices) * devices - len(rows)
    if missing:
        values = np.concatenate([values, np.zeros((missing, values.shape[1]), np.float32)])
    known = [np.append(np.asarray(column)[rows], np.full(missing, -1)).astype(np.int32) for column in columns]
    return tuple(jax.make_array_from_process_local_data(layout.rows, x) for x in (values.astype(np.float32), *known))


def over_chunks(add: Callable[..., PyTree], start: PyTree, arrays: Sequence[jax.Array], width: int) -> PyTree:
    """Fold the rows of arrays of one length, a chunk at a time; per device.

    Args:
        add: (sums, new [c], *chunk of each array) -> sums. The last chunk overlaps the one before it: `new` tells
            the rows that come for the first time.
        start: the sums at first.
        width: how many numbers are made of each row.
    """
    n = len(arrays[0])
    count = -(-n // max(AT_A_TIME // width, 1))
    if count == 1:
        return add(start, jnp.ones(n, bool), *arrays)
    size = -(-n // count)

    def step(sums: PyTree, begin: jax.Array) -> tuple[PyTree, None]:
        first = jnp.minimum(begin, n - size)
        parts = [jax.lax.dynamic_slice_in_dim(x, first, size) for x in arrays]
        return add(sums, first + jnp.arange(size) >= begin, *parts), None

    return jax.lax.scan(step, start, size * jnp.arange(count))[0]
