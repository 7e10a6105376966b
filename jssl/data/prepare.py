"""TFDS data sets prepared once to array_record, without TensorFlow."""

import contextlib
import io
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jssl.errors import DataError

log = logging.getLogger(__name__)


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
        with _quiet(), _known_features():
            if name in BUILDERS:
                return BUILDERS[name]()(data_dir=data_dir, file_format="array_record")
            return tfds.builder(name, data_dir=data_dir, file_format="array_record")
    except tfds.core.DatasetNotFoundError as error:
        raise DataError(f"TensorFlow Datasets knows no data set {name!r}, and none lies in {data_dir}") from error
    except AssertionError as error:  # a version that there is none of
        raise DataError(f"{name}: {' '.join(str(error).split()).rpartition('}: ')[2]}") from error
    except OSError as error:
        raise DataError(f"{data_dir} cannot hold data sets ({error}); name another as data_dir or JSSL_DATA") from error
    except ValueError as error:
        if "file format" not in str(error).lower():
            raise DataError(f"{name}: {error}") from error
        raise DataError(
            f"{name} lies in {data_dir} in a format that needs TensorFlow to read ({error}); convert it with "
            "`tfds convert_format --out_file_format=array_record`, or name another data_dir to prepare it in"
        ) from error
    except Exception as error:  # files that are cut short or garbled fail in many ways
        raise damaged(name, data_dir, error) from error


def damaged(name: str, folder: Path, error: Exception) -> DataError:
    """What to say of a prepared data set that cannot be read."""
    said = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return DataError(f"{name} in {folder} is damaged ({said}): move it away, and it is prepared again")


@contextlib.contextmanager
def _known_features() -> Iterator[None]:
    """No feature types but TFDS's own: of others it imports the module that a folder's features.json names."""
    import tensorflow_datasets as tfds

    connector = tfds.features.FeatureConnector
    theirs = connector.__dict__["cls_from_name"]

    def known(cls: type, name: str) -> type:
        if not name.startswith(f"{tfds.__name__}."):
            raise ValueError(f"its features.json names {name!r}, which is no feature type of TFDS and is not imported")
        return theirs.__get__(None, cls)(name)

    connector.cls_from_name = classmethod(known)
    try:
        yield
    finally:
        connector.cls_from_name = theirs


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
