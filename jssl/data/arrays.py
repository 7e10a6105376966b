"""Arrays in an .npz file: pictures, sounds, clips, series, tables or any other examples, [n, ...], with their labels.

| member              | becomes                                                                              |
|---------------------|--------------------------------------------------------------------------------------|
| `images`            | "image" uint8 [h, w, c]; stored as uint8 [n, h, w] or [n, h, w, c] (uint16: 0..65535)|
| `clips`             | "clip" uint8 [t, h, w, c]                                                            |
| `sounds`            | "sound" float32 [samples], stored so or as int16; `rate`, a number, is their rate    |
| `series`            | "series" float32 [t, c], of numbers [n, t, c] or [n, t], NaN where nothing was measured |
| `tables`            | "table" float32 [d], of numbers [n, d], likewise                                     |
| `labels`, `classes` | the default target, integers [n] or [n, 1] from 0 on; names, which may be missing    |
| `labels_NAME`, `classes_NAME` | a further target, called NAME                                              |
| `extent`            | "extent" int32 [2], [n, 2] of pictures that fill only the top left part of their image|
| any other           | itself, as a part of an example that an input of that key takes                      |

The same by split: `train_images`, `test_labels`, ... Nothing is ever unpickled.
"""

from pathlib import Path
from typing import Any

import numpy as np

from jssl.data import measurements
from jssl.data.source import Gather, Labels, Source, from_arrays, parse_split
from jssl.errors import DataError
from jssl.ranges import Natural

KINDS = {"images": "image", "clips": "clip", "sounds": "sound", "series": "series", "tables": "table"}
MEASURED = {"series": 3, "table": 2}
"""What is standardised by the mean and deviation of its last axis, and how many axes it has."""
MOST_CLASSES = 1_000_000
"""More are no labels, but numbers of another kind."""
SPLITS = ("train", "test", "val", "valid", "validation")


def open_arrays(path: str, split: str, size: int | None, route: str, *, canvas: Natural = 0) -> Source:
    """Open one split of an .npz file; arguments as in `open_source`.

    Args:
        canvas: longest side in pixels of pictures that are scaled down at their own aspect; 0 leaves them as they are.
    """
    name, file = f"npz:{path}", Path(path).expanduser()
    if file.exists() and not file.is_file():  # to open a pipe would wait for somebody to write into it
        raise DataError(f"{name} is not a regular file")
    base, part = parse_split(name, split)
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            prefix = _prefix(name, base, file.files)
            arrays = _examples(name, prefix, file)
            length = len(next(iter(arrays.values())))
            targets = _targets(name, prefix, file, length)
            rate = int(file["rate"]) if "rate" in file.files else 0
    except FileNotFoundError as error:
        raise DataError(f"{name}: there is no such file") from error
    except DataError:
        raise
    except Exception as error:  # not a zip file, a member cut short, Python objects inside
        raise DataError(f"{name} is not a readable .npz of plain arrays: {error}") from error
    if split != base:
        chosen = part(length)
        arrays = {key: array[chosen] for key, array in arrays.items()}
        targets = {key: target._replace(labels=target.labels[chosen]) for key, target in targets.items()}
    if "image" in arrays:
        arrays["image"] = _sized(name, arrays["image"], arrays.get("extent"), size, canvas)
    source = from_arrays(name, targets, **arrays)
    known = {name: x for key in MEASURED if key in arrays for name, x in measurements.about(key, arrays[key]).items()}
    source = source._replace(read=Gather(arrays), in_memory=route != "stream", about=known)
    if rate and "sound" in arrays:
        from jssl.data.recordings import about

        return source._replace(about={**known, **about(source, rate)})
    return source._replace(about={**known, "rate": rate} if rate else known)


def _prefix(name: str, split: str, keys: list[str]) -> str:
    splits = list(dict.fromkeys(key.split("_")[0] for key in keys if key.split("_")[0] in SPLITS and "_" in key))
    splits += [key.removesuffix("_images") for key in keys if key.endswith("_images") and key[:-7] not in splits]
    if split in splits:
        return f"{split}_"
    plain = [key for key in keys if not _is_label(key)]
    if split == "train" and plain and not splits:
        return ""
    if splits or plain:
        raise DataError(
            f"{name} has no split {split!r}; it has {', '.join(splits or ['train'])}. "
            'Parts of a split are written "train[:90%]" and "train[90%:]"'
        )
    raise DataError(f"{name} holds neither `images` nor `{split}_images`, but {', '.join(keys) or 'nothing'}")


def _is_label(key: str) -> bool:
    return key == "rate" or key.split("_")[0] in ("labels", "classes")


def _examples(name: str, prefix: str, file: Any) -> dict[str, np.ndarray]:
    members = [key for key in file.files if key.startswith(prefix) and not _is_label(key.removeprefix(prefix))]
    if not members:
        raise DataError(f"{name} holds no examples under {prefix or 'train'}, but {', '.join(file.files)}")
    arrays = {}
    for member in members:
        key = KINDS.get(member.removeprefix(prefix), member.removeprefix(prefix))
        arrays[key] = _checked(name, member, key, file[member])
    lengths = {member: len(array) for member, array in zip(members, arrays.values(), strict=True)}
    if len(set(lengths.values())) > 1:
        raise DataError(f"{name}: parts of one example must be equally many, and there are {lengths}")
    return arrays


