"""Runs of several real processes on this machine."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import chex
import jax
import numpy as np
import pytest

from jssl.run.checkpoint import open_checkpoints, restore
from jssl.run.plan import make_plan
from jssl.run.writers import read_metrics
from tests.tiny_config import get_config

ROOT = Path(__file__).parents[1]


def start(workdir: Path, *overrides: str, processes: int = 2, devices: int = 2) -> subprocess.Popen:
    pretrain = ["-m", "launch.pretrain", "--config=tests/tiny_config.py", f"--workdir={workdir}", "--noassess"]
    local = ["-m", "launch.local", f"--processes={processes}", f"--devices_per_process={devices}", "--"]
    return subprocess.Popen(
        [sys.executable, *local, sys.executable, *pretrain, *overrides],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def finish(process: subprocess.Popen, seconds: float = 300) -> str:
    output, _ = process.communicate(timeout=seconds)
    return output


def wait_for_step(workdir: Path, process: subprocess.Popen, step: int) -> None:
    while process.poll() is None:
        path = workdir / "metrics.jsonl"
        if path.exists() and any(row["step"] >= step for row in read_metrics(path)):
            return
        time.sleep(0.05)
    pytest.fail(f"the run ended before step {step}: {finish(process)}")


def last_state(workdir: Path) -> dict:
    plan = make_plan(get_config(), devices=jax.devices()[:1])
    manager = open_checkpoints(workdir / "checkpoints", read_only=True)
    state, _ = restore(manager, plan.abstract_state())
    manager.close()
    return jax.tree.map(np.asarray, state._replace(key=jax.random.key_data(state.key))._asdict())


def children(process: subprocess.Popen) -> list[int]:
    tasks = Path(f"/proc/{process.pid}/task").glob("*/children")
    return sorted(int(pid) for task in tasks for pid in task.read_text().split())


@pytest.mark.slow
def test_two_processes_equal_one(tmp_path) -> None:
    short = ("--config.epochs=1", "--config.optimizer.warmup=0.5")
    many = start(tmp_path / "many", *short)
    assert "step 22/22" in finish(many) and many.returncode == 0
    one = start(tmp_path / "one", *short, processes=1, devices=4)
    assert "step 22/22" in finish(one) and one.returncode == 0
    chex.assert_trees_all_close(last_state(tmp_path / "many"), last_state(tmp_path / "one"), rtol=1e-4, atol=1e-5)


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the processes through /proc")
def test_a_killed_process_ends_the_others_and_a_restart_goes_on(tmp_path) -> None:
    process = start(tmp_path)
    wait_for_step(tmp_path, process, 30)
    os.kill(children(process)[1], signal.SIGKILL)
    killed = time.monotonic()
    output = finish(process, 60)
    assert time.monotonic() - killed < 60
    assert process.returncode == 128 + signal.SIGKILL
    assert "process 1 was killed by SIGKILL" in output and "start again to go on" in output
    again = start(tmp_path)
    output = finish(again)
    assert again.returncode == 0
    first = min(int(step) for step in re.findall(r"step (\d+)/88", output))
    assert first > 22  # from the checkpoint of the first epoch


@pytest.mark.long
def test_told_to_stop_all_processes_save_one_step(tmp_path) -> None:
    process = start(tmp_path, "--config.checkpoint.every=100")
    wait_for_step(tmp_path, process, 10)
    process.send_signal(signal.SIGTERM)
    output = finish(process, 120)
    assert process.returncode == 75, output
    saved = set(re.findall(r"saved step (\d+) of 88", output))
    assert len(saved) == 1
    again = start(tmp_path, "--config.checkpoint.every=100")
    assert "step 88/88" in finish(again) and again.returncode == 0
