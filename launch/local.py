"""Run a command as several processes on this machine, as a cluster would: for trying out a run of many hosts.

python -m launch.local --processes=2 --devices_per_process=2 -- python -m launch.pretrain --config=... --workdir=...

Each process has virtual CPU devices of its own and joins the others through `jax.distributed`. When one ends badly the
others are ended too, and the status is its status. SIGTERM and Ctrl-C are passed on, so that all save one agreed step;
the second one ends them at once. They listen on this machine alone.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from absl import flags

from jssl.errors import ConfigError

from . import command

PROCESSES = flags.DEFINE_integer("processes", 2, "Number of processes.", lower_bound=1)
DEVICES = flags.DEFINE_integer("devices_per_process", 1, "Virtual CPU devices of each.", lower_bound=1)
GRACE = 20.0
"""Seconds a process has to end by itself after another one did."""


def launch(words: Sequence[str], processes: int, devices: int) -> int:
    """Start the processes, wait for them all, return the first bad status (or 0).

    Raises:
        ConfigError: there is no such program.
    """
    if not shutil.which(words[0]):
        raise ConfigError(
            f"{words[0]!r} is no program: write what is to be run behind `--`, python -m launch.pretrain ..."
        )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    running = []
    for i in range(processes):
        environment = {
            **os.environ,
            "JAX_PLATFORMS": "cpu",
            "JAX_NUM_CPU_DEVICES": str(devices),
            "JAX_COORDINATOR_ADDRESS": address,
            "JSSL_PROCESSES": str(processes),
            "JSSL_PROCESS": str(i),
        }
        # XLA sizes its thread pool by this; with fewer threads than devices a collective can wait for ever.
        environment.setdefault("NPROC", "64")
        # In a group of its own, which a terminal's Ctrl-C does not reach: it comes from here, once.
        process = subprocess.Popen(
            words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, process_group=0
        )
        threading.Thread(target=_relay, args=(process, i), daemon=True).start()
        running.append(process)
    if threading.current_thread() is threading.main_thread():
        _pass_on(running)
    try:
        return _wait(running)
    finally:
        for process in running:
            process.kill()


def _pass_on(running: Sequence[subprocess.Popen]) -> None:
    """Tell the processes to stop when this one is told to, and end them when it is told again."""
    told = threading.Event()

    def tell(number: int, frame: object) -> None:
        for process in running:
            process.kill() if told.is_set() else process.terminate()
        told.set()

    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, tell)


def _relay(process: subprocess.Popen, number: int) -> None:
    """Copy a process's output, line by line, behind its number. gloo's connection notes are left out."""
    for line in process.stdout:
        if not line.startswith("[Gloo]"):
            print(f"[{number}] {line}", end="", flush=True)


def _wait(running: Sequence[subprocess.Popen]) -> int:
    while True:
        statuses = [process.poll() for process in running]
        bad = [(i, status) for i, status in enumerate(statuses) if status]
        if None not in statuses:
            return bad[0][1] if bad else 0
        if bad:
            number, status = bad[0]
            how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
            deadline = time.monotonic() + GRACE
            while time.monotonic() < deadline and any(process.poll() is None for process in running):
                time.sleep(0.1)
            alive = [process for process in running if process.poll() is None]
            print(
                f"process {number} {how}; "
                + (f"ending the other {len(alive)}. " if alive else "all have ended. ")
                + "What was saved is kept: start again to go on.",
                file=sys.stderr,
                flush=True,
            )
            for process in alive:
                process.kill()
            return status
        time.sleep(0.1)


def main(words: list[str]) -> None:
    """Launch what comes after `--`."""
    if not words:
        raise ConfigError(
            "what is to be run? Write it behind `--`: python -m launch.local --processes=2 -- python -m ..."
        )
    status = launch(words, PROCESSES.value, DEVICES.value)
    sys.exit(128 - status if status < 0 else status)


if __name__ == "__main__":
    command.run(main, takes_rest=True)
