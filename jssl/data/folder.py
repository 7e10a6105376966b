"""A folder of a user's own pictures."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from jssl.data.folder_index import look_once
from jssl.data.listing import Listing, list_folder
from jssl.data.pictures import make_form, reason
from jssl.data.source import Gather, Source, Spec, in_memory, labelled
from jssl.ranges import Natural

EXTENSIONS = (
    *(".bmp", ".dib", ".gif", ".j2k", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm"),
    *(".ppm", ".tga", ".tif", ".tiff", ".webp"),
)


class Form(Protocol):
    """How files become examples that are all alike, as `jssl.data.pictures.Form` says it."""

    @property
    def spec(self) -> Spec:
        """Of one example."""

    def example(self, path: Path) -> dict[str, np.ndarray]:
        """What a file holds; raises what is wrong with it."""

    def looks_whole(self, path: Path) -> bool:
        """Whether it need not be read to be sure that it can be; raises likewise."""


@dataclass(frozen=True)
class _Files:
    """The `read` of a folder that does not fit in RAM."""

    listing: Listing
    form: Form

    def __call__(self, rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:
        del draws
        decode = partial(_decoded, self.listing.root, self.form)
        examples = [self.listing.read_alike(row, decode) for row in rows.tolist()]
        return {name: np.stack([example[name] for example in examples]) for name in self.form.spec}


def open_folder(path: str, split: str, size: int | None, route: str, *, canvas: Natural = 0) -> Source:
    """Open a folder of pictures, RGB; arguments as in `open_source`, labels as in `list_folder`.

    Files that cannot be read are left out, named in `skipped` and in one warning. In the "ram" route that is every
    file that does not decode; in the "stream" route headers and file ends are checked once, see
    `jssl.data.folder_index`, and `read` does the rest.

    Args:
        canvas: side in pixels of the square that holds each picture whole, at its own aspect, with its "extent", int32
            [2]: scaled down where it is larger. 0 makes pictures square, see `size`.
    """
    name = f"folder:{path}"
    form = make_form(name, size, canvas)
    return open_listing(list_folder(name, path, split, EXTENSIONS, "picture"), form, route)


def open_listing(listing: Listing, form: Form, route: str) -> Source:
    """Open these files in this form, but for those that cannot be read."""
    resident = in_memory(listing.name, len(listing.files), form.spec, route)
    arrays, reasons = (_decode_all if resident else _check_all)(listing, form)
    listing, skipped = listing.readable(reasons, "pictures")
    read = Gather(arrays) if resident else _Files(listing, form)
    targets = labelled(listing.labels, listing.classes)
    return Source(listing.name, len(listing.files), form.spec, read, targets, listing.files, skipped, resident)


def _decoded(root: Path, form: Form, file: str) -> dict[str, np.ndarray] | str:
    """The picture, or why there is none."""
    try:
        return form.example(root / file)
    except Exception as error:  # libraries raise nearly anything on a broken file
        return reason(error, root / file)


def _checked(root: Path, form: Form, file: str) -> str | int:
    """Why a file is left out; 0 of one that looks whole."""
    try:
        if form.looks_whole(root / file):
            return 0
    except Exception as error:
        return reason(error, root / file)
    found = _decoded(root, form, file)
    return found if isinstance(found, str) else 0


def _decode_all(listing: Listing, form: Form) -> tuple[dict[str, np.ndarray], list[str | None]]:
    arrays = {name: np.empty((len(listing.files), *x.shape), x.dtype) for name, x in form.spec.items()}
    reasons, kept = [], 0
    with ThreadPoolExecutor() as threads:
        for example in threads.map(partial(_decoded, listing.root, form), listing.files):
            reasons.append(example if isinstance(example, str) else None)
            if not isinstance(example, str):
                for name, array in arrays.items():
                    array[kept] = example[name]
                kept += 1
    return {name: array[:kept] for name, array in arrays.items()}, reasons


def _check_all(listing: Listing, form: Form) -> tuple[None, list[str | None]]:
    found = look_once(listing, partial(_checked, listing.root, form), f"pictures as {form}")
    return None, [x if isinstance(x, str) else None for x in found]
