"""A user's own folder: its splits, classes and files, and which of these are of no use."""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from jssl.data.source import Labels, labelled, parse_split
from jssl.errors import DataError

log = logging.getLogger(__name__)

_HELD_OUT = {"test": ("test", "val", "valid", "validation"), "val": ("val", "valid", "validation")}

Skipped = list[tuple[str, str]]
"""(file, what is wrong with it) of each file that is left out."""


class Listing(NamedTuple):
    """The files of one split of a folder, sorted, with "/" between the parts."""

    root: Path
    """What the paths of `files` are relative to."""
    files: tuple[str, ...]
    prefix: str
    """What the split's own folder adds to them: "train/", or nothing."""
    classes: tuple[str, ...]
    """First-level sub-folders, numbered over all splits; () where they tell nothing apart."""

    def targets(self, files: Sequence[str]) -> dict[str, Labels]:
        """`Source.targets` of some of the files."""
        if not self.classes:
            return {}
        labels = [self.classes.index(file.removeprefix(self.prefix).split("/")[0]) for file in files]
        return dict(labelled(np.array(labels, np.int32), self.classes))


def list_folder(name: str, path: str, split: str, extensions: tuple[str, ...], what: str) -> Listing:
    """List a split of a folder.

    Files in sub-folders are of the class of the first-level one, unless there is only one or some files lie beside
    them. A folder with train/ and test/ (or val/) holds those splits; any other is all "train".

    Args:
        name: of the data set, for messages.
        path: of the folder.
        split: as in `open_source`.
        extensions: lower-case endings of the names of files that are meant.
        what: one of them, for messages: "picture".

    Raises:
        DataError: no such folder or split, or no such file in it.
    """
    root = Path(path).expanduser()
    if not root.is_dir():
        raise DataError(f"{name}: there is no such folder")
    base, part = parse_split(name, split)
    top, siblings = _split_folder(name, root, base)
    listed = {folder: sorted(_files(folder, extensions)) for folder in siblings}
    files = listed[top]
    if not files:
        raise DataError(f"{name}: no {what} in {top} (files ending in {', '.join(extensions)})")
    if split != base:
        files = [files[i] for i in part(len(files))]
    prefix = "" if top == root else f"{top.name}/"
    classes = _classes([file for folder in siblings for file in listed[folder]])
    return Listing(root, tuple(prefix + file for file in files), prefix, classes)


def sort_out(files: Sequence[str], reason: Callable[[str], str | None]) -> tuple[tuple[str, ...], Skipped]:
    """The files that are of use, and the others.

    Args:
        reason: what is wrong with a file, None if nothing is; called in threads.
    """
    with ThreadPoolExecutor() as threads:
        judged = list(zip(files, threads.map(reason, files), strict=True))
    return tuple(file for file, why in judged if not why), [(file, why) for file, why in judged if why]


def report(name: str, what: str, skipped: Skipped, kept: int) -> None:
    """Warn of files that are left out, naming the first.

    Raises:
        DataError: there are no others.
    """
    if not skipped:
        return
    named = "; ".join(f"{file} ({why})" for file, why in skipped[:20])
    rest = f"; and {len(skipped) - 20} more" if len(skipped) > 20 else ""
    message = f"{name}: skipped {len(skipped)} of {len(skipped) + kept} {what}s: {named}{rest}"
    if not kept:
        raise DataError(message)
    log.warning("%s", message)


def read_or_next(
    name: str, files: Sequence[str], labels: np.ndarray | None, wanted: int, read: Callable[[str], Any]
) -> Any:
    """What `read` makes of one of the files.

    A file that turns out broken only now gives way to the next readable one with the same label: deterministic, so
    that a resumed run sees the same batches, and true to the label. Opening has found all but the rarest of them.

    Args:
        wanted: its place among the files.
        read: (file) -> anything but a str, or a str that says what is wrong with the file.

    Raises:
        DataError: no file of that label can be read.
    """
    found = read(files[wanted])
    if not isinstance(found, str):
        return found
    labels = np.zeros(len(files)) if labels is None else labels
    alike = np.flatnonzero(labels == labels[wanted])
    place = np.searchsorted(alike, wanted)
    for i in [*alike[place + 1 :], *alike[:place]]:
        other = read(files[i])
        if not isinstance(other, str):
            log.warning("%s takes the place of %s (%s)", files[i], files[wanted], found)
            return other
    raise DataError(f"{name}: {files[wanted]} is unreadable ({found}), and so is all like it")


def _split_folder(name: str, root: Path, split: str) -> tuple[Path, list[Path]]:
    """The folder of a split, and those of all splits: classes are numbered over all of them."""
    held_out = {key: next((root / d for d in names if (root / d).is_dir()), None) for key, names in _HELD_OUT.items()}
    if (root / "train").is_dir() and held_out["test"]:
        splits = {"train": root / "train", **{key: folder for key, folder in held_out.items() if folder}}
        if split not in splits:
            raise DataError(f"{name} has no split {split!r}; it has {', '.join(splits)}")
        return splits[split], sorted(set(splits.values()))
    if split != "train":
        raise DataError(
            f'{name} has no split {split!r}: without train/ and test/ (or val/) in it, all of it is "train". '
            'Ask for parts of that: "train[:90%]" and "train[90%:]"'
        )
    return root, [root]


def _files(top: Path, extensions: tuple[str, ...]) -> Iterator[str]:
    """Paths below `top` with "/" between the parts. Links are followed unless they loop; hidden names are left out."""
    for folder, folders, files in os.walk(top, followlinks=True):
        here = Path(os.path.realpath(folder))
        folders[:] = [
            d for d in folders if not d.startswith((".", "__MACOSX")) and not here.is_relative_to((here / d).resolve())
        ]
        for file in files:
            if not file.startswith(".") and file.lower().endswith(extensions):
                yield Path(folder, file).relative_to(top).as_posix()


def _classes(files: list[str]) -> tuple[str, ...]:
    """The first-level sub-folders when every file lies in one of at least two of them; else no labels."""
    parts = [file.split("/") for file in files]
    names = sorted({part[0] for part in parts})
    return tuple(names) if len(names) > 1 and all(len(part) > 1 for part in parts) else ()
