"""TFDS data sets: prepared once to array_record, read without TensorFlow."""

import contextlib
import hashlib
import io
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jssl.data.source import Gather, Source, in_memory
from jssl.errors import DataError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Records:
    """The `read` of a data set on disk."""

    data: Any
    image: str
    size: int | None

    def __call__(self, indices: np.ndarray) -> dict[str, np.ndarray]:
        examples = self.data.__getitems__(indices.tolist())
        return {"image": np.stack([_picture(example[self.image], self.size) for example in examples])}


def open_records(
    name: str, split: str, size: int | None, data_dir: Path, manual_dir: str | os.PathLike | None, route: str
) -> Source:
    """Open one split of a TFDS data set; arguments as in `open_source`, `name` without "tfds:"."""
    builder = prepared_builder(name, data_dir, manual_dir)
    image, label = _features(builder)
    base = split.partition("[")[0]
    if base not in builder.info.splits:
        raise DataError(f"{name} has no split {base!r}; it has {', '.join(builder.info.splits)}")
    try:
        data = builder.as_data_source(split)
    except (ValueError, AssertionError) as error:
        raise DataError(f"{name}: split={split!r} is not understood ({error}); write it as train[:90%]") from error
    if not len(data):
        raise DataError(f"{name}: split={split!r} holds no example")
    feature = builder.info.features[image]
    shape = _shape(feature.shape, size)
    size = shape[0] if size or None in feature.shape else None
    classes = tuple(builder.info.features[label].names) if label else ()
    if in_memory(name, len(data), shape, route):
        with _quiet():
            images, labels = _decode_all(data, image, label, shape, size)
        return Source(name, len(data), Gather(images), *_known(labels, classes), shape)
    labels = _labels(builder, split, image, label) if label else None
    return Source(name, len(data), _Records(data, image, size), *_known(labels, classes), shape, in_memory=False)


def prepared_builder(name: str, data_dir: Path, manual_dir: str | os.PathLike | None = None) -> Any:
    """The TFDS builder of a data set that is on disk as array_record, prepared now if it was not.

    Raises:
        DataError: naming the data set, what is missing and what to do.
    """
    try:
        import array_record  # noqa: F401
        import tensorflow_datasets as tfds
    except ImportError as error:
        raise DataError(f"{name} needs {error.name}: pip install tensorflow-datasets array-record") from error
    tfds.disable_progress_bar()
    builder = _builder(name, data_dir)
    if not builder.data_path.exists():
        log.info("preparing %s in %s", name, data_dir)
        try:
            with _quiet():
                _check_network(builder, data_dir, manual_dir)
                builder.download_and_prepare(download_config=tfds.download.DownloadConfig(manual_dir=manual_dir))
        except Exception as error:
            # Another process may have prepared the same data set meanwhile: its rename won, ours failed.
            builder = _builder(name, data_dir)
            if not builder.data_path.exists():
                raise _unprepared(builder, data_dir, manual_dir, error) from error
    if builder.info.file_format.value != "array_record":
        raise DataError(
            f"{name} lies in {builder.data_path} as {builder.info.file_format.value}, which needs TensorFlow to read; "
            f"convert it with `tfds convert_format --to=array_record`, or name another data_dir to prepare it in"
        )
    return builder


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """TFDS prints, and warns of what is of no consequence here (no OpenCV, no statistics known beforehand)."""
    absl = logging.getLogger("absl")
    level = absl.level
    absl.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        absl.setLevel(level)


def _builder(name: str, data_dir: Path) -> Any:
    import tensorflow_datasets as tfds

    from jssl.data.builders import BUILDERS

    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with _quiet():
            if name in BUILDERS:
                return BUILDERS[name]()(data_dir=data_dir, file_format="array_record")
            return tfds.builder(name, data_dir=data_dir, file_format="array_record")
    except tfds.core.DatasetNotFoundError as error:
        raise DataError(f"TensorFlow Datasets knows no data set {name!r}, and none lies in {data_dir}") from error


def _check_network(builder: Any, data_dir: Path, manual_dir: str | os.PathLike | None) -> None:
    """Ask once for what must be downloaded: without a network TFDS would go on trying for minutes."""
    import requests

    kept = any(path.is_file() for path in (data_dir / "downloads" / builder.name).rglob("*"))
    urls = [] if kept else _downloads(builder, manual_dir)
    if urls:
        requests.get(urls[0], stream=True, timeout=20).close()


