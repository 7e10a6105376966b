"""A folder of a user's own pictures."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from jssl.data import pictures
from jssl.data.listing import Skipped, list_folder, read_or_next, report, sort_out
from jssl.data.source import Gather, Source, in_memory, picture_spec

EXTENSIONS = (
    *(".bmp", ".dib", ".gif", ".j2k", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm"),
    *(".ppm", ".tga", ".tif", ".tiff", ".webp"),
)


@dataclass(frozen=True)
class _Files:
    """The `read` of a folder that does not fit in RAM."""

    root: Path
    files: tuple[str, ...]
    labels: np.ndarray | None
    size: int

    def __call__(self, rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:
        del draws
        decode, name = partial(_decoded, self.root, self.size), f"folder:{self.root}"
        return {"image": np.stack([read_or_next(name, self.files, self.labels, i, decode) for i in rows.tolist()])}


def open_folder(path: str, split: str, size: int | None, route: str) -> Source:
    """Open a folder of pictures, RGB and square; arguments as in `open_source`, splits and labels as `list_folder`.

    Files that cannot be read are left out, named in `skipped` and in one warning. In the "ram" route that is every
    file that does not decode; in the "stream" route headers and file ends are checked now, and `read` does the rest.
    """
    size, name = size or pictures.DEFAULT_SIZE, f"folder:{path}"
    listing = list_folder(name, path, split, EXTENSIONS, "picture")
    root, spec = listing.root, picture_spec(size, size, 3)
    if resident := in_memory(name, len(listing.files), spec, route):
        images, files, skipped = _decode_all(root, listing.files, size)
    else:
        files, skipped = sort_out(listing.files, partial(_reason, root, size))
    report(name, "picture", skipped, len(files))
    targets = listing.targets(files)
    labels = targets["label"].labels if targets else None
    read = Gather({"image": images}) if resident else _Files(root, files, labels, size)
    return Source(name, len(files), spec, read, targets, files, tuple(skipped), resident)


def _decoded(root: Path, size: int, file: str) -> np.ndarray | str:
    """The picture, or why there is none."""
    try:
        return pictures.decode(root / file, size)
    except Exception as error:  # Pillow raises nearly anything on a broken file
        return pictures.reason(error, root / file)


def _reason(root: Path, size: int, file: str) -> str | None:
    try:
        if pictures.looks_whole(root / file):
            return None
    except Exception as error:
        return pictures.reason(error, root / file)
    image = _decoded(root, size, file)
    return image if isinstance(image, str) else None


def _decode_all(root: Path, files: Sequence[str], size: int) -> tuple[np.ndarray, tuple[str, ...], Skipped]:
    images, kept, skipped = np.empty((len(files), size, size, 3), np.uint8), [], []
    with ThreadPoolExecutor() as threads:
        for file, image in zip(files, threads.map(partial(_decoded, root, size), files), strict=True):
            if isinstance(image, str):
                skipped.append((file, image))
            else:
                images[len(kept)] = image
                kept.append(file)
    return images[: len(kept)], tuple(kept), skipped
