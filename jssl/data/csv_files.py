"""A user's own numbers: a folder of .csv files, a series each; or one .csv file, a table.

Cells are parted by commas, semicolons or tabs. A first row in which any cell is neither empty nor a number names the
columns. An empty cell, or one that says NaN, was not measured.
"""

import csv
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np

from jssl.data.listing import list_folder
from jssl.data.measurements import about
from jssl.data.source import Labels, Source, drawn, from_arrays, labelled, parse_split, part
from jssl.errors import DataError
from jssl.ranges import Count

log = logging.getLogger(__name__)

DELIMITERS = ",;\t"


class Cells(NamedTuple):
    """What stands in a file."""

    names: tuple[str, ...]
    """Of the columns; () where the first row has none."""
    rows: list[list[str]]
    """As many cells each."""


def read_cells(path: Path) -> Cells:
    """The cells of a file.

    Raises:
        ValueError: not UTF-8, nothing in it, rows of different lengths, columns of one name.
        OSError: not to be read.
    """
    text = path.read_text(encoding="utf-8-sig")
    first = text.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    rows = [row for row in csv.reader(text.splitlines(), delimiter=delimiter) if any(cell.strip() for cell in row)]
    names = tuple(cell.strip() for cell in rows.pop(0)) if rows and number_of(rows[0]) is None else ()
    if not rows:
        raise ValueError("no row of numbers in it")
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise ValueError(f"several columns are called {twice[0]!r}")
    width = len(names or rows[0])
    for i, row in enumerate(rows, 1):
        if len(row) != width:
            raise ValueError(f"row {i} has {len(row)} cells, and the first {width}")
    return Cells(names, rows)


def number_of(cells: Sequence[str]) -> np.ndarray | None:
    """Cells as float32, NaN where one is empty; None where any is no finite number."""
    try:
        found = np.array([cell.strip() or "nan" for cell in cells], np.float64).astype(np.float32)
    except ValueError:
        return None
    return None if np.isinf(found).any() else found


@dataclass(frozen=True)
class Windows:
    """The `read` of windows of recordings that lie in RAM."""

    recordings: tuple[np.ndarray, ...]
    """float32 [any, c]"""
    steps: int

    def __call__(self, rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:  # noqa: D102
        out = np.full((len(rows), self.steps, self.recordings[0].shape[1]), np.nan, np.float32)
        words = [None] * len(rows) if draws is None else draws.tolist()
        for target, row, word in zip(out, rows.tolist(), words, strict=True):
            recording = self.recordings[row]
            free = max(len(recording) - self.steps, 0)
            start = free // 2 if word is None else drawn(word, free + 1)
            cut = recording[start : start + self.steps]
            target[: len(cut)] = cut
        return {"series": out}


def open_series(path: str, split: str, size: int | None, route: str, *, steps: Count = 128) -> Source:
    """Open a folder of .csv files, each a recording with a row a moment; the first arguments as in `open_source`.

    Splits and labels are those of `list_folder`. An example is a window of `steps` rows, at a place drawn anew in each
    pass, or the middle; after a shorter recording nothing is measured. Files that are no numbers, or have other columns
    than most, are left out and named.

    Args:
        steps: rows of a window.

    Raises:
        DataError: as `list_folder`; no file that can be read.
    """
    del size, route  # of pictures; all lies in RAM
    name = f"series:{path}"
    listing = list_folder(name, path, split, (".csv", ".tsv"), "series")
    found = [_recording(listing.root / file) for file in listing.files]
    widths = Counter(x.shape[1] for x in found if not isinstance(x, str))
    usual = max(widths, key=lambda width: (widths[width], width), default=0)
    reasons = [
        x if isinstance(x, str) else None if x.shape[1] == usual else f"{x.shape[1]} columns, and most have {usual}"
        for x in found
    ]
    listing, skipped = listing.readable(reasons, "series")
    recordings = tuple(x for x, why in zip(found, reasons, strict=True) if why is None)
    spec = {"series": jax.ShapeDtypeStruct((steps, usual), np.float32)}
    return Source(
        name, len(recordings), spec, Windows(recordings, steps), labelled(listing.labels, listing.classes),
        listing.files, skipped, about=about("series", np.concatenate(recordings)),
    )  # fmt: skip


def open_table(path: str, split: str, size: int | None, route: str, *, label_column: str = "") -> Source:
    """Open a .csv file as a table, a row an example; the first arguments as in `open_source`.

    All of it is "train". Columns in which a cell is no number are left out, and named in a warning.

    Args:
        label_column: its name, or its number from 1 on; what it says is the label, and no value.

    Raises:
        DataError: no such file or column, or no column of numbers.
    """
    del size, route
    name, file = f"table:{path}", Path(path).expanduser()
    base, chosen = parse_split(name, split)
    if base != "train":
        raise DataError(f'{name} has no split {base!r}: all of it is "train"; ask for a part of that: "train[90%:]"')
    try:
        names, rows = read_cells(file)
    except (OSError, ValueError) as error:
        raise DataError(f"{name}: {getattr(error, 'strerror', None) or error}") from error
    columns = dict(zip(names or map(str, range(1, len(rows[0]) + 1)), zip(*rows, strict=True), strict=False))
    targets = {}
    if label_column:
        key = label_column if label_column in columns else _numbered(list(columns), label_column)
        if key is None:
            raise DataError(f"{name} has no column {label_column!r}; it has {', '.join(columns)}")
        said = [cell.strip() for cell in columns.pop(key)]
        classes = tuple(sorted(set(said)))
        targets = {"label": Labels(np.array([classes.index(each) for each in said], np.int32), classes)}
    values = {key: number_of(cells) for key, cells in columns.items()}
    if left_out := [key for key, x in values.items() if x is None]:
        log.warning("%s: left out, as they are not numbers: %s", name, ", ".join(left_out))
    kept = [x for x in values.values() if x is not None]
    if not kept:
        raise DataError(f"{name} has no column of numbers")
    source = from_arrays(name, targets, table=np.stack(kept, axis=1))
    source = source if split == base else part(source, chosen(source.length))
    return source._replace(about=about("table", source.read(np.arange(source.length))["table"]))


def _numbered(names: list[str], number: str) -> str | None:
    return names[int(number) - 1] if number.isdigit() and 1 <= int(number) <= len(names) else None


def _recording(path: Path) -> np.ndarray | str:
    """A recording float32 [t, c], or why the file is none."""
    try:
        _, rows = read_cells(path)
    except ValueError as error:
        return str(error)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    values = number_of([cell for row in rows for cell in row])
    return "a cell that is no number" if values is None else values.reshape(len(rows), -1)
