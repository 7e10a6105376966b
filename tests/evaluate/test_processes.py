"""kNN, probe and PCA on features that two processes have a part of each."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.evaluate.two_processes import scores

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_two_processes_score_as_one_and_keep_their_own_rows() -> None:
    local = ["-m", "launch.local", "--processes=2", "--devices_per_process=2", "--"]
    command = [sys.executable, *local, sys.executable, "-m", "tests.evaluate.two_processes"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    first, second = (json.loads(line.partition(" ")[2]) for line in done.stdout.splitlines() if "kNN" in line)
    one = scores()
    assert first["here"] + second["here"] == one["here"] == 801 and 300 < first["here"] < 500
    for name in ("kNN", "linear probe", "PCA"):
        assert first[name] == second[name] == pytest.approx(one[name], abs=0.006)
        assert 0.4 < one[name] < 0.98
    assert first["sum"] == second["sum"] == one["sum"]
