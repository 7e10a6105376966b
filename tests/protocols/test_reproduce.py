"""Numbers of papers: each has a protocol that is known, and stands beside no other's; what a run would take."""

import importlib
import json
from pathlib import Path

import pytest

from jssl.errors import ConfigError
from jssl.protocols.dry_run import dry_run, table
from jssl.protocols.linear_sgd import PROBES
from jssl.protocols.reproduce import check, outcome, reproduce
from jssl.report.reported import NOT_MEASURED, reported
from jssl.run.config import to_json
from jssl.run.datasets import DATASETS
from jssl.run.paper import read_paper
from tests.tiny_config import get_config

CONFIGS = sorted(path.stem for path in (Path(__file__).parents[2] / "configs").glob("[!_]*_*.py"))
WITH_PAPER = [n for n in CONFIGS if importlib.import_module(f"configs.{n}").get_config().paper.title]


def with_paper(*numbers):
    config = get_config()
    config.paper = {
        "title": "A paper", "arxiv": "2002.05709", "data": "CIFAR-10", "reported": numbers, "differences": ("a net",)
    }  # fmt: skip
    return config


@pytest.mark.parametrize("name", WITH_PAPER)
def test_every_number_of_a_config_says_its_protocol(name):
    config = importlib.import_module(f"configs.{name}").get_config()
    paper = read_paper(config.paper)
    assert paper.title and paper.data in DATASETS
    nothing = {"rows": [], "protocol": {}, "across": [], "perplexity": None}
    page = str(reported(to_json(config), nothing))
    for number in paper.reported:
        assert isinstance(number.value, float | int) and number.name
        assert "like" not in number.settings or number.settings["like"] in PROBES
        if number.protocol == "knn":
            assert number.settings["k"] == config.evaluate.k
            assert number.settings["temperature"] == config.evaluate.temperature
    assert page.count(NOT_MEASURED) == len(paper.reported)


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.long) for n in WITH_PAPER])
def test_the_dry_run_of_every_config(name):
    plan = dry_run(importlib.import_module(f"configs.{name}").get_config())
    assert plan["flops"] > 1e9 and plan["steps"] > 1000 and plan["hours"] > 0 and plan["disk_bytes"] > 1e6


@pytest.mark.slow
def test_a_dry_run_counts_and_says_what_it_assumes(tmp_path):
    config = with_paper()
    config.data.name = f"npz:{tmp_path}/none.npz"
    plan = dry_run(config, "h100:4", 0.5)
    twice = dry_run(config, "h100:8", 0.5)
    assert plan["steps"] == 4 * (50_000 // 64) and plan["hours"] == pytest.approx(2 * twice["hours"])
    assert plan["hours"] == pytest.approx(plan["flops"] * plan["steps"] / (494e12 * 4 * 0.5) / 3600)
    assert plan["disk_bytes"] == 3 * plan["checkpoint_bytes"] > 3 * 3 * 4 * plan["parameters"]  # Adam's two moments
    text = table(plan)
    assert "50% of the peak" in text and "none.npz" in text and "4 x H100" in text
    assert "time        4 s on" in table({**plan, "hours": 4 / 3600})
    with pytest.raises(ConfigError, match="chips='h101'"):
        dry_run(config, "h101")


KNN = {"value": 80.0, "protocol": "knn", "k": 200, "temperature": 0.1}
SGD = {"value": 90.0, "protocol": "linear_sgd", "like": "simclr", "at": {"epochs": 1000}}


def test_no_number_stands_beside_that_of_another_protocol(tmp_path):
    config = with_paper(KNN, SGD, {"value": 70.0, "protocol": "other", "how": "somebody's probe"})
    row = {"features": "pretrained", "labels": "all", "std": None, "draws": 1}
    results = {
        "protocol": {"k": 20, "temperature": 0.1},
        "rows": [{**row, "task": "kNN", "mean": 0.123}, {**row, "task": "linear probe", "mean": 0.456}],
    }
    (tmp_path / "results.json").write_text(json.dumps(results))
    assert [each["measured"] for each in outcome(config, config, tmp_path)] == [None, None, None]
    results["protocol"]["k"] = 200
    (tmp_path / "results.json").write_text(json.dumps(results))
    probed = {**row, "task": "linear probe, SGD", "mean": 0.789, "how": {"like": "simclr"}}
    (tmp_path / "linear_sgd.json").write_text(json.dumps({"rows": [{**probed, "how": {"like": "simclr, epochs 3"}}]}))
    assert [each["measured"] for each in outcome(config, config, tmp_path)] == [pytest.approx(12.3), None, None]
    (tmp_path / "linear_sgd.json").write_text(json.dumps({"rows": [probed]}))
    changed = config.copy_and_resolve_references()
    changed.batch_size, changed.epochs = 32, 3
    found = outcome(changed, config, tmp_path)
    assert [each["measured"] for each in found] == [pytest.approx(12.3), pytest.approx(78.9), None]
    assert found[1]["differences"] == ["epochs: 1000 there, 3 here", "a net", "batch_size: 64 in its file, 32 here"]


@pytest.mark.slow
def test_a_run_is_measured_and_its_rows_are_appended(tmp_path, monkeypatch):
    config = with_paper({**KNN, "k": 20, "temperature": 0.07})
    config.epochs, config.optimizer.warmup = 1, 0.1
    row = {"features": "pretrained", "task": "kNN", "labels": "all", "mean": 0.654, "std": None, "draws": 1}
    results = {"protocol": {"k": 20, "temperature": 0.07}, "rows": [row]}

    def assess(workdir):  # the real one, of all baselines too, takes longer than this test should
        assert list((workdir / "checkpoints").iterdir())
        (workdir / "results.json").write_text(json.dumps(results))

    monkeypatch.setattr("jssl.protocols.reproduce.assess", assess)
    for _ in range(2):
        (found,) = reproduce(config, config, tmp_path / "run", tmp_path / "found.jsonl")
    assert found["measured"] == pytest.approx(65.4) and found["reported"] == 80.0
    assert len((tmp_path / "found.jsonl").read_text().splitlines()) == 2
    assert "65.4 % top-1" in (tmp_path / "run" / "report.html").read_text()


def test_what_cannot_be_reproduced_is_refused():
    with pytest.raises(ConfigError, match="reports no number"):
        check(get_config())
    with pytest.raises(ConfigError, match="'simcrl' is no probe"):
        check(with_paper({**SGD, "like": "simcrl"}))
    with pytest.raises(ConfigError, match="'knn' goes with"):
        check(with_paper({"value": 1.0, "protocol": "knn"}))
    with pytest.raises(ConfigError, match="needs a value and a protocol"):
        check(with_paper({"value": 1.0, "protocol": "svm"}))
