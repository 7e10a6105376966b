"""Digits seen and heard: a picture of MNIST with a recording of someone who says it."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jssl.data.prepare import prepared_builder
from jssl.data.records import open_records
from jssl.data.source import Labels, Source
from jssl.errors import DataError
from jssl.ranges import Natural, Positive

SEEN, HEARD = "mnist_5k", "spoken_digit"
SPLITS = ("train", "test")
FETCH = (
    "fetch the Free Spoken Digit Dataset (github.com/Jakobovski/free-spoken-digit-dataset, CC BY-SA 4.0) into a folder"
    " and run: python -m launch.prepare --data=seen_and_heard --manual_dir=FOLDER"
)


@dataclass(frozen=True)
class Pairs:
    """The `read` of pictures, each with a recording of the same class."""

    seen: Callable
    heard: Callable
    """The `read` of both."""
    labels: np.ndarray
    """Of the pictures."""
    choices: tuple[np.ndarray, ...]
    """For each class, the recordings there are."""
    place: np.ndarray
    """For each picture, how many of its class there are before it."""

    def __call__(self, rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:  # noqa: D102
        random = draws is not None and draws.dtype.kind == "u"
        recordings = self.chosen(rows, draws if random else None)
        if random:  # what chose the recording says no more about where it is cropped
            draws = draws // np.array([len(self.choices[label]) for label in self.labels[rows]], np.uint64)
        return {**self.seen(rows, draws), **self.heard(recordings, draws)}

    def chosen(self, rows: np.ndarray, draws: np.ndarray | None = None) -> np.ndarray:
        """Rows of the recordings: by `draws` any of the class; without, each picture has its own, taken in turns."""
        numbers = self.place[rows] if draws is None else draws
        choices = (self.choices[label] for label in self.labels[rows])
        return np.array([own[int(number) % len(own)] for number, own in zip(numbers, choices, strict=True)], np.int64)


def pair(name: str, seen: Source, heard: Source) -> Source:
    """Each example of one source with an example of the other of the same label.

    With `draws`, as in training, another one each time; without, always the same one. Both have the same classes under
    their first target.

    Returns:
        A source as long as the first, of the parts of both, with the first's targets and, of the recordings that go
        with its examples when there are no draws, the second's other ones.

    Raises:
        DataError: a class that nothing is heard of; other classes.
    """
    if seen.labels is None or heard.labels is None or seen.classes != heard.classes:
        raise DataError(f"{name}: {seen.name} and {heard.name} do not have the same classes")
    choices = tuple(np.flatnonzero(heard.labels == label) for label in range(len(seen.classes)))
    if empty := [seen.classes[label] for label in np.unique(seen.labels) if not len(choices[label])]:
        raise DataError(f"{name}: {heard.name} has no example of {', '.join(empty)}")
    place = np.zeros(seen.length, np.int64)
    for label in range(len(seen.classes)):
        own = seen.labels == label
        place[own] = np.arange(own.sum())
    read = Pairs(seen.read, heard.read, seen.labels, choices, place)
    fixed = read.chosen(np.arange(seen.length))
    (first, *others), targets = heard.targets, {}
    targets[first] = Labels(seen.labels, seen.classes)
    targets |= {key: heard.targets[key]._replace(labels=heard.targets[key].labels[fixed]) for key in others}
    return Source(
        name, seen.length, {**seen.spec, **heard.spec}, read, targets, in_memory=seen.in_memory and heard.in_memory,
        about={**seen.about, **heard.about},
    )  # fmt: skip


def open_seen_and_heard(
    split: str,
    size: int | None,
    data_dir: Path,
    manual_dir: str | os.PathLike | None,
    route: str,
    *,
    rate: Natural = 0,
    seconds: Positive = 1.0,
    speakers: str = "others",
) -> Source:
    """Open "train" or "test", or a part such as "train[:90%]"; arguments as in `open_source`.

    4,000 pictures and 1,000 others, recordings and others; a part of a split is that part of both. The target is
    "digit".

    Args:
        rate: Hz; 0 keeps the recordings' own, 8,000.
        seconds: of a clip.
        speakers: of the test split: "others", two who are not among the four heard in training; or "same", other
            recordings of the same six, by the authors' split. Then who speaks is a second target, "speaker".

    Raises:
        DataError: the recordings are not there, with the command that prepares them; another split or choice.
    """
    name = "seen_and_heard"
    base, bracket, rest = split.partition("[")
    if base not in SPLITS or speakers not in ("others", "same"):
        raise DataError(f'{name}: split={split!r} must be of train or test, speakers={speakers!r} "others" or "same"')
    options: dict[str, Any] = {"rate": rate, "seconds": seconds}
    seen = open_records(SEEN, split, size, data_dir, None, route)
    try:
        prepared_builder(HEARD, data_dir, manual_dir)
    except DataError as error:
        raise DataError(f"{name}: its recordings are not there: {FETCH}") from error
    own = f"{base}_speakers" if speakers == "others" else base
    heard = open_records(HEARD, f"{own}{bracket}{rest}", None, data_dir, manual_dir, route, **options)
    if speakers == "others":
        heard = heard._replace(targets={"digit": heard.targets["digit"]})
    return pair(name, seen, heard)
