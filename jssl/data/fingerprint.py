"""What tells whether a data set is still the one that a run began with."""

import json
import zlib
from collections.abc import Iterator

import numpy as np

from jssl.data.source import Source

SAMPLED = 16
"""Examples that are read of a data set that is not in memory, spread over its length."""
AT_ONCE = 1024


def fingerprint(source: Source) -> dict[str, int]:
    """Checksums of a data set's examples, of its labels with the names of their classes, and of its files' names.

    What is in memory is read whole; of what is decoded at each read, a few examples are, so that a single file's other
    content may go unseen, and other pictures under the same names do not.
    """
    rows = np.arange(source.length)
    if not source.in_memory:
        rows = np.unique(np.linspace(0, source.length - 1, SAMPLED).astype(int))
    labels = [[name, list(target.classes), _sum([target.labels])] for name, target in source.targets.items()]
    return {
        "examples": _sum(_arrays(source, rows)),
        "labels": zlib.crc32(json.dumps(labels).encode()),
        "files": zlib.crc32("\0".join(source.files).encode("utf-8", "surrogateescape")),
    }


def _arrays(source: Source, rows: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(rows), AT_ONCE):
        read = source.read(rows[start : start + AT_ONCE])
        yield from (read[name] for name in sorted(read))


def _sum(arrays: Iterator[np.ndarray] | list[np.ndarray]) -> int:
    found = 0
    for array in arrays:
        found = zlib.crc32(np.ascontiguousarray(array).view(np.uint8).reshape(-1), found)
    return found