def _checked(name: str, member: str, key: str, array: np.ndarray) -> np.ndarray:
    """An array as its kind wants it."""
    found = f"{name}: `{member}` is {array.dtype} {list(array.shape)}"
    if key == "image":
        if array.dtype not in (np.uint8, np.uint16) or array.ndim not in (3, 4) or not array.size:
            raise DataError(f"{found}; it must be uint8 (0 to 255) or uint16 of shape [n, h, w] or [n, h, w, c]")
        return array if array.ndim == 4 else array[..., None]
    if key == "clip" and (array.dtype != np.uint8 or array.ndim != 5):
        raise DataError(f"{found}; it must be uint8 (0 to 255) of shape [n, frames, h, w, c]")
    if key == "sound":
        if array.dtype not in (np.int16, np.float32) or array.ndim != 2:
            raise DataError(f"{found}; it must be int16, or float32 in [-1, 1], of shape [n, samples]")
        return array if array.dtype == np.float32 else array.astype(np.float32) / 32768
    if key in MEASURED:
        array = array[..., None] if key == "series" and array.ndim == 2 else array
        if array.dtype.kind not in "iuf" or array.ndim != MEASURED[key] or not array.size or np.isinf(array).any():
            shape = "[n, t, c] or [n, t]" if key == "series" else "[n, d]"
            raise DataError(f"{found}; it must be finite numbers, or NaN, of shape {shape}")
        return array.astype(np.float32)
    if array.dtype.kind not in "iufb" or not array.ndim or not array.size:
        raise DataError(f"{found}; an example's parts are numbers of shape [n, ...]")
    return array


def _targets(name: str, prefix: str, file: Any, length: int) -> dict[str, Labels]:
    members = [key for key in file.files if key.startswith(f"{prefix}labels")]
    found = {}
    for member in members:
        target = member.removeprefix(f"{prefix}labels").removeprefix("_")
        labels = _labels(name, member, file, length)
        found[target or "label"] = Labels(labels, _classes(name, file, prefix, f"_{target}" if target else ""))
    return found


def _labels(name: str, key: str, file: Any, length: int) -> np.ndarray:
    labels = file[key]
    if labels.dtype.kind not in "iu" or labels.size != length or labels.shape[0] != length or labels.min() < 0:
        raise DataError(
            f"{name}: `{key}` is {labels.dtype} {list(labels.shape)}; for {length} images it must be "
            f"integers from 0 on, of shape [{length}]"
        )
    return labels.reshape(-1).astype(np.int32)


def _classes(name: str, file: Any, prefix: str, target: str) -> tuple[str, ...]:
    """Names for every label of every split, so that two splits number alike."""
    ending = f"labels{target}"
    keys = [key for key in file.files if key.endswith(f"_{ending}")] if prefix else [ending]
    count = max(int(file[key].max()) for key in keys) + 1
    if count > MOST_CLASSES:
        raise DataError(f"{name}: a label of `{ending}` is {count - 1}; labels are the numbers of classes, from 0 on")
    if f"classes{target}" not in file.files:
        return tuple(map(str, range(count)))
    classes = tuple(map(str, file[f"classes{target}"]))
    if len(classes) < count:
        raise DataError(f"{name}: `classes{target}` names {len(classes)} classes, but a label is {count - 1}")
    return classes


def _sized(name: str, images: np.ndarray, extent: np.ndarray | None, size: int | None, canvas: int) -> np.ndarray:
    """Pictures of the size that is asked for."""
    from jssl.data.pictures import fitted_array, make_form, square_array

    make_form(name, size, canvas)
    if extent is not None:
        _check_extent(name, images, extent, bool(size) or 0 < canvas < max(images.shape[1:3]))
    same = images.shape[1:3] == (size, size) if size else max(images.shape[1:3]) <= canvas or not canvas
    if same:
        return images
    if images.shape[-1] not in (1, 3) or images.dtype != np.uint8:
        raise DataError(
            f"{name}: only 8-bit pictures of 1 or 3 channels can be resized to {size or canvas}, not {images.dtype} of"
            f" {images.shape[-1]}"
        )
    return np.stack([square_array(image, size) if size else fitted_array(image, canvas) for image in images])


def _check_extent(name: str, images: np.ndarray, extent: np.ndarray, resized: bool) -> None:
    """Refuse extents that reach beyond their images, or pictures with them that would have to be resized."""
    sides = np.array([images.shape[1:3]])
    fits = extent.shape == (len(images), 2) and extent.dtype == np.int32 and (extent > 0).all()
    if not fits or (extent > sides).any() or images.shape[-1] not in (1, 3) or images.dtype != np.uint8:
        raise DataError(
            f"{name}: `extent` is {extent.dtype} {list(extent.shape)} for `images` of {images.dtype}"
            f" {list(images.shape)}; it must be int32 [n, 2], from 1 up to the height and width of uint8 images of 1"
            " or 3 channels"
        )
    if resized:
        raise DataError(f"{name} has an `extent`, and stays as it is: set config.data.size and config.data.canvas to 0")
