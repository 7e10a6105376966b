"""Fine-tuning on scikit-learn's digits: what is trained, what is kept, what is refused."""

import json

import chex
import numpy as np
import pytest

from jssl.encoder import load
from jssl.errors import ConfigError, DataError
from jssl.protocols.finetune import FineTuning, finetune
from jssl.report.page import write_report
from jssl.run.train import fit
from tests.tiny_config import get_config

HOW = FineTuning("10 per class", steps=40, learning_rates=(3e-2,), batch_size=64)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    config = get_config()
    config.method = {"name": "supervised", "average": 0.9}  # learns more than a self-supervised one in as few steps
    config.augment.update({"crop": None, "affine": None})
    config.encoder.update({"width": 8, "features": 32})
    config.labels.which = "all"
    config.seed = 7  # or the head that fine-tuning starts from is the very one that this encoder learned beside
    config.optimizer.learning_rate = 3e-2
    folder = tmp_path_factory.mktemp("runs") / "run"
    fit(config, folder)
    return folder


@pytest.fixture(scope="module")
def row(run):
    return finetune(run, HOW, draws=2)


@pytest.mark.slow
def test_draws_are_scored_and_kept(run, row):
    assert row["features"] == "pretrained" and row["labels"] == "10 per class" and row["draws"] == 2
    results = [json.loads(path.read_text()) for path in sorted(run.glob("finetune/*/result.json"))]
    assert row["mean"] == pytest.approx(np.mean([result["accuracy"] for result in results]))
    drawn = [json.loads(path.read_text()) for path in sorted(run.glob("finetune/*/final/labels-10_per_class-seed*"))]
    assert [found["seed"] for found in drawn] == [0, 1]
    assert [len(found["indices"]) for found in drawn] == [100, 100] and drawn[0] != drawn[1]
    assert json.loads((run / "finetune.json").read_text()) == {"rows": [row]}


@pytest.mark.slow
def test_what_is_finished_is_not_run_again(run, row):
    path = sorted(run.glob("finetune/*/result.json"))[0]
    saved = path.read_text()
    path.write_text(json.dumps({"accuracy": 0.123, "learning_rate": 3e-2}))
    again = finetune(run, HOW, draws=1)
    path.write_text(saved)
    assert again["mean"] == 0.123 and row["mean"] != 0.123
    assert finetune(run, HOW, draws=2) == row


@pytest.mark.slow
def test_pretraining_helps_and_the_report_says_so(run, row):
    scratch = finetune(run, HOW, scratch=True, draws=1)
    assert scratch["features"] == "scratch" and scratch["mean"] < row["mean"] - 0.03
    page = write_report(run).read_text()
    assert "fine-tune" in page and f"{100 * row['mean']:.1f}" in page and f"{100 * scratch['mean']:.1f}" in page


@pytest.mark.long
def test_frozen_layers_stay_those_of_the_run(run):
    how = HOW._replace(steps=2, frozen=1)
    finetune(run, how, draws=1)
    (folder,) = (path for path in run.glob("finetune/*/final") if _config(path)["optimizer"]["frozen"] == 1)
    ours, theirs = load(folder).extra["average"]["encoder"], load(run).extra["average"]["encoder"]
    chex.assert_trees_all_equal(ours["convs"]["layer0"], theirs["convs"]["layer0"])
    assert np.abs(ours["convs"]["layer1"]["kernel"] - theirs["convs"]["layer1"]["kernel"]).max() > 0


@pytest.mark.long
def test_the_head_s_layers_are_those_of_the_run_s_projector(tmp_path):
    config = get_config()
    config.method = {"name": "simclr", "projector": (16, 12, 8)}
    fit(config, tmp_path / "run")
    how = HOW._replace(steps=2, learning_rates=(1e-12,))
    plain = finetune(tmp_path / "run", how, draws=1)
    assert "hidden" not in _config(tmp_path / "run" / plain["networks"][0])["method"]  # SimCLR's own, as it was
    row = finetune(tmp_path / "run", how._replace(head_layers=2), draws=1)
    assert row["task"] == "fine-tune from layer 2 of the head"
    assert len(json.loads((tmp_path / "run" / "finetune.json").read_text())["rows"]) == 2
    ours, theirs = load(tmp_path / "run" / row["networks"][0]), load(tmp_path / "run")
    for name in ("layer0", "layer1"):
        for part in ("layers", "norms"):
            head, projector = ours.extra["average"]["head"], theirs.params["projector"]
            chex.assert_trees_all_close(head[part][name], projector[part][name], atol=1e-6)
    chex.assert_trees_all_close(ours.extra["average"]["encoder"], theirs.params["encoder"], atol=1e-6)
    scratch = finetune(tmp_path / "run", how._replace(head_layers=2), scratch=True, draws=1)
    assert _config(tmp_path / "run" / scratch["networks"][0])["method"]["hidden"] == [16, 12]
    with pytest.raises(ConfigError, match="head_layers=3: simclr has 2 hidden layers of a projector to keep"):
        finetune(tmp_path / "run", how._replace(head_layers=3), draws=1)


@pytest.mark.long
def test_the_rate_is_chosen_on_held_out_labels(run):
    how = HOW._replace(steps=20, learning_rates=(1e-7, 3e-2))
    assert finetune(run, how, draws=1)["learning_rates"] == [3e-2]
    (folder,) = run.glob("finetune/*/rate-0.03")
    drawn = json.loads((folder / "labels-10_per_class-seed0.json").read_text())
    assert len(drawn["indices"]) == 80 and len(drawn["validation"]) == 20
    assert not set(drawn["indices"]) & set(drawn["validation"])
    final = json.loads((folder.parent / "final" / "labels-10_per_class-seed0.json").read_text())
    assert sorted(drawn["indices"] + drawn["validation"]) == final["indices"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"labels": "900 per class"}, DataError, "900 examples per class asked for"),
        ({"labels": "1 per class", "learning_rates": (1.0, 2.0)}, DataError, "validation=0.2 leaves no label to learn"),
        ({"frozen": 7}, ConfigError, "frozen=7, but the encoder has"),
        ({"learning_rates": ()}, ConfigError, "no learning rate"),
    ],
)
def test_what_does_not_go_is_refused(run, changes, error, message):
    with pytest.raises(error, match=message):
        finetune(run, HOW._replace(**changes), draws=1)


def _config(folder):
    return json.loads((folder / "config.json").read_text())
