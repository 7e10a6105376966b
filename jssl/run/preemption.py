"""Being told to stop: one answer to "save and leave?" for a laptop, a SLURM job and a preemptible TPU pod."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import jax

EXIT_STATUS = 75
"""What a launcher exits with after a preemption: EX_TEMPFAIL, "run me again"."""
SIGNALS = (signal.SIGTERM, signal.SIGINT)
"""Of a scheduler, and of Ctrl-C."""


class Preempted(Exception):
    """The run was told to stop; it saved its state and goes on when started again."""


@contextmanager
def preemption(manager: Any) -> Iterator[Callable[[int], bool]]:
    """Yields `told_to_stop(step)`.

    One process listens for SIGTERM and Ctrl-C itself. In a run of many, the distributed runtime hears SIGTERM, which
    Ctrl-C becomes, and all processes agree on one step to save, through the checkpoint manager.
    """
    if jax.process_count() > 1:
        with heard(lambda: os.kill(os.getpid(), signal.SIGTERM), (signal.SIGINT,)):
            yield manager.reached_preemption
        return
    told = threading.Event()
    with heard(told.set):
        yield lambda step: told.is_set()


@contextmanager
def heard(answer: Callable[[], Any], signals: Sequence[int] = SIGNALS) -> Iterator[None]:
    """Call `answer` at the first of these signals; the second ends the process at once."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set a handler
        yield
        return

    def first(number: int, frame: Any) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_DFL)
        answer()

    before = {each: signal.signal(each, first) for each in signals}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
