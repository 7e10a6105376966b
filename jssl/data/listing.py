"""The files of a folder: which are of a split, how they are labelled, and what to do about those that are broken."""

import logging
import os
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from jssl.data.source import parse_split
from jssl.errors import DataError

log = logging.getLogger(__name__)

_HELD_OUT = {"test": ("test", "val", "valid", "validation"), "val": ("val", "valid", "validation")}
Read = TypeVar("Read")


class Listing(NamedTuple):
    """Files of one split of a folder."""

    name: str
    """Of the data set, for messages."""
    root: Path
    """The folder."""
    files: tuple[str, ...]
    """Relative to it, with "/" between the parts, sorted."""
    labels: np.ndarray | None = None
    """int32 [files]"""
    classes: tuple[str, ...] = ()
    apart: tuple[tuple[str, str], ...] = ()
    """(name, reason) of what could not even be listed: folders that cannot be read, what is no regular file."""

    def readable(self, reasons: Sequence[str | None], kind: str) -> tuple["Listing", tuple[tuple[str, str], ...]]:
        """Without the files that there is a reason to leave out, and these (file, reason), named in one warning.

        Args:
            reasons: one for each file; None keeps it.
            kind: what the files are: "pictures".

        Raises:
            DataError: none is left.
        """
        kept = np.array([why is None for why in reasons], bool)
        left_out = [(file, why) for file, why in zip(self.files, reasons, strict=True) if why is not None]
        skipped = tuple(sorted([*self.apart, *left_out]))
        if skipped:
            named = "; ".join(f"{file} ({why})" for file, why in skipped[:20])
            rest = f"; and {len(skipped) - 20} more" if len(skipped) > 20 else ""
            total = len(self.files) + len(self.apart)
            message = f"{self.name}: skipped {len(skipped)} of {total} {kind}: {named}{rest}"
            if not kept.any():
                raise DataError(message)
            log.warning("%s", message)
        return self.at(np.flatnonzero(kept))._replace(apart=()), skipped

    def at(self, places: np.ndarray) -> "Listing":
        """Some of the files, int [m]."""
        labels = None if self.labels is None else self.labels[places]
        return self._replace(files=tuple(self.files[i] for i in places), labels=labels)

    def read_alike(self, wanted: int, read: Callable[[str], Read | str]) -> Read:
        """What `read` makes of a file, or, where it returns why it cannot, of the next one that is labelled alike.

        Deterministic, so that a resumed run sees the same batches, and true to the label. Opening a folder finds all
        but the rarest broken files.

        Raises:
            DataError: not one of them can be read.
        """
        found = read(self.files[wanted])
        if not isinstance(found, str):
            return found
        labels = np.zeros(len(self.files)) if self.labels is None else self.labels
        alike = np.flatnonzero(labels == labels[wanted])
        place = np.searchsorted(alike, wanted)
        for i in [*alike[place + 1 :], *alike[:place]]:
            other = read(self.files[i])
            if not isinstance(other, str):
                log.warning("%s takes the place of %s (%s)", self.files[i], self.files[wanted], found)
                return other
        raise DataError(f"{self.name}: {self.files[wanted]} is unreadable ({found}), and so is all like it")


def list_folder(name: str, path: str, split: str, extensions: tuple[str, ...], kind: str) -> Listing:
    """The files of a split of a folder, of any depth. Links are followed, and each real folder is gone into once.

    Files in sub-folders are labelled by the first-level one, unless there is only one or some files lie beside them. A
    folder with train/ and test/ (or val/) holds those splits; any other is all "train".

    Args:
        name: of the data set, for messages.
        path: of the folder.
        split: "train", "test", ..., or a part of one.
        extensions: with which the names of files end, in lower case.
        kind: what such a file is: "picture".

    Raises:
        DataError: no such folder or split, one that cannot be read, or no file in it.
    """
    root = Path(path).expanduser()
    if not root.is_dir():
        raise DataError(f"{name}: there is no such folder")
    base, part = parse_split(name, split)
    top, siblings = _split_folder(name, root, base)
    try:
        listed = {folder: _walk(folder, extensions) for folder in siblings}
    except OSError as error:
        raise DataError(f"{name}: {error.filename} cannot be read ({error.strerror})") from error
    files, apart = listed[top]
    if not files:
        left_out = "".join(f"; {file}: {why}" for file, why in apart[:20])
        raise DataError(f"{name}: no {kind} in {top} (files ending in {', '.join(extensions)}){left_out}")
    if split != base:
        files = [files[i] for i in part(len(files))]
    classes = _classes([file for found, _ in listed.values() for file in found])
    number = {label: i for i, label in enumerate(classes)}
    labels = np.array([number[file.partition("/")[0]] for file in files], np.int32) if classes else None
    prefix = "" if top == root else f"{top.name}/"
    apart = tuple((prefix + file, why) for file, why in apart)
    return Listing(name, root, tuple(prefix + file for file in files), labels, classes, apart)


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


def _walk(top: Path, extensions: tuple[str, ...]) -> tuple[list[str], list[tuple[str, str]]]:
    """Files below `top`, sorted, with "/" between the parts; and (name, reason) of what is left out. Not hidden names.

    A folder that is linked to is gone into by its own name if that lies below `top` too, else by the first link: links
    wait until all other folders have been seen.

    Raises:
        OSError: `top` itself cannot be read.
    """
    files, apart = [], []
    seen: dict[tuple[int, int], str] = {}
    folders, links = deque([""]), deque()
    while folders or links:
        folder = (folders or links).popleft()
        try:
            status = (top / folder).stat()
            known = seen.setdefault((status.st_dev, status.st_ino), folder)
            if known != folder:
                apart.append((folder, f"the same folder as {known or top}"))
                continue
            with os.scandir(top / folder) as entries:
                found = sorted((e for e in entries if not e.name.startswith((".", "__MACOSX"))), key=lambda e: e.name)
        except OSError as error:
            if not folder:
                raise
            apart.append((f"{folder}/", f"cannot be read: {error.strerror}"))
            continue
        for entry in found:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir():
                (links if entry.is_symlink() else folders).append(name)
            elif entry.name.lower().endswith(extensions):
                if entry.is_file():
                    files.append(name)
                else:  # to open a pipe would wait for somebody to write into it
                    apart.append((name, "not a regular file"))
    return sorted(files), sorted(apart)


def _classes(files: list[str]) -> tuple[str, ...]:
    """The first-level sub-folders when every file lies in one of at least two of them; else no labels."""
    parts = [file.split("/") for file in files]
    names = sorted({part[0] for part in parts})
    return tuple(names) if len(names) > 1 and all(len(part) > 1 for part in parts) else ()
