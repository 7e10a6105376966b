"""Rounds that are killed in any phase end as if they had not been."""

import copy
import shutil

import chex
import jax
import numpy as np
import pytest

from jssl.encoder import load
from jssl.errors import ConfigError, DataError, WorkdirError
from jssl.selftrain import pseudo, rounds
from jssl.selftrain.overlap import overlap
from jssl.selftrain.rounds import self_train
from jssl.selftrain.select import NothingKept
from tests.tiny_rounds import rounds_config


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rounds") / "whole"
    return folder, self_train(rounds_config(), folder)


@pytest.mark.slow
def test_a_manifest_tells_of_each_round(finished):
    folder, manifests = finished
    assert [manifest["round"] for manifest in manifests] == [0, 1, 2]
    for number in (1, 2):
        manifest = manifests[number]
        assert manifest["examples"] == 320 and max(manifest["counts"]["unique"]) <= 32
        assert sum(manifest["counts"]["labelled"]) + 100 == load(folder / "round_0" / "student").open("digits").length
        assert 0 < manifest["kept"] < 1 and 0 < manifest["pseudo_accuracy"] <= 1
        assert (folder / f"round_{number}" / "manifest.json").exists()


@pytest.mark.slow
def test_a_folder_of_rounds_may_be_moved(finished, tmp_path):
    folder, manifests = finished
    shutil.copytree(folder, tmp_path / "moved")
    assert self_train(rounds_config(), tmp_path / "moved") == manifests


class Killed(BaseException):
    pass


def what_happened(manifests):
    """The manifests without the one path in them."""
    manifests = copy.deepcopy(manifests)
    for manifest in manifests:
        del manifest["config"]["data"]["pseudo"]
    return manifests


@pytest.mark.long
@pytest.mark.parametrize(
    ("where", "phase"),
    [
        (pseudo, "load"), (pseudo, "label"), (pseudo, "select"), (pseudo, "save_arrays"), (pseudo, "write_json"),
        (rounds, "fit"), (rounds, "load"), (rounds, "write_json"),
    ],
)  # fmt: skip
def test_killed_in_any_phase_and_started_again(where, phase, finished, tmp_path, monkeypatch):
    folder, manifests = finished
    original, calls = getattr(where, phase), []

    def dies(*arguments, **options):
        calls.append(arguments)
        if len(calls) == 2:  # in the second round, or on the way to it
            raise Killed
        return original(*arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(where, phase, dies)
        with pytest.raises(Killed):
            self_train(rounds_config(), tmp_path / "run")
    again = self_train(rounds_config(), tmp_path / "run")
    assert what_happened(again) == what_happened(manifests)
    a, b = (load(where / "round_2" / "student").params for where in (tmp_path / "run", folder))
    chex.assert_trees_all_equal(jax.tree.map(np.asarray, a), jax.tree.map(np.asarray, b))


@pytest.mark.slow
def test_finished_work_is_not_repeated(finished, monkeypatch):
    folder, manifests = finished
    for where, phase in ((pseudo, "load"), (rounds, "overlap"), (rounds, "fit"), (rounds, "load")):
        monkeypatch.setattr(where, phase, lambda *a, **k: pytest.fail("done again"))
    assert self_train(rounds_config(), folder) == manifests


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("epochs", 9, r"round_0 holds a run of another config \(epochs: 10 there, 9 here\)"),
        ("rounds.round_2.threshold", 0.1, r"round_2 holds .* \(rounds\.round_2\.threshold: 0\.0 there, 0\.1 here\)"),
        ("rounds.round_1.epochs", 13, r"round_1 holds .* \(epochs: 12 there, 13 here\)"),
    ],
)
def test_a_finished_round_is_not_taken_for_another(key, value, says, finished):
    config = rounds_config()
    config.update_from_flattened_dict({key: value})
    with pytest.raises(WorkdirError, match=says):
        self_train(config, finished[0])


@pytest.mark.slow
def test_another_teacher_is_refused_too(finished):
    config = rounds_config()
    config.teacher = str(finished[0] / "round_0" / "student")
    with pytest.raises(WorkdirError, match=r"round_0 holds .* \(teacher: '' there"):
        self_train(config, finished[0])


@pytest.mark.slow
def test_a_selection_is_not_taken_for_another(finished):
    folder, selection = finished[0] / "round_1" / "labels", {"threshold": 0.5, "per_class": 32, "soft": True}
    with pytest.raises(WorkdirError, match=r"threshold: 0\.0 there, 0\.5 here"):
        pseudo.make_pseudo(folder, folder.parents[1] / "round_0" / "student", None, None, **selection)


@pytest.mark.slow
def test_a_threshold_that_keeps_nothing_is_refused_and_may_be_lowered(finished, tmp_path, monkeypatch):
    config = rounds_config(1)
    config.rounds["round_1"]["threshold"] = 1.01
    config.teacher = str(finished[0] / "round_0" / "student")
    with pytest.raises(NothingKept, match=r"probability of 1\.01 or more.*lower the round's threshold"):
        self_train(config, tmp_path)
    config.rounds["round_1"]["threshold"] = 0.3
    fitted = []
    monkeypatch.setattr(rounds, "fit", lambda config, folder: fitted.append(folder))
    with pytest.raises(WorkdirError):  # nothing was trained
        self_train(config, tmp_path)
    assert fitted == [tmp_path / "round_1" / "student"]


@pytest.mark.long
def test_a_student_without_noise_gains_nothing(finished, tmp_path):
    """The control of the paper's claim that it is the noise that makes a student better than its teacher."""
    config = rounds_config(1)
    config.teacher = str(finished[0] / "round_0" / "student")
    with config.unlocked():
        plain = {"dropout": 0.0, "smoothing": 0.0}
        config.rounds["round_1"].update({"threshold": 0.0, "per_class": 0, "soft": True, "method": plain})
    before, after = self_train(config, tmp_path)
    assert after["kept"] == 1 and after["examples"] == sum(after["counts"]["labelled"])
    teacher, student = load(finished[0] / "round_0" / "student"), load(tmp_path / "round_1" / "student")
    pool = teacher.open("digits")
    agree = np.mean(teacher.predict(pool).argmax(1) == student.predict(pool).argmax(1))
    assert agree > 0.95, agree
    assert abs(after["accuracy"] - before["accuracy"]) < 0.02, (before["accuracy"], after["accuracy"])


def test_a_pool_with_test_pictures_is_refused(tmp_path):
    config = rounds_config(1)
    config.data.test = "train[:20]"
    with pytest.raises(DataError, match="20 pictures of the test split are in the pool too"):
        self_train(config, tmp_path / "run")


@pytest.mark.slow
def test_overlap_is_by_content(finished):
    source = load(finished[0] / "round_0" / "student").open("digits", split="test")
    assert overlap(source, source) == list(range(source.length))


@pytest.mark.slow
def test_a_run_without_a_classifier_predicts_nothing(finished):
    run = load(finished[0] / "round_0" / "student")
    with pytest.raises(ConfigError, match="trains no classifier"):
        run._replace(method=run.method._replace(predict=None)).classify  # noqa: B018
