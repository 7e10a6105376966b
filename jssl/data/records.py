"""TFDS data sets: prepared once to array_record, read without TensorFlow."""

import hashlib
import io
import logging
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jssl.data.prepare import damaged, prepared_builder
from jssl.data.record_texts import open_record_texts, text_columns
from jssl.data.source import Gather, Source, Spec, in_memory, labelled, picture_spec
from jssl.errors import DataError
from jssl.ranges import Count, Natural, Positive

if TYPE_CHECKING:
    from jssl.data.pictures import Form

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Records:
    """The `read` of a data set on disk. Its pictures come as files: TFDS's own decoding has no resizing in it."""

    data: Any
    image: str
    form: "Form | int"
    """Or how many channels they have, of pictures that all have one shape and keep it."""

    def __call__(self, rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:
        del draws
        return self.decode(self.data.__getitems__(rows.tolist()))

    def decode(self, examples: list[dict[str, Any]]) -> dict[str, np.ndarray]:
        """The pictures of raw examples, as `read` returns them."""
        from jssl.data import pictures

        files = (io.BytesIO(example[self.image]) for example in examples)
        if isinstance(self.form, int):
            return {"image": np.stack([pictures.decode(file, None, self.form) for file in files])}
        found = [self.form.example(file) for file in files]
        return {name: np.stack([picture[name] for picture in found]) for name in self.form.spec}


def open_records(
    name: str,
    split: str,
    size: int | None,
    data_dir: Path,
    manual_dir: str | os.PathLike | None,
    route: str,
    *,
    rate: Natural = 0,
    seconds: Positive = 1.0,
    length: Count = 128,
    vocabulary: Count = 8192,
    tokenizer: str = "",
    text_column: str = "",
    label_column: str = "",
    whole: bool = False,
    canvas: Natural = 0,
) -> Source:
    """Open one split of a TFDS data set: of sounds, of pictures, or else of texts; `name` without "tfds:".

    Arguments as in `open_source`, and of sounds `rate`, Hz or 0 for the set's own, and `seconds`; of pictures `canvas`,
    as in `open_folder`, which pictures that all have one shape do without; of texts the others, as in `open_texts`.
    """
    builder = prepared_builder(name, data_dir, manual_dir)
    import tensorflow_datasets as tfds

    from jssl.data.pictures import make_form

    if "audio" in builder.info.features:
        from jssl.data.sound_records import open_sound_records

        return open_sound_records(name, builder, split_of(name, builder, split), route, rate, seconds)
    image, label = _features(builder)
    if not image:
        return open_record_texts(
            builder, partial(split_of, name, builder), split, route, label,
            length=length, vocabulary=vocabulary, tokenizer=tokenizer, text_column=text_column,
            label_column=label_column, whole=whole,
        )  # fmt: skip
    data = split_of(name, builder, split, decoders={image: tfds.decode.SkipDecoding()})
    height, width, channels = builder.info.features[image].shape
    channels = 1 if channels == 1 else 3
    form = make_form(name, size, canvas, channels)
    alike = bool(height and width) and not size and (not canvas or canvas >= max(height, width))
    spec = picture_spec(height, width, channels) if alike else form.spec
    read = _Records(data, image, channels if alike else form)
    if resident := in_memory(name, len(data), spec, route):
        arrays, labels = _read_all(read, spec, label)
        read = Gather(arrays)
    else:
        labels = _labels(builder, split, data, label) if label else None
    if labels is None or labels.min() < 0:  # TFDS marks the examples of an unlabelled split with -1
        return Source(name, len(data), spec, read, in_memory=resident)
    classes = tuple(builder.info.features[label].names)
    return Source(name, len(data), spec, read, labelled(labels, classes), in_memory=resident)


@dataclass(frozen=True)
class _Whole:
    """A split by index, whose shards may turn out to be damaged wherever they are read."""

    data: Any
    name: str
    folder: Path

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, row: int) -> dict[str, Any]:
        return self.__getitems__([row])[0]

    def __getitems__(self, rows: Sequence[int]) -> list[dict[str, Any]]:
        try:
            return self.data.__getitems__(rows)
        except Exception as error:  # as many ways as there are bytes to be wrong
            raise damaged(self.name, self.folder, error) from error


def split_of(name: str, builder: Any, split: str, **options: Any) -> Any:
    """A split by index.

    Raises:
        DataError: there is no such split, it is empty, or its shards cannot be opened.
    """
    base = split.partition("[")[0]
    if base not in builder.info.splits:
        raise DataError(f"{name} has no split {base!r}; it has {', '.join(builder.info.splits)}")
    try:
        data = builder.as_data_source(split, **options)
    except (ValueError, AssertionError) as error:
        raise DataError(f"{name}: split={split!r} is not understood ({error}); write it as train[:90%]") from error
    try:
        count = len(data)
    except ValueError:  # of a part that ends before it begins
        count = 0
    except Exception as error:
        raise damaged(name, Path(builder.data_path), error) from error
    if not count:
        raise DataError(f"{name}: split={split!r} holds no example")
    return _Whole(data, name, Path(builder.data_path))


def _features(builder: Any) -> tuple[str, str | None]:
    """The feature that is a picture, "" where there are texts instead; and the label's, if there is one."""
    import tensorflow_datasets as tfds

    features = dict(builder.info.features)
    images = [key for key, feature in features.items() if type(feature) is tfds.features.Image]
    labels = [key for key, feature in features.items() if isinstance(feature, tfds.features.ClassLabel)]
    if not images and not text_columns(builder):
        raise DataError(f"{builder.name} has no picture and no text among its features: {', '.join(features)}")
    image = "image" if "image" in images else next(iter(images), "")
    if "label" in labels or not labels:
        return image, "label" if labels else None
    supervised = (builder.info.supervised_keys or (None, None))[1]
    return image, supervised if supervised in labels else labels[0]


def _chunks(length: int) -> Iterator[np.ndarray]:
    yield from np.array_split(np.arange(length), -(-length // 256))


def _read_all(read: _Records, spec: Spec, label: str | None) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
    length = len(read.data)
    arrays = {name: np.empty((length, *x.shape), x.dtype) for name, x in spec.items()}
    labels = np.empty(length, np.int32)

    def fill(part: np.ndarray) -> None:
        examples = read.data.__getitems__(part.tolist())
        for name, decoded in read.decode(examples).items():
            arrays[name][part] = decoded
        labels[part] = [example[label] if label else -1 for example in examples]

    with ThreadPoolExecutor() as threads:
        list(threads.map(fill, _chunks(length)))
    return arrays, labels if label else None


def _labels(builder: Any, split: str, data: Any, label: str) -> np.ndarray:
    """All labels of a data set too large for RAM: one pass over the files, kept beside them for the next time."""
    kept = builder.data_path / f"labels-{hashlib.sha256(split.encode()).hexdigest()[:12]}.npy"
    if kept.exists():
        return np.load(str(kept), allow_pickle=False)
    log.info("reading the %d labels of %s once", len(data), builder.info.full_name)
    parts = [[example[label] for example in data.__getitems__(part.tolist())] for part in _chunks(len(data))]
    labels = np.concatenate(parts).astype(np.int32)
    try:
        partial = kept.with_name(f"{os.getpid()}-{kept.name}")
        np.save(str(partial), labels)
        partial.replace(kept)
    except OSError:
        log.info("%s is not writable; the labels will be read again next time", builder.data_path)
    return labels
