"""Pictures in an .npz file: `images` and `labels`, or the same by split: `train_images`, `test_labels`, ..."""

from pathlib import Path
from typing import Any

import numpy as np

from jssl.data.source import Gather, Source, parse_split
from jssl.errors import DataError


def open_arrays(path: str, split: str, size: int | None, route: str) -> Source:
    """Open one split of an .npz file; arguments as in `open_source`.

    Images are uint8 [n, h, w] or [n, h, w, c]; labels, which may be missing, integers [n] or [n, 1] from 0 on;
    `classes`, which may be missing, strings. Nothing is ever unpickled.
    """
    name = f"npz:{path}"
    base, part = parse_split(name, split)
    try:
        with Path(path).expanduser().open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            prefix = _prefix(name, base, file.files)
            images = _images(name, f"{prefix}images", file)
            labels = _labels(name, f"{prefix}labels", file, len(images))
            classes = _classes(name, file, prefix) if labels is not None else ()
    except FileNotFoundError as error:
        raise DataError(f"{name}: there is no such file") from error
    except DataError:
        raise
    except Exception as error:  # not a zip file, a member cut short, Python objects inside
        raise DataError(f"{name} is not a readable .npz of plain arrays: {error}") from error
    if split != base:
        chosen = part(len(images))
        images, labels = images[chosen], None if labels is None else labels[chosen]
    if size and images.shape[1:3] != (size, size):
        images = _resized(name, images, size)
    return Source(name, len(images), Gather(images), labels, classes, images.shape[1:], in_memory=route != "stream")


def _prefix(name: str, split: str, keys: list[str]) -> str:
    if f"{split}_images" in keys:
        return f"{split}_"
    if "images" in keys and split == "train":
        return ""
    splits = [key.removesuffix("_images") for key in keys if key.endswith("_images")]
    if splits or "images" in keys:
        raise DataError(
            f"{name} has no split {split!r}; it has {', '.join(splits or ['train'])}. "
            'Parts of a split are written "train[:90%]" and "train[90%:]"'
        )
    raise DataError(f"{name} holds neither `images` nor `{split}_images`, but {', '.join(keys) or 'nothing'}")


def _images(name: str, key: str, file: Any) -> np.ndarray:
    images = file[key]
    if images.dtype != np.uint8 or images.ndim not in (3, 4) or not images.size:
        raise DataError(
            f"{name}: `{key}` is {images.dtype} {list(images.shape)}; it must be uint8 (0 to 255) of shape "
            "[n, h, w] or [n, h, w, c]"
        )
    return images if images.ndim == 4 else images[..., None]


def _labels(name: str, key: str, file: Any, length: int) -> np.ndarray | None:
    if key not in file.files:
        return None
    labels = file[key]
    if labels.dtype.kind not in "iu" or labels.size != length or labels.shape[0] != length or labels.min() < 0:
        raise DataError(
            f"{name}: `{key}` is {labels.dtype} {list(labels.shape)}; for {length} images it must be "
            f"integers from 0 on, of shape [{length}]"
        )
    return labels.reshape(-1).astype(np.int32)


def _classes(name: str, file: Any, prefix: str) -> tuple[str, ...]:
    """Names for every label of every split, so that two splits number alike."""
    keys = [key for key in file.files if key.endswith("_labels")] if prefix else ["labels"]
    count = max(int(file[key].max()) for key in keys) + 1
    if "classes" not in file.files:
        return tuple(map(str, range(count)))
    classes = tuple(map(str, file["classes"]))
    if len(classes) < count:
        raise DataError(f"{name}: `classes` names {len(classes)} classes, but a label is {count - 1}")
    return classes


def _resized(name: str, images: np.ndarray, size: int) -> np.ndarray:
    from jssl.data.pictures import square_array

    if images.shape[-1] not in (1, 3):
        raise DataError(f"{name}: only pictures of 1 or 3 channels can be resized to {size}, not {images.shape[-1]}")
    return np.stack([square_array(image, size) for image in images])
