"""Pictures with a mask each: which class every pixel is of."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from jssl.data.pictures import to_rgb
from jssl.data.prepare import prepared_builder
from jssl.data.records import split_of
from jssl.data.source import Source, from_arrays, parse_split
from jssl.errors import DataError
from jssl.ranges import Natural

NOTHING = 255
"""A mask's value where nobody says what there is."""
DEFAULT_SIZE = 64
"""Side in pixels when none is asked for."""


def open_masked(path: str, split: str, size: int | None, route: str, data_dir: Path, *, canvas: Natural = 0) -> Source:
    """Open one split of a folder of pictures and masks, as examples of "image" uint8 [s, s, c] and "mask" uint8 [s, s].

    `images/NAME.*` has its mask in `masks/NAME.png`, of the same size, whose values (grey levels, or indices of a
    palette) are classes, and 255 nothing. Both lie in the folder, or in a sub-folder for each split. Instead of a
    folder, "tfds:NAME" is a data set of TensorFlow Datasets with two features that are pictures, "image" and another.
    Pictures and masks are made squares of side `size`, whole: what is wider than high is drawn narrower. Arguments as
    in `open_source`.

    Raises:
        DataError: no such folder or split, a picture without a mask, one of another size or of colours, a damaged file.
    """
    del route, canvas
    name, side = f"masks:{path}", size or DEFAULT_SIZE
    if path.startswith("tfds:"):
        files, pairs = (), _of_tfds(name, path.removeprefix("tfds:"), split, side, data_dir)
    else:
        files, pairs = _of_folder(name, Path(path).expanduser(), split, side)
    colours = max(image.shape[-1] for image, _ in pairs)
    images = np.stack([image.repeat(colours // image.shape[-1], -1) for image, _ in pairs])
    arrays = {"image": images, "mask": np.stack([mask for _, mask in pairs])}
    return from_arrays(name, {}, **arrays)._replace(files=files)


Pair = tuple[np.ndarray, np.ndarray]
"""A picture [s, s, 1 or 3] and its mask [s, s]."""


def _of_folder(name: str, root: Path, split: str, side: int) -> tuple[tuple[str, ...], list[Pair]]:
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
    masks = [folder / "masks" / f"{file.stem}.png" for file in files]
    for file, mask in zip(files, masks, strict=True):
        if not mask.is_file():
            raise DataError(f"{name}: {file.name} has no mask: there is no {mask}")
    pairs = [_pair(f"{name}: {file.name}", file, mask, side) for file, mask in zip(files, masks, strict=True)]
    return tuple(file.name for file in files), pairs


def _of_tfds(name: str, data_set: str, split: str, side: int, data_dir: Path) -> list[Pair]:
    builder = prepared_builder(data_set, data_dir)
    import tensorflow_datasets as tfds

    pictures = [key for key, feature in builder.info.features.items() if isinstance(feature, tfds.features.Image)]
    if len(pictures) != 2 or "image" not in pictures:
        raise DataError(f'{name}: of its features "image" and one more must be pictures, and it has {pictures}')
    (masks,) = (key for key in pictures if key != "image")
    data = split_of(name, builder, split, decoders=dict.fromkeys(pictures, tfds.decode.SkipDecoding()))
    return [
        _pair(f"{name}: example {i}", io.BytesIO(example["image"]), io.BytesIO(example[masks]), side)
        for i, example in ((i, data[i]) for i in range(len(data)))
    ]


def _pair(which: str, picture: Any, mask: Any, side: int) -> Pair:
    """The squares of a picture and a mask, paths or open files; `which` names them in messages."""
    try:
        with Image.open(picture) as opened:
            image = opened.convert("L") if opened.mode in ("1", "L") else to_rgb(opened)
        with Image.open(mask) as opened:
            classes = opened.copy()
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{which} or its mask cannot be read: {error}") from error
    if classes.mode not in ("1", "L", "P"):
        raise DataError(
            f"{which} has a mask of mode {classes.mode}: a mask has one number a pixel, grey or a palette's"
        )
    if classes.size != image.size:
        raise DataError(f"{which} is {image.size} and its mask {classes.size} pixels: they must be alike")
    square = (side, side)
    pixels = np.asarray(image.resize(square, Image.Resampling.BILINEAR))
    return pixels.reshape(side, side, -1), np.asarray(classes.resize(square, Image.Resampling.NEAREST), np.uint8)
