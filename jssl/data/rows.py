"""Texts in the rows of a file: lines of a .txt, objects of a .jsonl, columns of a .tsv."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from jssl.data.source import Labels
from jssl.errors import DataError

SUFFIXES = (".txt", ".jsonl", ".tsv")


class Rows(NamedTuple):
    """Texts, and their labels where there are any."""

    texts: list[str]
    target: Labels | None
    skipped: tuple[tuple[str, str], ...]
    """(line, reason)"""


def read_rows(name: str, path: Path, text_column: str = "", label_column: str = "") -> Rows:
    """The rows of a file in which there is text.

    Args:
        name: of the data set, for messages.
        path: ends in one of `SUFFIXES`.
        text_column: a name in the objects of .jsonl ("" is "text") or in the first row of .tsv, or a number from 1 on
            ("" is the last).
        label_column: the same ("" is "label", or the first of several columns of a .tsv, or no label).

    Raises:
        DataError: not UTF-8, a column that is not there, no text at all.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # splitlines would also cut at U+2028 and form feeds
    except UnicodeDecodeError as error:
        raise DataError(f"{name} is not UTF-8 ({error.reason} at byte {error.start})") from error
    except OSError as error:
        raise DataError(f"{name} cannot be read ({error.strerror})") from error
    numbered = [(i, line.rstrip("\r")) for i, line in enumerate(lines, 1) if line.strip()]
    if path.suffix == ".txt":
        texts, names, skipped = [line for _, line in numbered], None, []
    else:
        read = _objects if path.suffix == ".jsonl" else _columns
        texts, names, skipped = read(name, numbered, text_column, label_column)
    if not texts:
        raise DataError(f"{name} holds no text")
    return Rows(texts, _target(names), tuple(skipped))


def _target(names: Sequence[str] | None) -> Labels | None:
    classes = sorted(set(names or ()))
    if len(classes) < 2:
        return None
    number = {name: i for i, name in enumerate(classes)}
    return Labels(np.array([number[name] for name in names], np.int32), tuple(classes))


def _collect(
    numbered: Sequence[tuple[int, str]], of: Callable[[str], tuple[str, str | None]]
) -> tuple[list[str], list[str] | None, list[tuple[str, str]]]:
    """Texts, labels and what was skipped, by a function from a line to (text, label) that raises ValueError."""
    kept, skipped = [], []
    for i, line in numbered:
        try:
            text, label = of(line)
            if not text.strip():
                raise ValueError("no text in it")
            kept.append((text, label))
        except ValueError as error:
            skipped.append((f"line {i}", str(error)))
    labels = [label for _, label in kept]
    return [text for text, _ in kept], None if None in labels else labels, skipped


def _objects(name: str, numbered: Sequence[tuple[int, str]], text_column: str, label_column: str) -> Any:
    text_key, label_key = text_column or "text", label_column or "label"
    keys = dict.fromkeys(key for _, line in numbered[:100] for key in _keys(line))
    for wanted in (text_key, *((label_column,) if label_column else ())):
        if wanted not in keys:
            raise DataError(f"{name} has no column {wanted!r}; it has {', '.join(keys) or 'no JSON objects'}")

    def of(line: str) -> tuple[str, str | None]:
        row = json.loads(line)  # its error is a ValueError
        if not isinstance(row, dict) or not isinstance(row.get(text_key), str):
            raise ValueError(f"no {text_key!r} in it")
        label = row.get(label_key)
        if label is None and label_key in keys:
            raise ValueError(f"no {label_key!r} in it")
        return row[text_key], None if label is None else str(label)

    return _collect(numbered, of)


def _keys(line: str) -> list[str]:
    try:
        row = json.loads(line)
    except ValueError:
        return []
    return list(row) if isinstance(row, dict) else []


def _columns(name: str, numbered: Sequence[tuple[int, str]], text_column: str, label_column: str) -> Any:
    first = numbered[0][1].split("\t") if numbered else []
    header = any(column and not column.isdecimal() for column in (text_column, label_column))
    there = ", ".join(first) if header else f"columns 1 to {len(first)}"

    def place(column: str, default: int | None) -> int | None:
        if not column:
            return default
        if column.isdecimal() and 0 < int(column) <= len(first):
            return int(column) - 1
        if column not in first or not header:
            raise DataError(f"{name} has no column {column!r}; it has {there}")
        return first.index(column)

    text = place(text_column, len(first) - 1)
    label = place(label_column, 0 if len(first) > 1 and text != 0 else None)

    def of(line: str) -> tuple[str, str | None]:
        row = line.split("\t")
        if len(row) != len(first):
            raise ValueError(f"{len(row)} columns where the first row has {len(first)}")
        return row[text], None if label is None else row[label]

    return _collect(numbered[1:] if header else numbered, of)
