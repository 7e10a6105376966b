"""`Source`: a data set as a length, what an example is, and a thread-safe read by index."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import jax
import numpy as np

from jssl.data.shuffle import permutation
from jssl.errors import DataError

RAM_LIMIT = 1 << 30
"""Bytes of decoded examples up to which the "auto" route keeps a data set in RAM."""
NOTHING: Mapping[str, Any] = MappingProxyType({})

Spec = dict[str, jax.ShapeDtypeStruct]
"""Shape and type of each named part of ONE example."""


class Labels(NamedTuple):
    """One way to tell the examples of a data set apart."""

    labels: np.ndarray
    """int32 [length]; of soft pseudo-labels float32 [length, classes]."""
    classes: tuple[str, ...]
    """Names of the labels 0, 1, ..."""


class Source(NamedTuple):
    """One split of a data set."""

    name: str
    length: int
    spec: Spec
    """What `read` returns of an example: {"image": uint8 [h, w, c]}, {"sound": float32 [samples]}, ..."""
    read: Callable[..., dict[str, np.ndarray]]
    """(rows int [n], draws [n] | None) -> {name: [n, ...]}, all that `spec` names. `draws` say where to crop what is
    too long or too large to carry whole: random words uint64, or shares of the way float64 in [0, 1], see `drawn`; None
    takes the middle. Thread-safe, and picklable for worker processes."""
    targets: Mapping[str, Labels] = NOTHING
    """Named labels: "digit" and "speaker" of one sound; the first is the default. Empty when unlabelled, which is the
    normal case."""
    files: tuple[str, ...] = ()
    """For folders: the path of every example relative to the folder, after skipping."""
    skipped: tuple[tuple[str, str], ...] = ()
    """For folders: (file, reason) of what could not be read."""
    in_memory: bool = True
    """Whether `read` is a gather from RAM (False: each read decodes)."""
    about: Mapping[str, Any] = NOTHING
    """Plain values that encoders and methods may ask for by their name as a keyword: "vocabulary", "rate", ..."""
    assets: Mapping[str, str] = NOTHING
    """Files that a run keeps beside its checkpoints, name -> text: a tokenizer."""

    @property
    def labels(self) -> np.ndarray | None:
        """Of the default target; None when unlabelled."""
        return next((target.labels for target in self.targets.values()), None)

    @property
    def classes(self) -> tuple[str, ...]:
        """Of the default target; () when unlabelled."""
        return next((target.classes for target in self.targets.values()), ())


def drawn(draw: int | float, count: int) -> int:
    """Which of `count` places a draw says: a random word any; a share of the way 0.0 the first, 1.0 the last."""
    return int(draw * (count - 1)) if isinstance(draw, float) else draw % count


def labelled(labels: np.ndarray | None, classes: tuple[str, ...], name: str = "label") -> Mapping[str, Labels]:
    """`Source.targets` with one target, or without any when `labels` is None."""
    return NOTHING if labels is None else {name: Labels(labels, classes)}


def with_target(source: Source, name: str) -> Source:
    """The source with one of its targets as the default, the others after it; "" leaves it as it is.

    Raises:
        DataError: no such target, naming those there are.
    """
    if not name or not source.targets:
        return source
    if name not in source.targets:
        raise DataError(f"{source.name} has no target {name!r}; it has {', '.join(source.targets)}")
    return source._replace(targets={name: source.targets[name], **source.targets})


@dataclass(frozen=True)
class Gather:
    """The `read` of examples held in RAM: {name: [length, ...]}."""

    arrays: dict[str, np.ndarray]

    def __call__(self, rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:  # noqa: D102
        del draws
        return {name: array[rows] for name, array in self.arrays.items()}


def from_arrays(name: str, targets: Mapping[str, Labels] = NOTHING, **arrays: np.ndarray) -> Source:
    """A source of arrays in RAM, [length, ...] each."""
    spec = {key: jax.ShapeDtypeStruct(array.shape[1:], array.dtype) for key, array in arrays.items()}
    return Source(name, len(next(iter(arrays.values()))), spec, Gather(arrays), targets)


@dataclass(frozen=True)
class Part:
    """The `read` of some examples of another source."""

    source: Source
    indices: np.ndarray

    def __call__(self, rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:  # noqa: D102
        return self.source.read(self.indices[rows], draws)


def part(source: Source, indices: np.ndarray) -> Source:
    """The examples of a source at `indices`, int [m], in that order and as often as they come there."""
    targets = {name: target._replace(labels=target.labels[indices]) for name, target in source.targets.items()}
    files = tuple(source.files[i] for i in indices) if source.files else ()
    return source._replace(length=len(indices), read=Part(source, indices), targets=targets, files=files)


def some(source: Source, most: int) -> Source:
    """At most so many of a source's examples, in their order: the same random ones each time."""
    if source.length <= most:
        return source
    return part(source, np.sort(np.random.default_rng(0).permutation(source.length)[:most]))


class Facts(NamedTuple):
    """What a run is built from besides its config, and keeps in `data.json`: a data set without its examples."""

    examples: int
    spec: Spec
    classes: tuple[str, ...] = ()
    about: Mapping[str, Any] = NOTHING
    assets: Mapping[str, str] = NOTHING


def facts(source: Source) -> Facts:
    """The facts of a source."""
    return Facts(source.length, source.spec, source.classes, source.about, source.assets)


def picture_spec(height: int, width: int, channels: int) -> Spec:
    """The spec of pictures, uint8 [height, width, channels]."""
    return {"image": jax.ShapeDtypeStruct((height, width, channels), np.uint8)}


def in_memory(name: str, length: int, spec: Spec, route: str) -> bool:
    """Whether `route` ("auto", "ram" or "stream") keeps `length` examples in RAM."""
    if route not in ("auto", "ram", "stream"):
        raise DataError(f'{name}: route={route!r} is none of "auto", "ram", "stream"')
    size = sum(int(np.prod(x.shape)) * np.dtype(x.dtype).itemsize for x in spec.values())
    return route == "ram" or (route == "auto" and length * size <= RAM_LIMIT)


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
