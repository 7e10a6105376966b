"""The distance of two domains, and the checkpoint that is chosen by it without a label of the second."""

import json

import jax
import numpy as np
import pytest

from jssl.data.source import Labels, from_arrays
from jssl.evaluate.discrepancy import LEAST, make_discrepancy, mean_distance, selection_score
from jssl.method import Method
from jssl.parallel import make_layout
from jssl.run.train import fit
from tests.tiny_config import get_config


def test_the_distance_by_hand():
    a, b = np.array([[0.0, 2.0], [2.0, 2.0]]), np.array([[1.0, 5.0], [1.0, 7.0], [13.0, 6.0]])
    assert mean_distance(a, b) == pytest.approx(np.hypot(4, 4))
    assert mean_distance(a, a[::-1]) == 0  # equal domains, and whatever the order
    assert mean_distance(3 * a, 3 * b) == pytest.approx(3 * np.hypot(4, 4))


def test_either_alone_chooses_as_the_authors_do_and_both_weigh_alike():
    found = [(1.0, 0.3), (0.5, 0.3), (0.5, 0.1), (1.0, 0.1)]
    scores = [selection_score(*each) for each in found]
    assert np.argmax(scores) == 2 and np.argmin(scores) == 0
    assert scores[2] - scores[3] == pytest.approx(np.log(2))
    assert scores[2] - scores[1] == pytest.approx(np.log(3))
    assert np.argmax([selection_score(distance, None) for distance in (3.0, 1.0, 2.0)]) == 1
    assert selection_score(1.0, 0.0) == selection_score(1.0, LEAST)
    error, distance = np.array([0.3, 0.12, 0.1, 0.2]), np.array([2.0, 0.9, 1.5, 0.8])
    theirs = np.argmin(error + distance * error.min() / distance.min())
    assert np.argmax([selection_score(d, e) for d, e in zip(distance, error, strict=True)]) == theirs == 1


def test_no_label_of_the_target_is_looked_at():
    images = np.random.default_rng(0).integers(0, 256, (20, 2, 2, 1), np.uint8)
    inside = np.arange(20) % 4 == 0
    method = Method(None, None, None, lambda params, extra, batch: batch["image"].reshape(-1, 4).astype("float32"))
    layout = make_layout(devices=jax.devices()[:1])
    found = make_discrepancy(method, layout, from_arrays("made", image=images), inside)({}, {})
    flat = images.reshape(20, 4).astype(float)
    assert found == pytest.approx(np.linalg.norm(flat[inside].mean(0) - flat[~inside].mean(0)), rel=1e-6)


@pytest.mark.slow
def test_a_run_of_two_domains_is_watched_by_it(tmp_path):
    rng = np.random.default_rng(0)
    labels, domain = np.arange(120, dtype=np.int32) % 3, np.arange(120, dtype=np.int32) // 60
    images = (rng.integers(0, 60, (120, 8, 8, 1)) + 40 * labels.reshape(-1, 1, 1, 1)).astype(np.uint8)
    targets = {"digit": Labels(labels, ("a", "b", "c")), "domain": Labels(domain, ("source", "target"))}
    config = get_config()
    config.method = {"name": "domain_adaptation", "tasks": ("rotation",), "average": 0.5}
    config.labels.update({"which": "domain=source", "ratio": 2, "validation": 0.2})
    config.batch_size, config.epochs = 16, 2
    config.evaluate.every = 1
    fit(config, tmp_path / "run", train=from_arrays("made", targets, image=images))
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    seen = [row for row in rows if "monitor/discrepancy" in row]
    assert len(seen) == 2 and all(row["monitor/discrepancy"] > 0 and "monitor/validation" in row for row in seen)
