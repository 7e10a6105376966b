"""A teacher's labels of a pool, read back: which of them are used, and the source of examples under them."""

import json
from pathlib import Path

import numpy as np

from jssl.data.source import Source, labelled, part
from jssl.errors import DataError

SHARD = 1024
"""Examples of a shard: what a killed run may have to label again, and what a process has to do at least."""
SELECTION = "selection.json"
"""In a folder of labels: which of them are used, and how."""


def open_pseudo(folder: Path | str, pool: Source, classes: tuple[str, ...]) -> Source:
    """The selected examples of a pool, with the teacher's labels: float32 [length, classes] if soft, or int32.

    Raises:
        DataError: labels of another pool, or none.
    """
    folder = Path(folder).expanduser()
    if not (folder / SELECTION).exists():
        raise DataError(f"{folder} holds no selected pseudo-labels (no {SELECTION}): launch.selftrain writes them")
    selection = json.loads((folder / SELECTION).read_text())
    if selection["pool"] != pool.length:
        raise DataError(f"{folder} labels a pool of {selection['pool']} examples, and this one has {pool.length}")
    indices = np.array(selection["indices"], np.int64)
    labels = read_labels(folder, pool.length)[indices]
    if not selection["soft"]:
        labels = labels.argmax(1).astype(np.int32)
    return part(pool, indices)._replace(name=f"pseudo:{folder}", targets=labelled(labels, classes, "pseudo"))


def read_labels(folder: Path, length: int) -> np.ndarray:
    """The probabilities float32 [length, classes] that `label` wrote.

    Raises:
        DataError: a shard that is missing or of another length.
    """
    from array_record.python.array_record_module import ArrayRecordReader

    rows = []
    for number, path in enumerate(shards(folder, length)):
        if not path.exists():
            raise DataError(f"{path} is missing: the pool of {length} examples is not labelled to its end")
        reader = ArrayRecordReader(str(path))
        records = reader.read_all() if reader.num_records() else []
        reader.close()
        expected = min(SHARD, length - number * SHARD)
        if len(records) != expected:
            raise DataError(f"{path} holds {len(records)} labels and not {expected}: it is of another pool")
        rows += [np.frombuffer(record, "<f4") for record in records]
    return np.stack(rows)


def shards(folder: Path, length: int) -> list[Path]:
    """The files that hold the labels of so many examples."""
    count = -(-length // SHARD)
    return [folder / f"labels-{number:05d}-of-{count:05d}.array_record" for number in range(count)]
