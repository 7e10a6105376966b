"""Pictures that lie encoded in larger files, each with a place of its own there: shards, tables."""

import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jssl.data.arrays import SPLITS
from jssl.data.listing import Listing
from jssl.data.pictures import Form, make_form
from jssl.data.source import Gather, Source, in_memory, labelled, parse_split
from jssl.errors import DataError


class Stored(NamedTuple):
    """All encoded pictures of one split."""

    keys: tuple[str, ...]
    """What each is called, no two alike: "shard-000.tar/0001.jpg"."""
    fetch: Callable[[int], bytes]
    """(place among the keys) -> the encoded picture. Thread-safe, and picklable for worker processes."""
    labels: np.ndarray | None = None
    """int32 [keys]"""
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Encoded:
    """The `read` of pictures that do not fit in RAM."""

    listing: Listing
    fetch: Callable[[int], bytes]
    places: np.ndarray
    form: Form

    def __call__(self, rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:
        del draws
        examples = [self.listing.read_alike(row, self._read) for row in rows.tolist()]
        return {name: np.stack([example[name] for example in examples]) for name in self.form.spec}

    def _read(self, key: str) -> dict[str, np.ndarray] | str:
        return _decoded(self.fetch, self.form, self._place_of[key])

    @cached_property
    def _place_of(self) -> dict[str, int]:
        return dict(zip(self.listing.files, self.places.tolist(), strict=True))


def open_stored(name: str, stored: Stored, split: str, size: int | None, canvas: int, route: str) -> Source:
    """Open a split, or a part of it, as RGB pictures; arguments as in `open_source`.

    Pictures that do not decode are left out and named in the "ram" route; in the "stream" route the next one of the
    same label takes their place when they are met.

    Raises:
        DataError: no picture, or none that can be decoded.
    """
    form = make_form(name, size, canvas)
    base, part = parse_split(name, split)
    places = np.arange(len(stored.keys)) if split == base else part(len(stored.keys))
    if not len(places):
        raise DataError(f"{name}: there is no picture in it")
    labels = None if stored.labels is None else stored.labels[places]
    listing = Listing(name, Path(name), tuple(stored.keys[i] for i in places), labels, stored.classes)
    if not in_memory(name, len(places), form.spec, route):
        read, targets = _Encoded(listing, stored.fetch, places, form), labelled(labels, stored.classes)
        return Source(name, len(places), form.spec, read, targets, listing.files, (), False)
    with ThreadPoolExecutor() as threads:
        found = list(threads.map(partial(_decoded, stored.fetch, form), places.tolist()))
    listing, skipped = listing.readable([x if isinstance(x, str) else None for x in found], "pictures")
    kept = [x for x in found if not isinstance(x, str)]
    arrays = {key: np.stack([x[key] for x in kept]) for key in form.spec}
    targets = labelled(listing.labels, listing.classes)
    return Source(name, len(kept), form.spec, Gather(arrays), targets, listing.files, skipped, True)


def _decoded(fetch: Callable[[int], bytes], form: Form, place: int) -> dict[str, np.ndarray] | str:
    """The picture, or why there is none."""
    try:
        encoded = fetch(place)
        return form.example(io.BytesIO(encoded)) if encoded else "empty"
    except Exception as error:  # Pillow raises nearly anything on a broken file
        return (str(error) or type(error).__name__).splitlines()[0][:200]


def files_of(name: str, path: str, split: str, extensions: Sequence[str]) -> list[Path]:
    """The files of a split: of a folder of that name, or those whose names begin with it ("train-00001-of-00010").

    One file, and files whose names begin with no split's, are "train".

    Raises:
        DataError: there are none.
    """
    root, base = Path(path).expanduser(), parse_split(name, split)[0]
    if root.is_file():
        found = {"train": [root]}
    else:
        endings = tuple(extensions)
        within = [file for file in sorted(root.rglob("*")) if file.name.endswith(endings) and file.is_file()]
        found = {}
        for file in within:
            folder = file.relative_to(root).parts[0] if file.parent != root else ""
            found.setdefault(next((s for s in SPLITS if s in (folder, _first_word(file.name))), "train"), []).append(
                file
            )
    if base not in found:
        what = (
            f"no split {base!r}; it has {', '.join(found)}" if found else f"no file ending in {', '.join(extensions)}"
        )
        raise DataError(f"{name} has {what}")
    return found[base]


def _first_word(name: str) -> str:
    return name.replace("_", "-").replace(".", "-").partition("-")[0]


def numbered(values: Sequence[str | int], names: Sequence[str] = ()) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels int32 and names of classes: of words their order, of numbers from 0 on `names`, or the numbers."""
    if values and isinstance(values[0], str):
        classes = tuple(sorted(set(values)))
        number = {name: i for i, name in enumerate(classes)}
        return np.array([number[value] for value in values], np.int32), classes
    labels = np.asarray(values, np.int32)
    return labels, tuple(names) or tuple(map(str, range(int(labels.max(initial=-1)) + 1)))
