"""What every launcher shares: refusals are one line, not a traceback, and logs are quiet."""

import logging
import os
import sys
from collections.abc import Callable

import absl.logging
from absl import app

from jssl.errors import Refused

REFUSED = 2
"""Exit status of a refused run."""


LOST_AFTER = 30
"""Seconds without a sign of life after which a process of a distributed run is given up, and the run ends."""


def join() -> None:
    """Join the other processes of a distributed run, found by SLURM, Open MPI, GKE, TPU metadata or `launch.local`."""
    import jax

    if "JSSL_PROCESSES" in os.environ:
        place = {"num_processes": int(os.environ["JSSL_PROCESSES"]), "process_id": int(os.environ["JSSL_PROCESS"])}
        jax.distributed.initialize(**place, heartbeat_timeout_seconds=LOST_AFTER)
    else:
        jax.distributed.initialize(heartbeat_timeout_seconds=LOST_AFTER)


def run(main: Callable[[], None]) -> None:
    """Run a launcher's `main` under absl's flags.

    What was refused, was told to stop or diverged ends with a message and no traceback: status 2, 75 and 1.
    """

    def guarded(arguments: list[str]) -> None:
        for noisy in ("absl", "orbax", "jax"):
            logging.getLogger(noisy).setLevel(logging.ERROR)
        absl.logging.get_absl_handler().setFormatter(logging.Formatter("%(message)s"))
        if len(arguments) > 1:
            sys.exit(f"what is {arguments[1]!r}? Arguments are written --name=value; see --help")
        from jssl.run.preemption import EXIT_STATUS, Preempted

        try:
            main()
        except Refused as refusal:
            print(f"{type(refusal).__name__}: {refusal}", file=sys.stderr)
            sys.exit(REFUSED)
        except Preempted as stop:
            print(stop, file=sys.stderr)
            sys.exit(EXIT_STATUS)
        except FloatingPointError as failure:
            sys.exit(f"{type(failure).__name__}: {failure}")

    app.run(guarded)
