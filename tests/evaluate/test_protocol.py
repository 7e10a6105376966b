"""The evaluation protocol: its rows, its table, and what it refuses."""

import json

import numpy as np
import pytest

from jssl.evaluate.protocol import evaluate, table


@pytest.fixture(scope="module")
def results():
    rng = np.random.default_rng(0)
    labels, test_labels = np.repeat(np.arange(4), 50), np.repeat(np.arange(4), 25)
    centers = 2 * rng.normal(size=(4, 8))

    def features(signal):
        noisy = (signal * centers[y] + rng.normal(size=(len(y), 8)) for y in (labels, test_labels))
        return tuple(x.astype(np.float32) for x in noisy)

    sets = {"pretrained": features(1.0), "raw pixels": features(0.3)}
    return evaluate(sets, labels, test_labels, classes=4, fractions=(0.1, 0.02), per_class=60, draws=2, seed=5)


def row(results, features, task, labels):
    found = [r for r in results["rows"] if (r["features"], r["task"], r["labels"]) == (features, task, labels)]
    assert len(found) == 1
    return found[0]


@pytest.mark.slow
def test_every_combination_has_a_row_that_json_keeps(results):
    assert len(results["rows"]) == 2 * 2 * 4
    assert json.loads(json.dumps(results)) == results
    assert [r["labels"] for r in results["rows"][:4]] == ["all", "10%", "2%", "50 per class"]
    for task in ("kNN", "linear probe"):
        best, worst = (row(results, name, task, "all") for name in ("pretrained", "raw pixels"))
        assert best["mean"] > 0.9 > worst["mean"] > 0.3
        assert best["std"] is None and best["draws"] == 1
        few = row(results, "raw pixels", task, "10%")
        assert few["draws"] == 2 and 0 < few["std"] < 0.2
        assert few["mean"] < worst["mean"]
    assert len(few["l2"]) == 2


@pytest.mark.slow
def test_the_protocol_is_stated(results):
    protocol = results["protocol"]
    assert protocol["labelled_examples"] == {"all": 200, "10%": 20, "2%": 4, "50 per class": 200}
    assert protocol["dimensions"] == {"pretrained": 8, "raw pixels": 8}
    assert (protocol["k"], protocol["temperature"], protocol["seed"], protocol["test_examples"]) == (20, 0.07, 5, 100)


@pytest.mark.slow
def test_draws_of_all_labels_agree(results):
    assert row(results, "pretrained", "kNN", "50 per class")["std"] == pytest.approx(0.0)


@pytest.mark.slow
def test_the_table_reads(results):
    lines = table(results).splitlines()
    assert lines[0].split() == ["task", "labels", "pretrained", "raw", "pixels"]
    assert len(lines) == 2 + 8 + 2
    first = row(results, "pretrained", "kNN", "all")
    assert lines[2].split()[:3] == ["kNN", "all", f"{100 * first['mean']:.1f}"]
    assert "±" in lines[3] and "k=20" in lines[-1] and "100 test examples" in lines[-1]


def test_missing_labels_are_named():
    x = np.zeros((4, 2), np.float32)
    with pytest.raises(ValueError, match=r"the test split has no labels.*monitors"):
        evaluate({"pretrained": (x, x)}, np.arange(4), None, classes=4)
