"""Batches: shuffled for training, in order for evaluation, built ahead in the background.

The data position is the step: batch k of a run is a function of (length, batch size, seed, k) alone. A resumed run
continues with the batches it would have seen, whatever the number of processes, on both routes.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any

import numpy as np

from jssl.data.shuffle import permutation, words
from jssl.data.source import Source
from jssl.errors import DataError

Batch = dict[str, np.ndarray]


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
    workers: int = 8,
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
        workers: threads that decode batches ahead (per worker process), for sources that are not in RAM.
        processes: worker processes for those, 0 for threads alone. They are spawned: the program needs a
            `if __name__ == "__main__"` guard.
        past: of how many examples of earlier batches some are read once more, to be mixed with; 0 for none.
        companions: how many of these each example gets.

    Yields:
        All that `source.spec` names, [b, ...] each, "index" int32 [b], and "label" int32 [b] when there are labels.
        With `past`, "past" holds what `spec` names of earlier examples too, [b, companions, ...] each: a queue of clips
        that needs no state, as they are drawn by the step and cropped as they were then. None is the example itself.
        Before the first batch there was silence: zeros.

    Raises:
        ValueError: a batch larger than the data set, or that does not divide over the processes.
    """
    steps_per_epoch(source.length, batch_size)
    if batch_size % process_count:
        raise ValueError(f"batch_size={batch_size} does not divide over {process_count} processes")
    build = partial(_build, source, batch_size, seed, process_index, process_count, past, companions)
    steps = range(start_step, np.iinfo(np.int32).max)
    return map(build, steps) if source.in_memory else _stream(build, steps, workers, processes)


def eval_batches(source: Source, batch_size: int, *, workers: int = 8) -> Iterator[Batch]:
    """All examples in order. The last batch is filled up with its first example to keep one shape.

    Yields:
        As `train_batches`, and "valid" bool [b]: False where the batch is filled up.
    """
    build, steps = partial(_build_in_order, source, batch_size), range(-(-source.length // batch_size))
    return map(build, steps) if source.in_memory else _stream(build, steps, workers, processes=0)


def read_batch(source: Source, indices: np.ndarray, draws: np.ndarray | None = None) -> Batch:
    """The examples at `indices`, int [b], as a batch: all that `spec` names, "index", and "label" if there is one."""
    read = source.read(indices, draws)
    batch = {**{name: read[name] for name in source.spec}, "index": indices.astype(np.int32)}
    return batch if source.labels is None else {**batch, "label": source.labels[indices]}


def _build(
    source: Source, batch_size: int, seed: int, process: int, processes: int, past: int, companions: int, step: int
) -> Batch:
    indices = batch_indices(source.length, batch_size, seed, step)
    share = batch_size // processes
    own = slice(process * share, (process + 1) * share)
    batch = read_batch(source, indices[own], words(seed, step, batch_size)[own])
    if not past:
        return batch
    if not step:
        zeros = {name: np.zeros((share, companions, *x.shape), x.dtype) for name, x in source.spec.items()}
        return {**batch, "past": zeros}
    chosen, draws = earlier(source.length, batch_size, seed, step, past, companions)
    read = source.read(chosen[own].reshape(-1), draws[own].reshape(-1))
    return {**batch, "past": {name: x.reshape(share, companions, *x.shape[1:]) for name, x in read.items()}}


def earlier(
    length: int, batch_size: int, seed: int, step: int, past: int, companions: int
) -> tuple[np.ndarray, np.ndarray]:
    """For each example of the global batch of a step from 1 on, some of the `past` examples before that batch.

    Returns:
        Examples int32 [batch_size, companions], none of them the example itself, and the words uint64 that said where
        they were cropped.
    """
    steps = range(max(step - -(-past // batch_size), 0), step)
    shown = np.concatenate([batch_indices(length, batch_size, seed, k) for k in steps])[-past:]
    draws = np.concatenate([words(seed, k, batch_size) for k in steps])[-past:]
    drawn = words(seed, step, batch_size * companions, stream=2) % np.uint64(len(shown))
    place = drawn.astype(np.int64).reshape(batch_size, companions)
    itself = batch_indices(length, batch_size, seed, step)[:, None]
    for _ in range(2):  # an example comes twice in a row at most: at the end of an epoch and the beginning of the next
        place = np.where(shown[place] == itself, (place + 1) % len(shown), place)
    return shown[place], draws[place]


def _build_in_order(source: Source, batch_size: int, step: int) -> Batch:
    start = step * batch_size
    indices = np.arange(start, min(start + batch_size, source.length), dtype=np.int32)
    missing = batch_size - len(indices)
    batch = read_batch(source, np.pad(indices, (0, missing), constant_values=start))
    return {**batch, "valid": np.arange(batch_size) < len(indices)}


def _stream(build: Callable[[int], Batch], steps: range, workers: int, processes: int) -> Iterator[Batch]:
    try:
        import grain
        from absl import flags
    except ImportError as error:
        raise DataError('a data set too large for RAM needs grain: pip install grain (or route="ram")') from error
    batches = grain.MapDataset.range(steps.start, steps.stop).map(build)
    data = batches.to_iter_dataset(grain.ReadOptions(num_threads=workers, prefetch_buffer_size=workers))
    if processes:
        # Grain reads absl flags when it starts workers, which fails in a program that has never parsed any.
        if not flags.FLAGS.is_parsed():
            flags.FLAGS.mark_as_parsed()
        data = data.mp_prefetch(grain.MultiprocessingOptions(num_workers=processes))
    return iter(data)


class prefetch:
    """Iterate over `put(batch)`, built ahead by a background thread.

    An exception of the iterator or of `put` is raised by `next`. Use it in a `with`, or call `close`.

    Args:
        batches: host batches; only the thread touches them from here on.
        put: what moves a host batch to the devices.
        size: batches kept ready.
    """

    def __init__(self, batches: Iterator[Batch], put: Callable[[Batch], Any], size: int = 2) -> None:
        self.waited = 0.0
        """Seconds that the consumer has waited for data."""
        self._ready: queue.Queue = queue.Queue(size)
        self._closed = threading.Event()
        # A daemon: a program that ends, for whatever reason, never waits for data.
        self._thread = threading.Thread(target=self._fill, args=(batches, put), daemon=True)
        self._thread.start()

    def __iter__(self) -> "prefetch":
        return self

    def __next__(self) -> Any:
        if self._closed.is_set():
            raise StopIteration
        start = time.perf_counter()
        batch, error = self._ready.get()
        self.waited += time.perf_counter() - start
        if error is None:
            return batch
        self.close()
        raise error

    def __enter__(self) -> "prefetch":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the thread and drop what is ready. Idempotent."""
        self._closed.set()
        while self._thread.is_alive():
            try:
                self._ready.get(timeout=0.05)
            except queue.Empty:
                self._thread.join(timeout=0.05)

    def _fill(self, batches: Iterator[Batch], put: Callable[[Batch], Any]) -> None:
        try:
            for batch in batches:
                self._ready.put((put(batch), None))
                if self._closed.is_set():
                    break
            else:
                self._ready.put((None, StopIteration()))
        except BaseException as error:
            self._ready.put((None, error))
        finally:
            if hasattr(batches, "close"):
                batches.close()
