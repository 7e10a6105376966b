"""Runs that start from another's encoder, and runs that see few labels."""

from itertools import islice

import chex
import jax
import numpy as np
import pytest

from jssl.data.source import Facts, picture_spec
from jssl.encoder import load
from jssl.errors import CheckpointError, ConfigError, WorkdirError
from jssl.run.build import build
from jssl.run.plan import make_plan
from jssl.run.train import fit
from tests.tiny_config import get_config


def supervised_config():
    config = get_config()
    config.method = {"name": "supervised"}
    config.labels.update({"which": "4 per class", "seed": 1})
    config.epochs = 1
    config.optimizer.warmup = 0.0
    return config


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory):
    config = get_config()
    config.method = {"name": "byol", "projector": (16, 8), "predictor": (16, 8)}
    config.epochs = 2
    folder = tmp_path_factory.mktemp("runs") / "byol"
    fit(config, folder)
    return folder


@pytest.mark.slow
def test_a_run_starts_from_another_run_s_encoder(pretrained, tmp_path):
    config = supervised_config()
    config.start = str(pretrained)
    config.optimizer.learning_rate = 1e-12
    fit(config, tmp_path / "run")
    run, source = load(tmp_path / "run"), load(pretrained)
    for weights in (run.params, run.extra["average"]):
        chex.assert_trees_all_close(weights["encoder"], source.params["encoder"], atol=1e-6)


@pytest.mark.slow
def test_another_network_is_refused(pretrained, tmp_path):
    config = supervised_config()
    config.start = str(pretrained)
    config.encoder.width = 6
    with pytest.raises(CheckpointError, match=r"holds another encoder: .*conv.* is \(.*\) there and \(.*\) here"):
        fit(config, tmp_path / "run")


def test_a_supervised_run_sees_the_drawn_labels_alone():
    plan = make_plan(supervised_config())
    assert plan.train.labels is None and len(plan.labelled.indices) == 40
    seen = [batch["index"] for batch in islice(plan.batches(), 8)]
    assert set(np.concatenate(seen)) == set(plan.labelled.indices)


@pytest.mark.slow
def test_labelled_and_unlabelled_examples_come_together():
    config = supervised_config()
    config.method = {"name": "fixmatch"}
    config.labels.ratio = 4
    plan = make_plan(config, devices=jax.devices()[:2])
    batch = next(plan.batches())
    assert set(batch) == {"image", "index", "labelled"} and batch["index"].shape == (64,)
    assert batch["labelled"]["index"].shape == (16,)
    assert set(batch["labelled"]["index"]) <= set(plan.labelled.indices)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"labels": {"which": "", "seed": 0, "ratio": 0}}, "supervised learns from labels: set config.labels.which"),
        ({"method": {"name": "simclr"}}, "simclr sees no labels, but config.labels.which='4 per class'"),
        ({"labels": {"which": "all", "seed": 0, "ratio": 2}}, "supervised finds no 'label' in its batches"),
        ({"method": {"name": "fixmatch"}}, "fixmatch finds no 'labelled' in its batches: config.labels.ratio=0"),
        (
            {"method": {"name": "fixmatch"}, "labels": {"which": "all", "seed": 0, "ratio": 7}},
            "batch_size=64 is no multiple of config.labels.ratio=7",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(changes, says):
    config = supervised_config()
    for key, value in changes.items():
        config[key].update(value) if key == "labels" else setattr(config, key, value)
    with pytest.raises(ConfigError, match=says):
        make_plan(config)


def test_classes_come_from_the_data_set():
    method = build(supervised_config(), Facts(1000, picture_spec(8, 8, 1), tuple("abcdefg"))).method
    params, _ = jax.eval_shape(method.init, jax.random.key(0), {"image": np.zeros((2, 8, 8, 1), np.uint8)})
    assert params["head"]["layers"]["layer0"]["kernel"].shape[-1] == 7


def test_a_start_that_fails_leaves_no_folder(tmp_path) -> None:
    config = get_config()
    config.start = str(tmp_path / "nothing")
    with pytest.raises(WorkdirError, match="holds no run"):
        fit(config, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.long
def test_a_student_is_taught_by_the_run_that_is_its_teacher(tmp_path):
    teacher = supervised_config()
    teacher.method.hidden = (6,)
    fit(teacher, tmp_path / "teacher")
    config = supervised_config()
    config.method = {"name": "distillation", "teacher_hidden": (6,)}
    config.encoder.width = 2
    config.method.teacher = teacher.encoder.to_dict()
    config.labels.ratio = 2
    with pytest.raises(ConfigError, match=r"config\.teacher names no run"):
        fit(config, tmp_path / "student")
    config.teacher = str(tmp_path / "teacher")
    fit(config, tmp_path / "student")
    ours, theirs = load(tmp_path / "student"), load(config.teacher)
    chex.assert_trees_all_equal(ours.extra["frozen"]["teacher"]["params"], theirs.extra["average"])
    chex.assert_trees_all_equal(ours.extra["frozen"]["teacher"]["stats"], theirs.extra["stats"])
    config.method.teacher_hidden = (7,)
    with pytest.raises(
        CheckpointError, match=r"holds another network: .*give config.method.teacher and teacher_hidden"
    ):
        fit(config, tmp_path / "other")
    config.teacher = str(tmp_path / "student")
    config.method.teacher_hidden = (6,)
    with pytest.raises(CheckpointError, match="holds another network"):
        fit(config, tmp_path / "other")


@pytest.mark.slow
def test_a_teacher_is_a_classifier(pretrained, tmp_path):
    config = supervised_config()
    config.method = {"name": "distillation"}
    config.labels.ratio = 2
    config.teacher = str(pretrained)
    with pytest.raises(ConfigError, match="is a run of byol: no classifier"):
        fit(config, tmp_path / "run")
