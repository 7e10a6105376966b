"""One at a time in a folder: a lock of the file system's, which any death of its holder releases."""

import datetime
import errno
import fcntl
import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import jax
import numpy as np

from jssl.errors import WorkdirError

log = logging.getLogger(__name__)
LOCK = ".lock"
"""In the folder: the file that is locked, which names its holder. It stays there, as deleting it would be a race."""
UNKNOWN = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK)
"""What file systems without locks answer."""
_ours: dict[Path, int] = {}
"""Folders that this process holds, and by which thread: what it calls under its own lock may ask for it again."""


@contextmanager
def only_one(workdir: Path | str) -> Iterator[None]:
    """Hold a folder, which is made where there is none, against all others. The first of many processes does so.

    Raises:
        WorkdirError: another one holds it, whose machine, process and time the message names; it cannot be written.
    """
    workdir = Path(workdir).expanduser().absolute()
    if _ours.get(workdir) == threading.get_ident():
        yield
        return
    file, refusal = _take(workdir) if jax.process_index() == 0 else (None, "")
    if jax.process_count() > 1:
        refusal = _agreed(refusal, workdir)
    if refusal:
        raise WorkdirError(refusal)
    _ours[workdir] = threading.get_ident()
    try:
        yield
    finally:
        del _ours[workdir]
        if file is not None:
            file.close()


def _take(workdir: Path) -> tuple[IO | None, str]:
    """The locked file, or why there is none."""
    try:
        workdir.mkdir(parents=True, exist_ok=True)
        file = (workdir / LOCK).open("a+")
    except OSError as error:
        return None, f"--workdir={workdir} cannot hold a run: {error}"
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in UNKNOWN:
            log.warning("%s: the file system knows no locks; take care that only one run works here", workdir)
            return file, ""
        file.seek(0)
        holder = " ".join(file.read(300).split()) or "another process"
        file.close()
        return None, f"{workdir} is in use by {holder}. Wait for its end, or choose another --workdir"
    file.truncate(0)
    since = datetime.datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
    file.write(f"process {os.getpid()} on {socket.gethostname()} since {since}\n")
    file.flush()
    return file, ""


def _agreed(refusal: str, workdir: Path) -> str:
    from jax.experimental.multihost_utils import broadcast_one_to_all

    refused = bool(broadcast_one_to_all(np.int32(bool(refusal))))
    return refusal or f"{workdir} is in use, as the first process says" if refused else ""
