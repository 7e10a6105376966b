"""Being told to stop: one answer to "save and leave?" for a laptop, a SLURM job and a preemptible TPU pod."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jax

EXIT_STATUS = 75
"""What a launcher exits with after a preemption: EX_TEMPFAIL, "run me again"."""


class Preempted(Exception):
    """The run was told to stop; it saved its state and goes on when started again."""


@contextmanager
def preemption(manager: Any) -> Iterator[Callable[[int], bool]]:
    """Yields `told_to_stop(step)`.

    One process listens for SIGTERM itself. In a run of many, the distributed runtime hears it and all processes agree
    on one step to save, through the checkpoint manager.
    """
    if jax.process_count() > 1:
        yield manager.reached_preemption
        return
    told = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set a handler
        yield lambda step: told.is_set()
        return
    before = signal.signal(signal.SIGTERM, lambda number, frame: told.set())
    try:
        yield lambda step: told.is_set()
    finally:
        signal.signal(signal.SIGTERM, before)
