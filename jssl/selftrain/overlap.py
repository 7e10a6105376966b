"""Examples that two data sets share, by their content."""

import hashlib

import numpy as np

from jssl.data.source import Source

BATCH = 1024


def overlap(pool: Source, test: Source) -> list[int]:
    """Positions in `test` of the examples that are, bit for bit, in `pool` too."""
    known = set(_digests(pool))
    return [position for position, digest in enumerate(_digests(test)) if digest in known]


def _digests(source: Source) -> list[bytes]:
    found = []
    for start in range(0, source.length, BATCH):
        read = source.read(np.arange(start, min(start + BATCH, source.length)))
        for parts in zip(*(read[name] for name in source.spec), strict=True):
            found.append(hashlib.blake2b(b"".join(part.tobytes() for part in parts), digest_size=16).digest())
    return found
