"""A folder of a user's own pictures."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from jssl.data import pictures
from jssl.data.listing import Listing, list_folder
from jssl.data.source import Gather, Source, in_memory, labelled, picture_spec

EXTENSIONS = (
    *(".bmp", ".dib", ".gif", ".j2k", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm"),
    *(".ppm", ".tga", ".tif", ".tiff", ".webp"),
)


@dataclass(frozen=True)
class _Files:
    """The `read` of a folder that does not fit in RAM."""

    listing: Listing
    size: int

    def __call__(self, rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:
        del draws
        decode = partial(_decoded, self.listing.root, self.size)
        return {"image": np.stack([self.listing.read_alike(row, decode) for row in rows.tolist()])}


def open_folder(path: str, split: str, size: int | None, route: str) -> Source:
    """Open a folder of pictures, RGB and square; arguments as in `open_source`, labels as in `list_folder`.

    Files that cannot be read are left out, named in `skipped` and in one warning. In the "ram" route that is every
    file that does not decode; in the "stream" route headers and file ends are checked now, and `read` does the rest.
    """
    size, name = size or pictures.DEFAULT_SIZE, f"folder:{path}"
    listing = list_folder(name, path, split, EXTENSIONS, "picture")
    spec = picture_spec(size, size, 3)
    resident = in_memory(name, len(listing.files), spec, route)
    images, reasons = (_decode_all if resident else _check_all)(listing, size)
    listing, skipped = listing.readable(reasons, "pictures")
    read = Gather({"image": images}) if resident else _Files(listing, size)
    targets = labelled(listing.labels, listing.classes)
    return Source(name, len(listing.files), spec, read, targets, listing.files, skipped, resident)


def _decoded(root: Path, size: int, file: str) -> np.ndarray | str:
    """The picture, or why there is none."""
    try:
        return pictures.decode(root / file, size)
    except Exception as error:  # Pillow raises nearly anything on a broken file
        return pictures.reason(error, root / file)


def _checked(root: Path, size: int, file: str) -> str | None:
    try:
        if pictures.looks_whole(root / file):
            return None
    except Exception as error:
        return pictures.reason(error, root / file)
    image = _decoded(root, size, file)
    return image if isinstance(image, str) else None


def _decode_all(listing: Listing, size: int) -> tuple[np.ndarray, list[str | None]]:
    images, reasons, kept = np.empty((len(listing.files), size, size, 3), np.uint8), [], 0
    with ThreadPoolExecutor() as threads:
        for image in threads.map(partial(_decoded, listing.root, size), listing.files):
            reasons.append(image if isinstance(image, str) else None)
            if not isinstance(image, str):
                images[kept] = image
                kept += 1
    return images[:kept], reasons


def _check_all(listing: Listing, size: int) -> tuple[None, list[str | None]]:
    with ThreadPoolExecutor() as threads:
        return None, list(threads.map(partial(_checked, listing.root, size), listing.files))
