"""Pictures with a mask each: which class every pixel is of."""

from pathlib import Path

import numpy as np
from PIL import Image

from jssl.data.pictures import to_rgb
from jssl.data.source import Source, from_arrays, parse_split
from jssl.errors import DataError
from jssl.ranges import Natural

NOTHING = 255
"""A mask's value where nobody says what there is."""
DEFAULT_SIZE = 64
"""Side in pixels when none is asked for."""


def open_masked(path: str, split: str, size: int | None, route: str, *, canvas: Natural = 0) -> Source:
    """Open one split of a folder of pictures and masks, as examples of "image" uint8 [s, s, c] and "mask" uint8 [s, s].

    `images/NAME.*` has its mask in `masks/NAME.png`, of the same size, whose values (grey levels, or indices of a
    palette) are classes, and 255 nothing. Both lie in the folder, or in a sub-folder for each split. Pictures and masks
    are made squares of side `size`, whole: what is wider than high is drawn narrower. Arguments as in `open_source`.

    Raises:
        DataError: no such folder or split, a picture without a mask, one of another size or of colours, a damaged file.
    """
    del route, canvas
    name, root = f"masks:{path}", Path(path).expanduser()
    base, part = parse_split(name, split)
    folder = root / base if (root / base).is_dir() else root
    if folder is root and (base != "train" or any((root / other / "images").is_dir() for other in ("train", "test"))):
        raise DataError(f"{name} has no split {base!r}: there is no folder {root / base}")
    if not (folder / "images").is_dir() or not (folder / "masks").is_dir():
        raise DataError(f"{name}: {folder} must have two folders, images/ and masks/")
    files = sorted(file for file in (folder / "images").iterdir() if file.is_file() and file.name[0] != ".")
    if not files:
        raise DataError(f"{name}: there is no picture in {folder / 'images'}")
    if split != base:
        files = [files[i] for i in part(len(files))]
    pairs = [_pair(name, file, folder / "masks" / f"{file.stem}.png", size or DEFAULT_SIZE) for file in files]
    colours = max(image.shape[-1] for image, _ in pairs)
    images = np.stack([image.repeat(colours // image.shape[-1], -1) for image, _ in pairs])
    arrays = {"image": images, "mask": np.stack([mask for _, mask in pairs])}
    return from_arrays(name, {}, **arrays)._replace(files=tuple(file.name for file in files))


def _pair(name: str, picture: Path, mask: Path, size: int) -> tuple[np.ndarray, np.ndarray]:
    if not mask.is_file():
        raise DataError(f"{name}: {picture.name} has no mask: there is no {mask}")
    try:
        with Image.open(picture) as opened:
            image = opened.convert("L") if opened.mode in ("1", "L") else to_rgb(opened)
        with Image.open(mask) as opened:
            classes = opened.copy()
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{name}: {picture.name} or its mask cannot be read: {error}") from error
    if classes.mode not in ("1", "L", "P"):
        raise DataError(f"{name}: {mask} is of mode {classes.mode}: a mask has one number a pixel, grey or a palette's")
    if classes.size != image.size:
        raise DataError(
            f"{name}: {picture.name} is {image.size} and its mask {classes.size} pixels: they must be alike"
        )
    square = (size, size)
    pixels = np.asarray(image.resize(square, Image.Resampling.BILINEAR))
    return pixels.reshape(size, size, -1), np.asarray(classes.resize(square, Image.Resampling.NEAREST), np.uint8)
