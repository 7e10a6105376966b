"""A teacher's labels of a pool, written as array_record shards: every process its own, none of them twice."""

from collections.abc import Callable
from pathlib import Path

import jax
import numpy as np

from jssl.data.pseudo import SHARD, shards
from jssl.data.source import Source, part
from jssl.features import extract
from jssl.parallel import make_layout


def label(
    predict: Callable[[dict[str, jax.Array]], jax.Array],
    pool: Source,
    folder: Path,
    *,
    process_index: int = 0,
    process_count: int = 1,
) -> None:
    """Write the probabilities of every class for every example of a pool, as it is: nothing is augmented.

    Shards that are there already are left alone, so that an interrupted labelling goes on. A shard appears whole.

    Args:
        predict: batch -> logits [b, classes], compiled.
        folder: where the shards lie; seen by all processes, and by whoever reads them.
        process_index: this process, which labels on its own devices.
        process_count: number of processes.
    """
    from array_record.python.array_record_module import ArrayRecordWriter

    folder.mkdir(parents=True, exist_ok=True)
    layout = make_layout(devices=jax.local_devices())
    for number, path in enumerate(shards(folder, pool.length)):
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
