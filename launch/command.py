"""What every launcher shares: refusals are one line, not a traceback, and logs are quiet."""

import logging
import sys
from collections.abc import Callable

import absl.logging
from absl import app

from jssl.errors import Refused

REFUSED = 2
"""Exit status of a refused run."""


def run(main: Callable[[], None]) -> None:
    """Run a launcher's `main` under absl's flags; a `Refused` ends it with its message and status 2."""

    def guarded(arguments: list[str]) -> None:
        for noisy in ("absl", "orbax", "jax"):
            logging.getLogger(noisy).setLevel(logging.ERROR)
        absl.logging.get_absl_handler().setFormatter(logging.Formatter("%(message)s"))
        if len(arguments) > 1:
            sys.exit(f"what is {arguments[1]!r}? Arguments are written --name=value; see --help")
        try:
            main()
        except Refused as refusal:
            print(f"{type(refusal).__name__}: {refusal}", file=sys.stderr)
            sys.exit(REFUSED)

    app.run(guarded)
