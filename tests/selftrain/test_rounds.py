"""Rounds that are killed in any phase end as if they had not been."""

import copy

import chex
import jax
import numpy as np
import pytest

from jssl.encoder import load
from jssl.errors import ConfigError, DataError
from jssl.selftrain import rounds as module
from jssl.selftrain.overlap import overlap
from jssl.selftrain.rounds import self_train
from jssl.selftrain.select import NothingKept
from tests.tiny_config import get_config


def rounds_config(count: int = 2):
    config = get_config()
    config.method = {"name": "supervised", "average": 0.9}
    config.labels = {"which": "10 per class", "seed": 0, "ratio": 0}
    config.optimizer = {"name": "adamw", "learning_rate": 3e-2, "warmup_epochs": 0.0}
    config.augment.update({"crop": None, "affine": None})  # so that a few steps teach something
    config.encoder = {"name": "convnet", "width": 8, "depth": 2, "features": 32}
    config.epochs, config.checkpoint.every = 10, 10
    each = {"threshold": 0.0, "per_class": 32, "ratio": 4, "soft": True, "epochs": 12}
    each["method"] = {"average": 0.9, "dropout": 0.0}
    config.rounds = {f"round_{i + 1}": copy.deepcopy(each) for i in range(count)}
    config.teacher = ""
    return config.lock()  # as the command line gives it


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rounds") / "whole"
    return folder, self_train(rounds_config(), folder)


def test_a_manifest_tells_of_each_round(finished):
    folder, manifests = finished
    assert [manifest["round"] for manifest in manifests] == [0, 1, 2]
    for number in (1, 2):
        manifest = manifests[number]
        assert manifest["examples"] == 320 and max(manifest["counts"]["unique"]) <= 32
        assert sum(manifest["counts"]["labelled"]) + 100 == load(folder / "round_0" / "student").open("digits").length
        assert 0 < manifest["kept"] < 1 and 0 < manifest["pseudo_accuracy"] <= 1
        assert (folder / f"round_{number}" / "manifest.json").exists()


class Killed(BaseException):
    pass


@pytest.mark.slow
@pytest.mark.parametrize("phase", ["label", "select", "fit", "load"])
def test_killed_in_any_phase_and_started_again(phase, finished, tmp_path, monkeypatch):
    folder, manifests = finished
    original, calls = getattr(module, phase), []

    def dies(*arguments, **options):
        calls.append(arguments)
        if len(calls) == 2:  # in the second round, or on the way to it
            raise Killed
        return original(*arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(module, phase, dies)
        with pytest.raises(Killed):
            self_train(rounds_config(), tmp_path / "run")
    again = self_train(rounds_config(), tmp_path / "run")
    assert [m["accuracy"] for m in again] == [m["accuracy"] for m in manifests]
    assert [m.get("counts") for m in again] == [m.get("counts") for m in manifests]
    a, b = (load(where / "round_2" / "student").params for where in (tmp_path / "run", folder))
    chex.assert_trees_all_equal(jax.tree.map(np.asarray, a), jax.tree.map(np.asarray, b))


def test_finished_work_is_not_repeated(finished, monkeypatch):
    folder, manifests = finished
    monkeypatch.setattr(module, "label", lambda *a, **k: pytest.fail("labelled again"))
    assert self_train(rounds_config(), folder) == manifests


def test_a_threshold_that_keeps_nothing_is_refused(finished):
    config = rounds_config(1)
    config.rounds["round_1"]["threshold"] = 1.01
    config.teacher = str(finished[0] / "round_0" / "student")
    with pytest.raises(NothingKept, match=r"probability of 1\.01 or more"):
        self_train(config, finished[0].parent / "nothing")


def test_a_teacher_must_be_a_classifier_of_the_same_data(finished, tmp_path):
    config = rounds_config(1)
    config.teacher = str(finished[0] / "round_0" / "student")
    config.data.name = "mnist_5k"
    config.augment.size = 28
    with pytest.raises(DataError, match="was trained on digits, and the pool is mnist_5k"):
        self_train(config, tmp_path / "run")


def test_a_pool_with_test_pictures_is_refused(tmp_path):
    config = rounds_config(1)
    config.data.test = "train[:20]"
    with pytest.raises(DataError, match="20 pictures of the test split are in the pool too"):
        self_train(config, tmp_path / "run")


def test_a_smaller_student_is_warned_of(finished, tmp_path, caplog):
    config = rounds_config(1)
    config.teacher = str(finished[0] / "round_0" / "student")
    with config.unlocked():
        config.rounds["round_1"]["encoder"] = {"width": 2}
    self_train(config, tmp_path / "run")
    assert "fewer than its teacher's" in caplog.text


def test_overlap_is_by_content(finished):
    source = load(finished[0] / "round_0" / "student").open("digits", split="test")
    assert overlap(source, source) == list(range(source.length))


def test_a_run_without_a_classifier_predicts_nothing(tmp_path):
    from jssl.train import fit

    config = get_config()
    config.epochs, config.optimizer.warmup_epochs = 1, 0.0
    fit(config, tmp_path / "simclr")
    with pytest.raises(ConfigError, match="simclr trains no classifier"):
        load(tmp_path / "simclr").classify  # noqa: B018


def test_rounds_are_named_by_their_numbers(tmp_path):
    config = rounds_config(1)
    with config.unlocked():
        config.rounds["last"] = config.rounds["round_1"]
    with pytest.raises(ConfigError, match=r"config\.rounds\.last is no round"):
        self_train(config, tmp_path / "run")
    assert not (tmp_path / "run").exists()
