"""Builders of TFDS's sound sets that need no TensorFlow: clips as int16, from files that a user fetched."""

import io
import logging
import zipfile
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import tensorflow_datasets as tfds

from jssl.data.recordings import read_whole

log = logging.getLogger(__name__)


class File(NamedTuple):
    """A file in a folder, or in a zip file: TFDS's own unpacking needs TensorFlow."""

    path: Path
    archive: Path | None = None

    def opened(self) -> Path | BinaryIO:
        """What it can be read from."""
        return self.path if self.archive is None else io.BytesIO(_opened(self.archive).read(self.path.as_posix()))


@lru_cache(maxsize=4)
def _opened(archive: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(archive)


class SoundBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """Recordings as `audio`, int16 at `rate`, with class labels; the first is the default target."""

    VERSION = tfds.core.Version("1.0.0")
    rate: int
    labels: dict[str, tuple[str, ...]]
    """{target: classes}"""

    def _info(self) -> tfds.core.DatasetInfo:
        features = {
            "audio": tfds.features.Tensor(shape=(None,), dtype=np.int16),
            **{target: tfds.features.ClassLabel(names=names) for target, names in self.labels.items()},
        }
        return tfds.core.DatasetInfo(
            builder=self,
            description=self.__doc__,
            features=tfds.features.FeaturesDict(features),
            supervised_keys=("audio", next(iter(self.labels))),
        )

    def files(self, dl_manager: tfds.download.DownloadManager) -> list[File]:
        """All wavs below `manual_dir`, in its zip files too, sorted by name.

        Raises:
            FileNotFoundError: none there.
        """
        top = Path(dl_manager.manual_dir)
        found = [File(path) for path in top.rglob("*.wav")]
        for archive in top.glob("*.zip"):
            found += [File(Path(name), archive) for name in _opened(archive).namelist() if name.endswith(".wav")]
        if not found:
            raise FileNotFoundError(f"no wav, nor a zip of them, in {top}: {self.MANUAL_DOWNLOAD_INSTRUCTIONS}")
        return sorted(found, key=lambda file: (file.path.name, file.path))

    def _generate_examples(self, labelled: Iterable[tuple[str, File, dict[str, str]]]) -> Iterator[tuple[str, Any]]:
        """(key, file, labels) of each example, as TFDS wants them; files that cannot be read are named and left out."""
        for key, file, labels in labelled:
            try:
                sound, _ = read_whole(file.opened(), self.rate)
            except ValueError as error:
                log.warning("%s: left out %s (%s)", self.name, file.path.name, error)
                continue
            yield key, {"audio": np.round(np.clip(sound, -1, 1) * 32767).astype(np.int16), **labels}
