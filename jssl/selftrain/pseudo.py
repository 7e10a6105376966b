"""A data set of pseudo-labels: pictures of a pool, each with what a teacher takes it for."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jssl.data.source import Source
from jssl.errors import DataError
from jssl.selftrain.label import read_labels
from jssl.workdir import read_json

SELECTION = "selection.json"
"""In a folder of labels: which of them are used, and how."""


@dataclass(frozen=True)
class Chosen:
    """The `read` of some examples of another source."""

    source: Source
    indices: np.ndarray

    def __call__(self, indices: np.ndarray) -> dict[str, np.ndarray]:  # noqa: D102
        return self.source.read(self.indices[indices])


def open_pseudo(folder: Path | str, pool: Source) -> Source:
    """The selected examples of a pool, with the teacher's labels: float32 [length, classes] if soft, or int32.

    Raises:
        DataError: labels of another pool, or none.
    """
    folder = Path(folder).expanduser()
    if not (folder / SELECTION).exists():
        raise DataError(f"{folder} holds no selected pseudo-labels (no {SELECTION}): launch.selftrain writes them")
    selection = read_json(folder / SELECTION)
    if selection["pool"] != pool.length:
        raise DataError(f"{folder} labels a pool of {selection['pool']} examples, and this one has {pool.length}")
    indices = np.array(selection["indices"], np.int64)
    labels = read_labels(folder, pool.length)[indices]
    if not selection["soft"]:
        labels = labels.argmax(1).astype(np.int32)
    return pool._replace(name=f"pseudo:{folder}", length=len(indices), read=Chosen(pool, indices), labels=labels)
