"""What each round's network is trained by; nothing is trained here."""

import pytest

from jssl.errors import ConfigError, DataError
from jssl.run.config import open_split, to_json
from jssl.run.workdir import write_json
from jssl.selftrain.plan import plan_rounds
from jssl.selftrain.rounds import self_train
from tests.tiny_rounds import rounds_config


def planned(config, workdir):
    return plan_rounds(config, workdir, open_split(config, "train"))


def changed(values, count=1):
    config = rounds_config(count)
    with config.unlocked():
        config.update(values)
    return config


@pytest.fixture
def other(tmp_path):
    """A run's folder, of which only the config is read."""

    def write(**changes):
        config = rounds_config().unlock()
        del config.rounds, config.teacher
        config.update(changes)
        (tmp_path / "other").mkdir()
        write_json(tmp_path / "other" / "config.json", to_json(config))
        return str(tmp_path / "other")

    return write


@pytest.mark.slow
def test_a_round_changes_what_it_names(tmp_path):
    options = {"round_2": {"soft": False, "ratio": 2, "encoder": {"width": 16}, "augment": {"affine": (25.0, 0.1)}}}
    first, second, third = planned(changed({"rounds": options}, 2), tmp_path)
    assert first.config.method.name == "supervised" and first.network == tmp_path / "round_0" / "student"
    assert second.config.method.to_dict() == {"name": "noisy_student", "average": 0.9, "dropout": 0.0}
    assert (second.config.encoder.width, third.config.encoder.width) == (8, 16)
    assert (second.config.labels.ratio, third.config.labels.ratio) == (4, 2)
    assert third.config.augment.affine == (25.0, 0.1) and second.config.augment.affine is None
    assert third.config.data.pseudo == str(tmp_path / "round_2" / "labels")
    assert third.selection == {"threshold": 0.0, "per_class": 32, "soft": False}
    assert first.parameters == second.parameters < third.parameters


@pytest.mark.slow
def test_all_networks_of_the_first_teacher_s_size_start_from_the_same_run(tmp_path):
    values = {"start": "runs/simclr", "rounds": {"round_2": {"encoder": {"width": 16}}, "round_3": {"start": ""}}}
    assert [each.config.start for each in planned(changed(values, 3), tmp_path)] == [
        "runs/simclr", "runs/simclr", "", ""
    ]  # fmt: skip
    wide = {"round_1": {"encoder": {"width": 16}, "start": "runs/wide"}}
    assert planned(changed({"start": "runs/simclr", "rounds": wide}), tmp_path)[1].config.start == "runs/wide"


@pytest.mark.slow
def test_a_smaller_student_is_warned_of(tmp_path, caplog):
    planned(rounds_config(), tmp_path)
    assert not caplog.text
    planned(changed({"rounds": {"round_1": {"encoder": {"width": 2}}}}), tmp_path)
    assert "round_1: the student's encoder has" in caplog.text and "fewer than its teacher's" in caplog.text


def test_a_teacher_must_be_of_the_same_data(other, tmp_path):
    config = changed({"teacher": other(data={"name": "mnist_5k"})})
    with pytest.raises(DataError, match="was trained on mnist_5k, and the pool is digits"):
        planned(config, tmp_path)


def test_a_teacher_must_be_a_classifier(other, tmp_path):
    config = changed({"teacher": other(method={"name": "simclr"}, labels={"which": ""})})
    with pytest.raises(ConfigError, match="is a run of simclr, which trains no classifier"):
        planned(config, tmp_path)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"last": {}}, r"config\.rounds\.last is no round"),
        ({"round_2": {"threshold": 0.5, "ratio": 1}}, r"config\.rounds\.round_2 lacks \['per_class', 'soft'\]"),
        ({"round_1": {"epoch": 3}}, r"config\.rounds\.round_1\.epoch: a config has no epoch"),
        ({"round_1": {"method": {"weights": 1.0}}}, r"unknown weights; it takes"),
    ],
)
def test_rounds_that_cannot_be_are_refused_before_any_is_run(values, says, tmp_path):
    with pytest.raises(ConfigError, match=says):
        self_train(changed({"rounds": values}), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_rounds_need_a_test_split(tmp_path):
    with pytest.raises(ConfigError, match=r"config\.data\.test"):
        self_train(changed({"data": {"test": ""}}), tmp_path / "run")
