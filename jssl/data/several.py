"""One example seen several times: clips at even distances in place of the one in the middle."""

from collections.abc import Callable
from functools import partial

import numpy as np

from jssl.data.source import Source


def clips_of(source: Source, count: int) -> list[Source]:
    """The source `count` times: of what is too long to carry whole, the first has clips from the start, the last from
    the end, the others from even distances between; one has those from the middle, as the source itself.

    Videos are tested on the mean over such clips (Wang et al., Non-local Neural Networks, arXiv:1711.07971: ten).
    """
    if count == 1:
        return [source]
    return [source._replace(read=partial(_read_at, source.read, i / (count - 1))) for i in range(count)]


def _read_at(
    read: Callable[..., dict[str, np.ndarray]], share: float, rows: np.ndarray, draws: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    return read(rows, np.full(len(rows), share) if draws is None else draws)
