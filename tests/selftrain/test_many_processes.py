"""Rounds of several real processes: each labels its own part of the pool, one writes what all then read."""

import subprocess
import sys
from pathlib import Path

import chex
import jax
import numpy as np
import pytest

from jssl.encoder import load
from jssl.workdir import read_json

ROOT = Path(__file__).parents[2]


def launch(workdir: Path, *, processes: int, devices: int) -> None:
    local = ["-m", "launch.local", f"--processes={processes}", f"--devices_per_process={devices}", "--"]
    rounds = ["-m", "launch.selftrain", "--config=tests/tiny_rounds.py", f"--workdir={workdir}", "--config.epochs=2"]
    done = subprocess.run(
        [sys.executable, *local, sys.executable, *rounds, "--config.rounds.round_1.epochs=1"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=500,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("round 1: accuracy") == 1


@pytest.mark.slow
def test_two_processes_equal_one(tmp_path) -> None:
    launch(tmp_path / "many", processes=2, devices=2)
    launch(tmp_path / "one", processes=1, devices=4)
    assert len(list((tmp_path / "many" / "round_1" / "labels").glob("*.array_record"))) == 2
    for number in (0, 1):
        many, one = (read_json(tmp_path / name / f"round_{number}" / "manifest.json") for name in ("many", "one"))
        del many["config"]["data"]["pseudo"], one["config"]["data"]["pseudo"]
        assert many == one
    a, b = (load(tmp_path / name / "round_1" / "student").params for name in ("many", "one"))
    chex.assert_trees_all_close(*(jax.tree.map(np.asarray, tree) for tree in (a, b)), rtol=1e-3, atol=1e-4)
    assert (tmp_path / "many" / "report.html").exists()
