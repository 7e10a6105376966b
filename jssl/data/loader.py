"""Batches: shuffled for training, in order for evaluation, built ahead in the background.

The data position is the step: batch k of a run is a function of (length, batch size, seed, k) alone. A resumed run
continues with the batches it would have seen, whatever the number of processes, on both routes.
"""

import os
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from itertools import islice
from typing import Any

import jax
import numpy as np

from jssl.data.past import earlier, read_past
from jssl.data.shuffle import permutation, words
from jssl.data.source import Source
from jssl.errors import DataError

Batch = dict[str, Any]
Rows = Callable[[int], tuple[np.ndarray | None, ...]]
"""(step) -> the arguments of `read_batch` behind the source, [b, ...] each."""
THREADS = min(32, max(8, os.cpu_count() or 1))
"""That decode, of sources that are not in RAM."""
PIECE = 16
"""Examples that one thread decodes at a time: batches of any size are ready as soon, and take as little memory ahead,
as all threads together allow."""


def steps_per_epoch(length: int, batch_size: int) -> int:
    """Whole batches in one pass; the examples that are left over differ in each epoch.

    Raises:
        ValueError: fewer examples than one batch.
    """
    if not 0 < batch_size <= length:
        raise ValueError(f"batch_size={batch_size} does not fit a data set of {length} examples")
    return length // batch_size


@lru_cache(maxsize=4)  # this epoch and the next, of two streams
def order(length: int, seed: int, epoch: int) -> np.ndarray:
    """The permutation of 0..length-1 in which an epoch visits the examples, int32; the same on every process."""
    visited = permutation(length, seed, epoch).astype(np.int32)
    visited.flags.writeable = False
    return visited


def batch_indices(length: int, batch_size: int, seed: int, step: int) -> np.ndarray:
    """The examples of the global batch of a step, int32 [batch_size]."""
    epoch, position = divmod(step, steps_per_epoch(length, batch_size))
    return order(length, seed, epoch)[position * batch_size : (position + 1) * batch_size]


def train_batches(
    source: Source,
    *,
    batch_size: int,
    seed: int,
    start_step: int = 0,
    process_index: int = 0,
    process_count: int = 1,
    workers: int = THREADS,
    processes: int = 0,
    past: int = 0,
    companions: int = 1,
) -> Iterator[Batch]:
    """Endless shuffled batches from `start_step` on; nothing before it is read.

    Args:
        source: the data set, the same on every process.
        batch_size: of the global batch.
        seed: of the order.
        start_step: step of the first batch.
        process_index: this process, which gets that contiguous share of every global batch.
        process_count: number of processes.
        workers: threads that decode ahead (per worker process), for sources that are not in RAM.
        processes: worker processes for those, 0 for threads alone. They are spawned: the program needs a
            `if __name__ == "__main__"` guard.
        past: of how many examples of earlier batches some are read once more, to be mixed with; 0 for none.
        companions: how many of these each example gets.

    Yields:
        All that `source.spec` names, [b, ...] each, "index" int32 [b], and "label" int32 [b] when there are labels.

    Raises:
        ValueError: a batch larger than the data set, or that does not divide over the processes.
    """
    steps_per_epoch(source.length, batch_size)
    if batch_size % process_count:
        raise ValueError(f"batch_size={batch_size} does not divide over {process_count} processes")
    place = slice(*(share * (batch_size // process_count) for share in (process_index, process_index + 1)))
    rows = partial(_shuffled, source.length, batch_size, seed, place, past, companions)
    return batches(source, rows, range(start_step, np.iinfo(np.int32).max), workers, processes)


def eval_batches(
    source: Source, batch_size: int, *, process_index: int = 0, process_count: int = 1, workers: int = THREADS
) -> Iterator[Batch]:
    """All examples in order. The last batch is filled up with its first example to keep one shape.

    Arguments as of `train_batches`.

    Yields:
        As `train_batches`, and "valid" bool [b]: False where the batch is filled up.
    """
    share = batch_size // process_count

    def valid(step: int) -> np.ndarray:
        return step * batch_size + process_index * share + np.arange(share) < source.length

    def rows(step: int) -> tuple[np.ndarray, None]:
        place = step * batch_size + process_index * share + np.arange(share, dtype=np.int32)
        return np.where(place < source.length, place, step * batch_size), None

    steps = range(-(-source.length // batch_size))
    return ({**batch, "valid": valid(step)} for step, batch in enumerate(batches(source, rows, steps, workers)))


def batches(source: Source, rows: Rows, steps: range, workers: int = THREADS, processes: int = 0) -> Iterator[Batch]:
    """The batches of some steps, in order: of a source in RAM gathered as they are asked for, else decoded ahead.

    Args:
        source: the data set.
        rows: which of its examples the batch of a step has; as many for each.
        steps: which.
        workers: as of `train_batches`, and
        processes: too.
    """
    if source.in_memory:
        return (read_batch(source, *rows(step)) for step in steps)
    return _stream(source, rows, steps, workers, processes)


def read_batch(
    source: Source,
    indices: np.ndarray,
    draws: np.ndarray | None = None,
    before: np.ndarray | None = None,
    draws_before: np.ndarray | None = None,
) -> Batch:
    """The examples at `indices`, int [b], as a batch: all that `spec` names, "index", and "label" if there is one.

    Args:
        draws: where they are cropped, uint64 [b].
        before: earlier examples that the batch has as "past", int [b, companions]; None for none.
        draws_before: where those are cropped.
    """
    read = source.read(indices, draws)
    batch: Batch = {**{name: read[name] for name in source.spec}, "index": indices.astype(np.int32)}
    if before is not None:
        batch["past"] = read_past(source, before, draws_before)
    return batch if source.labels is None else {**batch, "label": source.labels[indices]}


def _shuffled(
    length: int, batch_size: int, seed: int, own: slice, past: int, companions: int, step: int
) -> tuple[np.ndarray | None, ...]:
    shown = partial(batch_indices, length, batch_size, seed)
    before = earlier(shown, batch_size, seed, step, past, companions) if past else ()
    return tuple(x[own] for x in (shown(step), words(seed, step, batch_size), *before))


def _read_piece(source: Source, rows: Rows, pieces: int, number: int) -> Batch:
    step, piece = divmod(number, pieces)
    own = slice(piece * PIECE, (piece + 1) * PIECE)
    return read_batch(source, *(x if x is None else x[own] for x in rows(step)))


def _stream(source: Source, rows: Rows, steps: range, workers: int, processes: int) -> Iterator[Batch]:
    try:
        import grain
        from absl import flags
    except ImportError as error:
        raise DataError('a data set too large for RAM needs grain: pip install grain (or route="ram")') from error
    pieces = -(-len(rows(steps.start)[0]) // PIECE)
    numbers = grain.MapDataset.range(steps.start * pieces, steps.stop * pieces)
    options = grain.ReadOptions(num_threads=workers, prefetch_buffer_size=workers + pieces)
    data = numbers.map(partial(_read_piece, source, rows, pieces)).to_iter_dataset(options)
    if processes:
        # Grain reads absl flags when it starts workers, which fails in a program that has never parsed any.
        if not flags.FLAGS.is_parsed():
            flags.FLAGS.mark_as_parsed()
        data = data.mp_prefetch(grain.MultiprocessingOptions(num_workers=processes))
    return _joined(iter(data), pieces)


def _joined(read: Iterator[Batch], pieces: int) -> Iterator[Batch]:
    try:
        while parts := list(islice(read, pieces)):
            yield jax.tree.map(lambda *pieces: np.concatenate(pieces), *parts)
    finally:
        read.close()
