"""Rounds of real processes: of several at once, and of one that is killed again and again."""

import subprocess
import sys
import time
from pathlib import Path

import chex
import jax
import numpy as np
import pytest

from jssl.encoder import load
from jssl.run.workdir import read_json

ROOT = Path(__file__).parents[2]
SHORT = ("--config.epochs=2", "--config.rounds.round_1.epochs=6", "--config.rounds.round_2.epochs=1")


def start(workdir: Path, *before: str) -> subprocess.Popen:
    rounds = ["-m", "launch.selftrain", "--config=tests/tiny_rounds.py", f"--workdir={workdir}", *SHORT]
    return subprocess.Popen(
        [sys.executable, *before, *rounds], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def finish(process: subprocess.Popen) -> None:
    output, _ = process.communicate(timeout=500)
    assert process.returncode == 0, output
    assert output.count("round 2: accuracy") == 1


def several(workdir: Path, *, processes: int, devices: int) -> None:
    local = ["-m", "launch.local", f"--processes={processes}", f"--devices_per_process={devices}", "--"]
    finish(start(workdir, *local, sys.executable))


def manifests(workdir: Path) -> list[dict]:
    """Without the one path in them."""
    found = [read_json(workdir / f"round_{number}" / "manifest.json") for number in (0, 1, 2)]
    for manifest in found:
        del manifest["config"]["data"]["pseudo"]
    return found


def parameters(workdir: Path) -> dict:
    return jax.tree.map(np.asarray, load(workdir / "round_2" / "student", devices=jax.devices()[:1]).params)


@pytest.mark.long
def test_two_processes_equal_one(tmp_path) -> None:
    several(tmp_path / "many", processes=2, devices=2)
    several(tmp_path / "one", processes=1, devices=4)
    assert len(list((tmp_path / "many" / "round_1" / "labels").glob("*.array_record"))) == 2  # one of each
    assert manifests(tmp_path / "many") == manifests(tmp_path / "one")
    chex.assert_trees_all_close(parameters(tmp_path / "many"), parameters(tmp_path / "one"), rtol=1e-4, atol=1e-5)
    assert (tmp_path / "many" / "report.html").exists()


@pytest.mark.long
def test_killed_in_every_phase_the_rounds_end_the_same(tmp_path) -> None:
    phases = (
        "round_0/student/metrics.jsonl", "round_1/labels", "round_1/student/metrics.jsonl",
        "round_2/labels/labels-00000-of-00002.array_record", "round_2/labels/selection.json", "round_2/manifest.json",
    )  # fmt: skip
    for phase in phases:
        process = start(tmp_path / "killed")
        while not (tmp_path / "killed" / phase).exists():
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.002)
        process.kill()
        process.communicate()
    finish(start(tmp_path / "killed"))
    finish(start(tmp_path / "whole"))
    assert manifests(tmp_path / "killed") == manifests(tmp_path / "whole")
    chex.assert_trees_all_equal(parameters(tmp_path / "killed"), parameters(tmp_path / "whole"))
