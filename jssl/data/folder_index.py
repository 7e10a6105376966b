"""What was found of the files of a folder when they were looked into, kept from one opening to the next.

It lies in the user's cache, `$XDG_CACHE_HOME/jssl/folders` (else `~/.cache/jssl/folders`), since a folder of data may
be read-only, and may be deleted at any time. A file whose size and time of change are those of the last look is not
looked into again.
"""

import hashlib
import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jssl.data.listing import Listing

log = logging.getLogger(__name__)

VERSION = 1
"""Of the file, and of what the looks mean."""
CHUNK = 512
"""Files whose status one thread asks for at a time."""
GONE = (-1, -1)
"""The status of a file that cannot be asked for it."""

Status = tuple[int, int]
"""Bytes, and nanoseconds at which the file was changed."""
Found = int | str
"""What was found of a file: a number, or why it is left out."""


class _Entry(NamedTuple):
    status: Status
    found: Found


def look_once(listing: Listing, look: Callable[[str], Found], about: str) -> list[Found]:
    """What `look` finds of each file of a listing: now, or when it was last called for the same file.

    Args:
        listing: files of a folder.
        look: (file) -> why it is left out, or a number to be kept with it.
        about: what `look` is, and all that its findings depend on beside the file.
    """
    root = os.path.realpath(listing.root)
    path = _place(root, about)
    known = _read(path)
    statuses = _statuses(root, listing.files)
    entries = [known.get(file) for file in listing.files]
    old = [
        entry is not None and entry.status == status != GONE for entry, status in zip(entries, statuses, strict=True)
    ]
    new = [file for file, same in zip(listing.files, old, strict=True) if not same]
    if not new:
        return [entry.found for entry in entries]
    with ThreadPoolExecutor() as threads:
        looked = dict(zip(new, threads.map(look, new), strict=True))
    found = [
        entry.found if same else looked[file] for file, entry, same in zip(listing.files, entries, old, strict=True)
    ]
    now = {file: _Entry(*both) for file, *both in zip(listing.files, statuses, found, strict=True)}
    others = {f: e for f, e in known.items() if f not in now and os.path.lexists(f"{root}/{f}")}  # of other splits
    _write(path, {**others, **now})
    return found


def _place(root: str, about: str) -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    key = "\0".join((str(VERSION), root, about)).encode("utf-8", "surrogateescape")
    return cache / "jssl" / "folders" / f"{hashlib.sha256(key).hexdigest()[:32]}.npz"


def _statuses(root: str, files: Sequence[str]) -> list[Status]:
    chunks = [files[i : i + CHUNK] for i in range(0, len(files), CHUNK)]
    with ThreadPoolExecutor() as threads:  # on a network's disk each waits for an answer
        return list(
            chain.from_iterable(threads.map(lambda chunk: [_status(f"{root}/{file}") for file in chunk], chunks))
        )


def _status(path: str) -> Status:
    try:
        status = os.stat(path)  # noqa: PTH116  to make a million Paths takes longer than to ask
    except OSError:
        return GONE
    return status.st_size, status.st_mtime_ns


def _read(path: Path) -> dict[str, _Entry]:
    """The entries of an index; none of one that is not there or damaged, which is then made again."""
    if not path.exists():
        return {}
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as arrays:
            files, reasons = _split(arrays["files"]), _split(arrays["reasons"])
            numbers = arrays["numbers"].tolist()
        columns = zip(files, numbers, reasons, strict=True)
        return {file: _Entry((size, time), why or value) for file, (size, time, value), why in columns}
    except Exception as error:  # a zip file cut short, with a flipped bit, of other members
        log.warning("%s is damaged (%s): the folder is looked into again", path, error)
        return {}


def _write(path: Path, entries: dict[str, _Entry]) -> None:
    numbers = [(*e.status, 0 if isinstance(e.found, str) else e.found) for e in entries.values()]
    reasons = [e.found if isinstance(e.found, str) else "" for e in entries.values()]
    partial = path.with_name(f"{os.getpid()}-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(partial, files=_join(entries), reasons=_join(reasons), numbers=np.array(numbers, np.int64))
        partial.replace(path)
    except OSError as error:
        log.info("%s cannot be written (%s): the folder will be looked into again next time", path, error.strerror)
        with suppress(OSError):
            partial.unlink()


def _join(texts: Sequence[str] | dict[str, _Entry]) -> np.ndarray:
    return np.frombuffer("\0".join(texts).encode("utf-8", "surrogateescape"), np.uint8)


def _split(joined: np.ndarray) -> list[str]:
    return joined.tobytes().decode("utf-8", "surrogateescape").split("\0")