def _downloads(builder: Any, manual_dir: str | os.PathLike | None) -> list[str]:
    """Addresses of the files that a builder downloads, but for those in `manual_dir`."""
    held = {path.name for path in Path(manual_dir).glob("*")} if manual_dir else set()
    urls = [url for url in builder.url_infos or () if url.startswith("http")]
    return [url for url in urls if url.rpartition("/")[2] not in held]


def _unprepared(builder: Any, data_dir: Path, manual_dir: str | os.PathLike | None, error: Exception) -> DataError:
    chain, links = error, []
    while chain is not None:
        links.append(chain)
        chain = chain.__cause__ or chain.__context__
    brief = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
    where = f"{builder.name} is not prepared in {data_dir}, and preparing it failed: "
    if any(isinstance(link, ImportError) and "tensorflow" in str(link).lower() for link in links):
        return DataError(
            where + "its TFDS builder needs TensorFlow. `pip install tensorflow` for this one step (reading does "
            "without), or copy the data set, prepared as array_record, there from another machine"
        )
    if any(isinstance(link, ConnectionError) or "requests" in type(link).__module__ for link in links):
        urls = _downloads(builder, manual_dir)
        return DataError(
            where + "it must be downloaded and the network cannot be reached. Prepare it on a machine with a network "
            f"and copy it there, or put its files in a folder and pass that as manual_dir (now {manual_dir}): "
            f"{' '.join(urls[:4])}{' ...' if len(urls) > 4 else ''} ({brief[:80]} ...)"
        )
    return DataError(where + brief)


def _features(builder: Any) -> tuple[str, str | None]:
    import tensorflow_datasets as tfds

    features = dict(builder.info.features)
    images = [key for key, feature in features.items() if type(feature) is tfds.features.Image]
    labels = [key for key, feature in features.items() if isinstance(feature, tfds.features.ClassLabel)]
    if not images:
        raise DataError(f"{builder.name} has no picture among its features: {', '.join(features)}")
    image = "image" if "image" in images else images[0]
    if "label" in labels or not labels:
        return image, "label" if labels else None
    supervised = (builder.info.supervised_keys or (None, None))[1]
    return image, supervised if supervised in labels else labels[0]


def _shape(shape: tuple[int | None, ...], size: int | None) -> tuple[int, int, int]:
    from jssl.data.pictures import DEFAULT_SIZE

    height, width, channels = shape
    if size is None and height and width:
        return height, width, channels or 3
    return size or DEFAULT_SIZE, size or DEFAULT_SIZE, channels or 3


def _picture(image: np.ndarray, size: int | None) -> np.ndarray:
    if size is None:
        return image
    from jssl.data.pictures import square_array

    return square_array(image, size)


def _chunks(length: int) -> Iterator[np.ndarray]:
    yield from np.array_split(np.arange(length), -(-length // 256))


def _decode_all(
    data: Any, image: str, label: str | None, shape: tuple[int, int, int], size: int | None
) -> tuple[np.ndarray, np.ndarray | None]:
    images, labels = np.empty((len(data), *shape), np.uint8), np.empty(len(data), np.int32)
    for part in _chunks(len(data)):
        for i, example in zip(part, data.__getitems__(part.tolist()), strict=True):
            images[i] = _picture(example[image], size)
            labels[i] = example[label] if label else 0
    return images, labels if label else None


def _labels(builder: Any, split: str, image: str, label: str) -> np.ndarray:
    """All labels of a data set too large for RAM: one pass over the files, kept beside them for the next time."""
    import tensorflow_datasets as tfds

    kept = builder.data_path / f"labels-{hashlib.sha256(split.encode()).hexdigest()[:12]}.npy"
    if kept.exists():
        return np.load(str(kept), allow_pickle=False)
    data = builder.as_data_source(split, decoders={image: tfds.decode.SkipDecoding()})
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


def _known(labels: np.ndarray | None, classes: tuple[str, ...]) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """TFDS marks the examples of an unlabelled split with the label -1."""
    if labels is None or labels.min() < 0:
        return None, ()
    return labels, classes
