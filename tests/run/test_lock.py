"""A folder is one run's at a time, and free again whatever its holder died of."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from jssl.errors import WorkdirError
from jssl.run.lock import LOCK, only_one
from jssl.run.train import fit
from tests.tiny_config import get_config

ROOT = Path(__file__).parents[2]
HOLD = """import sys; from jssl.run.lock import only_one
with only_one(sys.argv[1]): print("held", flush=True); sys.stdin.read()"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


@pytest.mark.slow
def test_a_folder_in_use_is_refused_with_the_holders_name_until_it_dies(holder, tmp_path) -> None:
    with pytest.raises(WorkdirError, match=rf"in use by process {holder.pid} on \S+ since 2.*another --workdir"):
        fit(get_config(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [LOCK]
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with only_one(tmp_path):
        assert f"process {os.getpid()} " in (tmp_path / LOCK).read_text()


def test_what_is_called_under_the_lock_may_ask_for_it_and_another_thread_may_not(tmp_path) -> None:
    refused = []

    def other() -> None:
        try:
            with only_one(tmp_path):
                pass
        except WorkdirError as error:
            refused.append(error)

    with only_one(tmp_path):
        with only_one(f"{tmp_path}/"):
            pass
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert len(refused) == 1
    other()
    assert len(refused) == 1


def test_a_folder_that_cannot_be_made_is_refused(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkdirError, match="cannot hold a run"), only_one(tmp_path / "file"):
        pass
