"""A disk that is full while a run saves: one line, nothing lost, and the run goes on once there is space."""

import errno
import os
import shutil
import subprocess

import pytest

from jssl.errors import WorkdirError
from jssl.run.checkpoint import named_when_full, saved_steps
from tests.test_bad_input import launch


@pytest.mark.parametrize("steps", [[], [22, 44]])
@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "full"), ValueError("RESOURCE_EXHAUSTED: ... [os_error_code='28']")]
)
def test_it_is_named(tmp_path, error, steps) -> None:
    for step in steps:
        (tmp_path / "checkpoints" / str(step)).mkdir(parents=True)
    says = "checkpoint 44 and all before it are whole" if steps else "nothing had been saved yet"
    with pytest.raises(WorkdirError, match=f"no space is left for {tmp_path}: {says}"), named_when_full(tmp_path):
        try:
            raise error
        except Exception as first:
            raise RuntimeError("a save in the background failed") from first


def test_other_errors_are_left_alone(tmp_path) -> None:
    with pytest.raises(ValueError, match="another"), named_when_full(tmp_path):
        raise ValueError("another")


@pytest.mark.long
@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("mount"), reason="mounts a disk"
)
def test_a_run_loses_nothing_and_goes_on(tmp_path) -> None:
    def mount(options: str) -> int:
        return subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(tmp_path)], check=False).returncode

    if mount("size=4500k"):  # a checkpoint takes a third of it, and twice that while it is written
        pytest.skip("may not mount")
    try:
        wide = "--config.encoder.width=32 --config.encoder.features=256"
        line = f"pretrain --config=tests/tiny_config.py --workdir={tmp_path / 'run'} --noassess {wide}"
        done = launch(line)
        # TensorStore's threads may have complained before, of an event loop that is closed.
        assert done.returncode == 2 and "checkpoint 22 and all before it are whole" in done.stderr.splitlines()[-1]
        assert not mount("remount,size=30m")
        again = launch(line)
        assert again.returncode == 0 and "step 23/88" in again.stdout + again.stderr
        assert saved_steps(tmp_path / "run/checkpoints") == [66, 88]
    finally:
        subprocess.run(["umount", str(tmp_path)], check=False)
