"""`Source`: a data set of pictures as a length and a thread-safe read by index."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jssl.data.shuffle import permutation
from jssl.errors import DataError

RAM_LIMIT = 1 << 30
"""Bytes of decoded uint8 up to which the "auto" route keeps a data set in RAM."""


class Source(NamedTuple):
    """One split of a data set."""

    name: str
    length: int
    read: Callable[[np.ndarray], dict[str, np.ndarray]]
    """(indices int [n]) -> {"image": uint8 [n, h, w, c]}. Thread-safe, and picklable for worker processes."""
    labels: np.ndarray | None
    """int32 [length]; None when unlabelled, which is the normal case."""
    classes: tuple[str, ...]
    """Names of the labels 0, 1, ...; () when unlabelled."""
    shape: tuple[int, int, int]
    """(h, w, c) of every picture."""
    files: tuple[str, ...] = ()
    """For folders: the path of every example relative to the folder, after skipping."""
    skipped: tuple[tuple[str, str], ...] = ()
    """For folders: (file, reason) of what could not be read."""
    in_memory: bool = True
    """Whether `read` is a gather from RAM (False: each read decodes)."""


@dataclass(frozen=True)
class Gather:
    """The `read` of pictures held in RAM: uint8 [length, h, w, c]."""

    images: np.ndarray

    def __call__(self, indices: np.ndarray) -> dict[str, np.ndarray]:  # noqa: D102
        return {"image": self.images[indices]}


@dataclass(frozen=True)
class Part:
    """The `read` of some examples of another source."""

    source: Source
    indices: np.ndarray

    def __call__(self, indices: np.ndarray) -> dict[str, np.ndarray]:  # noqa: D102
        return self.source.read(self.indices[indices])


def part(source: Source, indices: np.ndarray) -> Source:
    """The examples of a source at `indices`, int [m], in that order and as often as they come there."""
    labels = None if source.labels is None else source.labels[indices]
    return source._replace(length=len(indices), read=Part(source, indices), labels=labels)


def in_memory(name: str, length: int, shape: tuple[int, int, int], route: str) -> bool:
    """Whether `route` ("auto", "ram" or "stream") keeps `length` pictures of `shape` (h, w, c) in RAM."""
    if route not in ("auto", "ram", "stream"):
        raise DataError(f'{name}: route={route!r} is none of "auto", "ram", "stream"')
    return route == "ram" or (route == "auto" and length * int(np.prod(shape)) <= RAM_LIMIT)


def default_data_dir(data_dir: str | os.PathLike | None = None) -> Path:
    """Where prepared data sets lie: the argument, else $JSSL_DATA, else ~/.cache/jssl."""
    return Path(data_dir or os.environ.get("JSSL_DATA") or "~/.cache/jssl").expanduser()


def parse_split(name: str, split: str) -> tuple[str, Callable[[int], np.ndarray]]:
    """Take "train[:90%]" apart into "train" and (length -> sorted indices of that part).

    A part is one of a fixed shuffle, since folders and arrays often lie sorted by class. "train[:90%]" and
    "train[90%:]" are disjoint and complete.

    Raises:
        DataError: a split that is not written like this, or (when called) a part without examples.
    """
    match = re.fullmatch(r"(\w+)(?:\[(-?\d+%?)?:(-?\d+%?)?\])?", split)
    if not match:
        raise DataError(f"{name}: split={split!r} is not understood; write it as train, train[:90%] or train[1000:]")
    base, start, stop = match.groups()

    def part(length: int) -> np.ndarray:
        chosen = permutation(length, 0)[_bound(start, 0, length) : _bound(stop, length, length)]
        if not len(chosen):
            raise DataError(f"{name}: split={split!r} holds none of the {length} examples")
        return np.sort(chosen)

    return base, part


def _bound(text: str | None, default: int, length: int) -> int:
    if text is None:
        return default
    bound = round(int(text[:-1]) * length / 100) if text.endswith("%") else int(text)
    return bound + length if bound < 0 else bound
