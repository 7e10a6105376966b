"""Batches made ready ahead by a background thread."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

Batch = dict[str, Any]


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
