"""A folder of a user's own pictures."""

import logging
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from jssl.data import pictures
from jssl.data.source import Gather, Source, in_memory, labelled, parse_split, picture_spec
from jssl.errors import DataError

log = logging.getLogger(__name__)

EXTENSIONS = (
    *(".bmp", ".dib", ".gif", ".j2k", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm"),
    *(".ppm", ".tga", ".tif", ".tiff", ".webp"),
)
_HELD_OUT = {"test": ("test", "val", "valid", "validation"), "val": ("val", "valid", "validation")}


@dataclass(frozen=True)
class _Files:
    """The `read` of a folder that does not fit in RAM.

    A file that turns out broken only now gives way to the next readable one with the same label: deterministic, so
    that a resumed run sees the same batches, and true to the label. Opening has found all but the rarest of them.
    """

    root: Path
    files: tuple[str, ...]
    labels: np.ndarray | None
    size: int

    def __call__(self, rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:
        del draws
        return {"image": np.stack([self._picture(i) for i in rows.tolist()])}

    def _picture(self, wanted: int) -> np.ndarray:
        image = _decoded(self.root, self.size, self.files[wanted])
        if isinstance(image, np.ndarray):
            return image
        labels = np.zeros(len(self.files)) if self.labels is None else self.labels
        alike = np.flatnonzero(labels == labels[wanted])
        place = np.searchsorted(alike, wanted)
        for i in [*alike[place + 1 :], *alike[:place]]:
            other = _decoded(self.root, self.size, self.files[i])
            if isinstance(other, np.ndarray):
                log.warning("%s takes the place of %s (%s)", self.files[i], self.files[wanted], image)
                return other
        raise DataError(f"folder:{self.root}: {self.files[wanted]} is unreadable ({image}), and so is all like it")


def open_folder(path: str, split: str, size: int | None, route: str) -> Source:
    """Open a folder of pictures, RGB and square; arguments as in `open_source`.

    Pictures in sub-folders are labelled by the first-level one, unless there is only one or some pictures lie beside
    them. A folder with train/ and test/ (or val/) holds those splits; any other is all "train".
    Files that cannot be read are left out, named in `skipped` and in one warning. In the "ram" route that is every
    file that does not decode; in the "stream" route headers and file ends are checked now, and `read` does the rest.
    """
    size = size or pictures.DEFAULT_SIZE
    root, name = Path(path).expanduser(), f"folder:{path}"
    if not root.is_dir():
        raise DataError(f"{name}: there is no such folder")
    base, part = parse_split(name, split)
    top, siblings = _split_folder(name, root, base)
    listed = {folder: sorted(_pictures(folder)) for folder in siblings}
    files = listed[top]
    if not files:
        raise DataError(f"{name}: no picture in {top} (files ending in {', '.join(EXTENSIONS)})")
    if split != base:
        files = [files[i] for i in part(len(files))]
    spec = picture_spec(size, size, 3)
    resident = in_memory(name, len(files), spec, route)
    images, files, skipped = (_decode_all if resident else _check_all)(top, files, size)
    _report(name, skipped, len(files))
    classes = _classes([file for folder in siblings for file in listed[folder]])
    labels = np.array([classes.index(file.split("/")[0]) for file in files], np.int32) if classes else None
    prefix = "" if top == root else f"{top.name}/"
    files = tuple(prefix + file for file in files)
    skipped = tuple((prefix + file, why) for file, why in skipped)
    read = Gather({"image": images}) if resident else _Files(root, files, labels, size)
    return Source(name, len(files), spec, read, labelled(labels, classes), files, skipped, resident)


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


def _pictures(top: Path, extensions: tuple[str, ...] = EXTENSIONS) -> Iterator[str]:
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
    """The first-level sub-folders when every picture lies in one of at least two of them; else no labels."""
    parts = [file.split("/") for file in files]
    names = sorted({part[0] for part in parts})
    return tuple(names) if len(names) > 1 and all(len(part) > 1 for part in parts) else ()


def _decoded(top: Path, size: int, file: str) -> np.ndarray | str:
    """The picture, or why there is none."""
    try:
        return pictures.decode(top / file, size)
    except Exception as error:  # Pillow raises nearly anything on a broken file
        return pictures.reason(error, top / file)


def _checked(top: Path, size: int, file: str) -> str | None:
    try:
        if pictures.looks_whole(top / file):
            return None
    except Exception as error:
        return pictures.reason(error, top / file)
    image = _decoded(top, size, file)
    return image if isinstance(image, str) else None


def _decode_all(top: Path, files: list[str], size: int) -> tuple[np.ndarray, list[str], list[tuple[str, str]]]:
    images, kept, skipped = np.empty((len(files), size, size, 3), np.uint8), [], []
    with ThreadPoolExecutor() as threads:
        for file, image in zip(files, threads.map(partial(_decoded, top, size), files), strict=True):
            if isinstance(image, str):
                skipped.append((file, image))
            else:
                images[len(kept)] = image
                kept.append(file)
    return images[: len(kept)], kept, skipped


def _check_all(top: Path, files: list[str], size: int) -> tuple[None, list[str], list[tuple[str, str]]]:
    with ThreadPoolExecutor() as threads:
        reasons = list(threads.map(partial(_checked, top, size), files))
    judged = list(zip(files, reasons, strict=True))
    return None, [file for file, why in judged if not why], [(file, why) for file, why in judged if why]


def _report(name: str, skipped: list[tuple[str, str]], kept: int) -> None:
    if not skipped:
        return
    named = "; ".join(f"{file} ({why})" for file, why in skipped[:20])
    rest = f"; and {len(skipped) - 20} more" if len(skipped) > 20 else ""
    message = f"{name}: skipped {len(skipped)} of {len(skipped) + kept} pictures: {named}{rest}"
    if not kept:
        raise DataError(message)
    log.warning("%s", message)
