"""The template of launch/slurm on a real SLURM of two nodes on this machine.

It runs as root where SLURM is installed, as by `apt-get install slurm-wlm munge`; nothing of an installed cluster is
touched: configuration, state and ports are the test's own.
"""

import itertools
import math
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import chex
import pytest

from jssl.run.writers import read_metrics
from tests.test_local import ROOT, finish, last_state
from tests.test_local import start as start_local

DAEMONS = ("slurmctld", "slurmd", "munged", "sbatch")
CONF = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
NodeName={host} NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=2 State=UNKNOWN
NodeName={host}-2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=2 State=UNKNOWN
PartitionName=both Nodes={host},{host}-2 Default=YES MaxTime=INFINITE State=UP OverSubscribe=YES
"""
"""JAX looks up the name of the first node, which has to be one that resolves."""

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        os.name != "posix" or os.geteuid() != 0 or not all(map(shutil.which, DAEMONS)),
        reason="needs root, and SLURM: apt-get install slurm-wlm munge",
    ),
]


Job = dict[str, str]
"""As `scontrol show job` has it."""


def output(command: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(command, env=environment, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment in which SLURM's commands find a cluster of two nodes."""
    folder = tmp_path_factory.mktemp("slurm")
    (folder / "state").mkdir()
    sockets = [socket.socket() for _ in range(3)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    host = socket.gethostname().partition(".")[0]
    conf = folder / "slurm.conf"
    conf.write_text(CONF.format(host=host, ports=ports, folder=folder))
    environment = {**os.environ, "SLURM_CONF": str(conf)}
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    daemons = [
        ["munged", "-F", "--force", f"--key-file={key}", f"--socket={folder}/munge.socket",
         f"--pid-file={folder}/munged.pid", f"--log-file={folder}/munged.log", f"--seed-file={folder}/munged.seed"],
        ["slurmctld", "-D", "-f", str(conf)],
        ["slurmd", "-D", "-N", host, "-f", str(conf)],
        ["slurmd", "-D", "-N", f"{host}-2", "-f", str(conf)],
    ]  # fmt: skip
    running = []
    try:
        for command in daemons:
            with (folder / f"{len(running)}.out").open("w") as out:
                running.append(subprocess.Popen(command, env=environment, stdout=out, stderr=out))
            time.sleep(1)
        said = ""
        for _ in range(60):
            said = output(["sinfo", "-h", "-o", "%T %D"], environment)
            if said.split() == ["idle", "2"]:
                break
            time.sleep(1)
        else:
            pytest.skip(f"SLURM does not come up here: {said or (folder / 'slurmctld.log').read_text()[-500:]}")
        yield environment
    finally:
        subprocess.run(["scancel", "--user=root", "--signal=KILL"], env=environment, check=False)
        for process in reversed(running):
            process.terminate()
            process.wait(30)


def submit(slurm: dict[str, str], folder: Path, workdir: Path, *overrides: str, notice: int = 120) -> str:
    """Send off an edited copy of the template; the job's number."""
    text = (ROOT / "launch/slurm/pretrain.sbatch").read_text()
    edits = {
        r"--nodes=4": "--nodes=2",
        r"#SBATCH --gpus-per-node=.*\n": "",
        r"--cpus-per-task=64": "--cpus-per-task=1",
        r"--time=24:00:00": "--time=02:00:00",
        r"--signal=TERM@120": f"--signal=TERM@{notice}",
        r"CONFIG=\S*": "CONFIG=tests/tiny_config.py",
        r"WORKDIR=\S*": f"WORKDIR={workdir}",
        r"python -m": f"{sys.executable} -m",
        r'(--workdir="\$WORKDIR")': rf"\1 --noassess {' '.join(overrides)}",
    }
    for pattern, by in edits.items():
        text, count = re.subn(pattern, by, text)
        assert count, pattern
    script = folder / "job.sbatch"
    script.write_text(text)
    own = {"JAX_PLATFORMS": "cpu", "JAX_NUM_CPU_DEVICES": "2", "NPROC": "64", "SLURM_GPUS_ON_NODE": "2"}
    environment = {**slurm, **own}
    command = ["sbatch", "--parsable", f"--chdir={ROOT}", f"--output={folder}/log", str(script)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def wait_until(slurm: dict[str, str], job: str, what: Callable[[Job], bool], folder: Path, seconds: float) -> Job:
    """The job as SLURM shows it, once it is as asked."""
    deadline = time.monotonic() + seconds
    shown: Job = {}
    while time.monotonic() < deadline:
        said = output(["scontrol", "show", "job", job], slurm)
        shown = dict(pair.split("=", 1) for pair in said.split() if "=" in pair)
        if what(shown):
            return shown
        time.sleep(1)
    log = folder / "log"
    pytest.fail(f"{shown}\n{log.read_text() if log.exists() else 'no output'}")


def ended(shown: Job) -> bool:
    return shown.get("JobState") in ("COMPLETED", "FAILED", "TIMEOUT", "CANCELLED", "NODE_FAIL")


def test_two_nodes_equal_one_process(slurm, tmp_path) -> None:
    short = ("--config.epochs=1", "--config.optimizer.warmup=0.5")
    job = submit(slurm, tmp_path, tmp_path / "nodes", *short)
    assert wait_until(slurm, job, ended, tmp_path, 900)["JobState"] == "COMPLETED", (tmp_path / "log").read_text()
    one = start_local(tmp_path / "one", *short, processes=1, devices=4)
    assert finish(one) and one.returncode == 0
    chex.assert_trees_all_close(last_state(tmp_path / "nodes"), last_state(tmp_path / "one"), rtol=1e-4, atol=1e-5)


def trains(log: Path) -> bool:
    """Whether the job has a hundred steps behind it."""
    return log.exists() and bool(re.search(r"step [1-9]\d\d+/", log.read_text()))


@pytest.fixture(scope="module")
def epochs(tmp_path_factory: pytest.TempPathFactory) -> int:
    """As many as take this machine two minutes, and twenty at least."""
    folder = tmp_path_factory.mktemp("short")
    short = start_local(folder, "--config.epochs=2", "--config.optimizer.warmup=0.5")
    assert finish(short, 900) and short.returncode == 0
    early, late = (row["time"] for row in read_metrics(folder / "metrics.jsonl") if row["step"] in (22, 44))
    return max(math.ceil(120 / (late - early)), 20)


def minutes(shown: Job) -> int:
    """How long the job has run, whole minutes."""
    days, _, clock = shown["RunTime"].rpartition("-")
    hours, minutes, _ = map(int, clock.split(":"))
    return 1440 * int(days or 0) + 60 * hours + minutes


def test_at_its_time_limit_a_run_saves_is_requeued_and_ends_as_if_never_stopped(slurm, epochs, tmp_path) -> None:
    def change(*settings: str) -> None:
        subprocess.run(["scontrol", "update", f"JobId={job}", *settings], env=slurm, check=True)

    long = (f"--config.epochs={epochs}", "--config.optimizer.warmup=0.5", f"--config.checkpoint.every={epochs}")
    job = submit(slurm, tmp_path, tmp_path / "nodes", *long, notice=60)
    log = tmp_path / "log"
    # However quick or slow the machine: the limit comes while it trains, with a minute to save in.
    shown = wait_until(slurm, job, lambda job: trains(log) or ended(job), tmp_path, 900)
    change(f"TimeLimit={minutes(shown) + 2}")
    shown = wait_until(slurm, job, lambda job: int(job.get("Restarts", 0)) > 0 or ended(job), tmp_path, 300)
    assert int(shown["Restarts"]) == 1, log.read_text()
    saved = set(re.findall(rf"saved step (\d+) of {22 * epochs}", log.read_text()))
    assert len(saved) == 1 and "DUE TO TIME LIMIT" not in log.read_text()
    change("TimeLimit=60", "StartTime=now")  # without SLURM's two minutes of delay
    assert wait_until(slurm, job, ended, tmp_path, 2400)["JobState"] == "COMPLETED", log.read_text()
    assert f"step {22 * epochs}/{22 * epochs}" in log.read_text()
    whole = start_local(tmp_path / "whole", *long)
    assert finish(whole, 2400) and whole.returncode == 0
    chex.assert_trees_all_equal(last_state(tmp_path / "nodes"), last_state(tmp_path / "whole"))


def test_a_killed_process_ends_the_job_and_the_next_one_goes_on(slurm, epochs, tmp_path) -> None:
    overrides = (f"--config.epochs={epochs}", "--config.optimizer.warmup=0.5")
    job = submit(slurm, tmp_path, tmp_path / "nodes", *overrides)
    log = tmp_path / "log"
    wait_until(slurm, job, lambda job: trains(log) or ended(job), tmp_path, 900)
    running = output(["pgrep", "-f", f"^{sys.executable}.*launch.pretrain.*{tmp_path}/nodes"], slurm)
    os.kill(max(map(int, running.split())), signal.SIGKILL)
    assert wait_until(slurm, job, ended, tmp_path, 300)["JobState"] == "FAILED"
    job = submit(slurm, tmp_path, tmp_path / "nodes", *overrides)
    assert wait_until(slurm, job, ended, tmp_path, 900)["JobState"] == "COMPLETED", log.read_text()
    steps = [int(step) for step in re.findall(rf"step (\d+)/{22 * epochs}", log.read_text())]
    begins = [now for before, now in itertools.pairwise(steps) if now < before - 1]
    assert len(begins) == 1 and begins[0] > 22  # from a checkpoint of the first job
