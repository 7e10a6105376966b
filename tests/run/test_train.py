"""The loop: resume, refusals, divergence, monitors, what is written."""

import copy
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import chex
import jax
import numpy as np
import pytest

from jssl.errors import CheckpointError, ConfigError, DeviceError, WorkdirError
from jssl.run.checkpoint import open_checkpoints, restore
from jssl.run.config import to_json
from jssl.run.plan import make_plan
from jssl.run.train import Diverged, fit
from jssl.run.workdir import claim, read_config, refuse_change
from jssl.run.writers import read_metrics
from tests.tiny_config import get_config

ROOT = Path(__file__).parents[2]


def final_state(workdir: Path, config=None) -> dict:
    plan = make_plan(config or get_config(), devices=jax.devices()[:1])
    manager = open_checkpoints(workdir / "checkpoints", read_only=True)
    state, data = restore(manager, plan.abstract_state())
    manager.close()
    assert data["step"] == plan.steps
    return jax.tree.map(np.asarray, state._replace(key=jax.random.key_data(state.key))._asdict())


def launch(workdir: Path) -> subprocess.Popen:
    command = [sys.executable, "-m", "launch.pretrain", "--config=tests/tiny_config.py", f"--workdir={workdir}"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [*command, "--noassess"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def wait_for_step(process: subprocess.Popen, workdir: Path, step: int) -> bool:
    """Whether the run reached the step (otherwise it ended)."""
    while process.poll() is None:
        path = workdir / "metrics.jsonl"
        rows = read_metrics(path) if path.exists() else []
        if rows and rows[-1]["step"] >= step:
            return True
        time.sleep(0.002)
    return False


def test_a_run_of_an_earlier_version_goes_on_at_the_defaults_of_new_keys(tmp_path) -> None:
    config = to_json(get_config())
    old = copy.deepcopy(config)
    del old["labels"]["validation"]
    refuse_change(tmp_path, old, config)
    config["labels"]["validation"] = 0.5
    with pytest.raises(WorkdirError, match=r"labels\.validation: None there, 0.5 here"):
        refuse_change(tmp_path, old, config)


def test_a_run_that_said_warmup_epochs_goes_on_and_is_read(tmp_path) -> None:
    config = to_json(get_config())
    old = copy.deepcopy(config)
    old["optimizer"]["warmup_epochs"] = old["optimizer"].pop("warmup")
    refuse_change(tmp_path, old, config)
    config["optimizer"]["warmup"] = "25%"  # of 4 epochs
    refuse_change(tmp_path, old, config)
    config["optimizer"]["warmup"] = "26%"
    with pytest.raises(WorkdirError, match=r"optimizer\.warmup: 1\.0 there, '26%' here"):
        refuse_change(tmp_path, old, config)
    (tmp_path / "config.json").write_text(json.dumps(old))
    assert to_json(read_config(tmp_path)) == to_json(get_config())


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory) -> Path:
    workdir = tmp_path_factory.mktemp("uninterrupted")
    process = launch(workdir)
    output, _ = process.communicate()
    assert process.returncode == 0, output
    return workdir


def same_run(a: Path, b: Path) -> None:
    chex.assert_trees_all_equal(final_state(a), final_state(b))
    losses = [{row["step"]: row["train/loss"] for row in read_metrics(w / "metrics.jsonl")} for w in (a, b)]
    assert losses[0] == losses[1]


@pytest.mark.slow
def test_a_run_that_is_killed_and_told_to_stop_ends_as_if_it_had_not_been(uninterrupted, tmp_path) -> None:
    process = launch(tmp_path)
    assert wait_for_step(process, tmp_path, 30)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    process = launch(tmp_path)
    assert wait_for_step(process, tmp_path, 60)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate()
    assert process.returncode == 75, output
    assert "start again to go on" in output
    process = launch(tmp_path)
    output, _ = process.communicate()
    assert process.returncode == 0, output
    same_run(uninterrupted, tmp_path)


@pytest.mark.long
def test_ten_kills_at_random_moments_change_nothing(uninterrupted, tmp_path) -> None:
    rng = np.random.default_rng(0)
    kills = 0
    while kills < 10:
        process = launch(tmp_path)
        # Some kills come while the run imports or compiles, some in the middle of a save.
        deadline = rng.uniform(0, 1)
        if deadline > 0.2 and not wait_for_step(process, tmp_path, 1 + kills * 8):
            break
        time.sleep(0.2 * deadline)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += 1
    process = launch(tmp_path)
    output, _ = process.communicate()
    assert process.returncode == 0, output
    assert kills == 10
    same_run(uninterrupted, tmp_path)


def test_a_folder_of_another_config_is_refused_by_the_keys_that_differ(uninterrupted) -> None:
    config = get_config()
    config.method.temperature = 0.1
    config.log_every = 7  # may change
    with pytest.raises(WorkdirError, match=r"method\.temperature: 0\.5 there, 0\.1 here") as refusal:
        fit(config, uninterrupted)
    assert "log_every" not in str(refusal.value)


def test_what_only_the_assessment_reads_may_change(uninterrupted, tmp_path) -> None:
    config = to_json(get_config())
    config["data"]["test"] = "test[:50%]"
    config["evaluate"] |= {"draws": 3, "per_class": 4}
    (tmp_path / "config.json").write_text((uninterrupted / "config.json").read_text())
    claim(tmp_path, config)
    assert json.loads((tmp_path / "config.json").read_text()) == config
    with pytest.raises(WorkdirError, match=r"data\.test"):  # where results were by it, as rounds' are
        refuse_change(tmp_path, to_json(get_config()), config)


@pytest.mark.slow
def test_a_finished_run_is_left_as_it_is(uninterrupted) -> None:
    before = (uninterrupted / "metrics.jsonl").read_text()
    state = fit(get_config(), uninterrupted, devices=jax.devices()[:1])
    assert int(state.step) == 4 * (1437 // 64)
    assert (uninterrupted / "metrics.jsonl").read_text() == before


@pytest.mark.slow
def test_a_checkpoint_of_other_data_is_refused(uninterrupted, tmp_path) -> None:
    config = get_config()
    config.data.train = "train[:90%]"
    saved = json.loads((uninterrupted / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**saved, "data": {**saved["data"], "train": "train[:90%]"}}))
    (tmp_path / "checkpoints").symlink_to(uninterrupted / "checkpoints")
    with pytest.raises(CheckpointError, match="the data has changed"):
        fit(config, tmp_path)


def test_divergence_stops_the_run_and_keeps_the_last_good_checkpoint(tmp_path) -> None:
    config = get_config()
    fit(_epochs(config, 1), tmp_path / "good", devices=jax.devices()[:1])
    config = get_config()
    config.optimizer.learning_rate = 1e30
    config.optimizer.warmup = 0.0
    config.optimizer.name = "sgd"
    config.method.temperature = 1e-30
    with pytest.raises(Diverged, match=r"the loss is (nan|inf) at step \d+; there is no checkpoint yet.*learning_rate"):
        fit(config, tmp_path / "bad", devices=jax.devices()[:1])
    assert not list((tmp_path / "bad/checkpoints").glob("[0-9]*"))


@pytest.mark.slow
def test_a_run_that_stays_above_chance_is_warned_of_once(tmp_path, caplog) -> None:
    """Noise-contrastive estimation breaks down by a rate that suits the exact softmax."""
    config = get_config()
    config.method = {"name": "npid", "dim": 8, "temperature": 0.07, "negatives": 64}
    config.optimizer = {"name": "sgd", "learning_rate": 30.0, "warmup": 1.0}
    fit(config, tmp_path, devices=jax.devices()[:1])
    (warning,) = (record.message for record in caplog.records if "learning_rate" in record.message)
    chance = np.log(65) + 64 * np.log(1 + 1 / 64)
    assert f"above the {chance:.4g} of" in warning and "warmup" in warning and "clip" in warning
    rows = read_metrics(tmp_path / "metrics.jsonl")
    assert all(row["train/chance"] == pytest.approx(chance) for row in rows if "train/loss" in row)


def _epochs(config, epochs: int):
    config.epochs = epochs
    config.optimizer.warmup = 0.0
    return config


@pytest.mark.parametrize(
    ("key", "value", "error", "says"),
    [
        ("batch_size", 60, DeviceError, "60 does not divide over 8 devices; 56 or 64 would"),
        ("batch_size", 4096, ConfigError, "4096"),
        ("method.name", "simclear", ConfigError, "simclear.*'simclr'"),
        ("method.temprature", 0.1, ConfigError, "temprature.*temperature"),
        ("encoder.name", "resnet19", ConfigError, "resnet19.*resnet18"),
        ("augment.recipe", "byoll", ConfigError, "byoll.*byol"),
        ("optimizer.name", "larss", ConfigError, "larss.*lars"),
        ("optimizer.warmup", 9.0, ConfigError, "warmup=9.0"),
        ("precision", "fp16", ConfigError, "fp16"),
        ("parallel.fsdp", 3, DeviceError, r"3 does not divide the 8 devices; one of \[1, 2, 4, 8\]"),
        ("parallel.compiler", "xla", DeviceError, "xla"),
        ("data.name", "mnist", ValueError, "mnist_5k"),
    ],
)
def test_a_bad_config_is_refused_before_anything_is_written(key, value, error, says, tmp_path) -> None:
    config = get_config()
    with config.unlocked():
        section, _, name = key.rpartition(".")
        setattr(config[section] if section else config, name, value)
    with pytest.raises(error, match=says):
        fit(config, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_monitors_and_the_best_checkpoint(tmp_path) -> None:
    config = _epochs(get_config(), 2)
    config.evaluate.every = 1
    config.evaluate.examples = 256
    fit(config, tmp_path, devices=jax.devices()[:2])
    rows = read_metrics(tmp_path / "metrics.jsonl")
    seen = [row for row in rows if "monitor/knn" in row]
    assert [row["epoch"] for row in seen] == [1.0, 2.0]
    assert {"monitor/rankme", "monitor/alignment", "monitor/uniformity", "monitor/feature_std"} <= set(seen[0])
    assert all("train/loss" in row for row in rows if row not in seen)
    manager = open_checkpoints(tmp_path / "checkpoints", read_only=True)
    best = max(seen, key=lambda row: row["monitor/knn"])
    assert manager.best_step() == best["step"]
    manager.close()
