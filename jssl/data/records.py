"""TFDS data sets: prepared once to array_record, read without TensorFlow."""

import contextlib
import hashlib
import io
import logging
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jssl.data.source import Gather, Source, in_memory, labelled, picture_spec
from jssl.errors import DataError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Records:
    """The `read` of a data set on disk. Its pictures come as files: TFDS's own decoding has no resizing in it."""

    data: Any
    image: str
    size: int | None
    channels: int

    def __call__(self, rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:
        del draws
        return self.decode(self.data.__getitems__(rows.tolist()))

    def decode(self, examples: list[dict[str, Any]]) -> dict[str, np.ndarray]:
        """The pictures of raw examples, as `read` returns them."""
        from jssl.data.pictures import decode

        files = (io.BytesIO(example[self.image]) for example in examples)
        return {"image": np.stack([decode(file, self.size, self.channels) for file in files])}


def open_records(
    name: str,
    split: str,
    size: int | None,
    data_dir: Path,
    manual_dir: str | os.PathLike | None,
    route: str,
    *,
    rate: int = 0,
    seconds: float = 1.0,
) -> Source:
    """Open a split of a TFDS data set: `name` without "tfds:"; `rate` (0: its own) and `seconds` are of sounds."""
    builder = prepared_builder(name, data_dir, manual_dir)
    import tensorflow_datasets as tfds

    from jssl.data.pictures import DEFAULT_SIZE

    if "audio" in builder.info.features:
        from jssl.data.sound_records import open_sound_records

        return open_sound_records(name, builder, _split(name, builder, split), route, rate, seconds)
    image, label = _features(builder)
    data = _split(name, builder, split, decoders={image: tfds.decode.SkipDecoding()})
    height, width, channels = builder.info.features[image].shape
    if not size and not (height and width):
        size = DEFAULT_SIZE
    shape = (size or height, size or width, 1 if channels == 1 else 3)
    spec, read = picture_spec(*shape), _Records(data, image, size, shape[-1])
    if resident := in_memory(name, len(data), spec, route):
        images, labels = _read_all(read, shape, label)
        read = Gather({"image": images})
    else:
        labels = _labels(builder, split, data, label) if label else None
    if labels is None or labels.min() < 0:  # TFDS marks the examples of an unlabelled split with -1
        return Source(name, len(data), spec, read, in_memory=resident)
    classes = tuple(builder.info.features[label].names)
    return Source(name, len(data), spec, read, labelled(labels, classes), in_memory=resident)


def _split(name: str, builder: Any, split: str, **options: Any) -> Any:
    base = split.partition("[")[0]
    if base not in builder.info.splits:
        raise DataError(f"{name} has no split {base!r}; it has {', '.join(builder.info.splits)}")
    try:
        data = builder.as_data_source(split, **options)
    except (ValueError, AssertionError) as error:
        raise DataError(f"{name}: split={split!r} is not understood ({error}); write it as train[:90%]") from error
    if not len(data):
        raise DataError(f"{name}: split={split!r} holds no example")
    return data


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

    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with _quiet():
            if name in BUILDERS:
                return BUILDERS[name]()(data_dir=data_dir, file_format="array_record")
            return tfds.builder(name, data_dir=data_dir, file_format="array_record")
    except tfds.core.DatasetNotFoundError as error:
        raise DataError(f"TensorFlow Datasets knows no data set {name!r}, and none lies in {data_dir}") from error
    except OSError as error:
        raise DataError(f"{data_dir} cannot hold data sets ({error}); name another as data_dir or JSSL_DATA") from error
    except ValueError as error:
        if "file format" not in str(error).lower():
            raise DataError(f"{name}: {error}") from error
        raise DataError(
            f"{name} lies in {data_dir} in a format that needs TensorFlow to read ({error}); convert it with "
            "`tfds convert_format --out_file_format=array_record`, or name another data_dir to prepare it in"
        ) from error


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
    missing = next((link.name for link in links if isinstance(link, ModuleNotFoundError)), None)
    if missing:
        return DataError(where + f"it needs the package {missing}: pip install 'jssl[demo]', or that package alone")
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


def _chunks(length: int) -> Iterator[np.ndarray]:
    yield from np.array_split(np.arange(length), -(-length // 256))


def _read_all(read: _Records, shape: tuple[int, int, int], label: str | None) -> tuple[np.ndarray, np.ndarray | None]:
    length = len(read.data)
    images, labels = np.empty((length, *shape), np.uint8), np.empty(length, np.int32)

    def fill(part: np.ndarray) -> None:
        examples = read.data.__getitems__(part.tolist())
        images[part] = read.decode(examples)["image"]
        labels[part] = [example[label] if label else -1 for example in examples]

    with ThreadPoolExecutor() as threads:
        list(threads.map(fill, _chunks(length)))
    return images, labels if label else None


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
