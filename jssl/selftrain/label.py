"""A teacher's labels of a pool, written as array_record shards: every process its own, none of them twice."""

from collections.abc import Callable
from pathlib import Path

import jax
import numpy as np

from jssl.data.source import Source, part
from jssl.errors import DataError
from jssl.features import extract
from jssl.parallel import make_layout

SHARD = 1024
"""Examples of a shard: what a killed run may have to label again, and what a process has to do at least."""


def label(
    predict: Callable[[jax.Array], jax.Array],
    pool: Source,
    folder: Path,
    *,
    process_index: int = 0,
    process_count: int = 1,
) -> None:
    """Write the probabilities of every class for every picture of a pool, as they are: nothing is augmented.

    Shards that are there already are left alone, so that an interrupted labelling goes on. A shard appears whole.

    Args:
        predict: pictures uint8 [b, h, w, c] -> logits [b, classes], compiled.
        folder: where the shards lie; seen by all processes, and by whoever reads them.
        process_index: this process, which labels on its own devices.
        process_count: number of processes.
    """
    from array_record.python.array_record_module import ArrayRecordWriter

    folder.mkdir(parents=True, exist_ok=True)
    layout = make_layout(devices=jax.local_devices())
    for number, path in enumerate(_paths(folder, pool.length)):
        if number % process_count != process_index or path.exists():
            continue
        rows = np.arange(number * SHARD, min((number + 1) * SHARD, pool.length))
        probabilities = np.asarray(jax.nn.softmax(extract(predict, part(pool, rows), layout=layout)))
        partial_path = path.with_name(path.name + ".partial")
        writer = ArrayRecordWriter(str(partial_path), "group_size:256")
        for row in probabilities:
            writer.write(row.astype("<f4").tobytes())
        writer.close()
        partial_path.replace(path)


def read_labels(folder: Path, length: int) -> np.ndarray:
    """The probabilities float32 [length, classes] that `label` wrote.

    Raises:
        DataError: a shard that is missing or of another length.
    """
    from array_record.python.array_record_module import ArrayRecordReader

    rows = []
    for number, path in enumerate(_paths(folder, length)):
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


def _paths(folder: Path, length: int) -> list[Path]:
    shards = -(-length // SHARD)
    return [folder / f"labels-{number:05d}-of-{shards:05d}.array_record" for number in range(shards)]
