"""Label propagation over a run of scikit-learn's digits."""

import json

import numpy as np
import pytest

from jssl.encoder import load
from jssl.errors import ConfigError
from jssl.protocols.propagation import propagate_labels, table
from jssl.report.page import write_report
from jssl.run.train import fit
from tests.tiny_config import get_config


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    config = get_config()
    config.epochs, config.optimizer.warmup = 1, 0.0
    folder = tmp_path_factory.mktemp("runs") / "run"
    fit(config, folder)
    return folder


@pytest.mark.slow
def test_rows_of_each_kind_of_features_are_kept_and_reported(run):
    rows = propagate_labels(run, "2 per class", draws=2, k=10)
    assert [row["features"] for row in rows] == ["pretrained", "untrained", "raw pixels"]
    pixels = rows[2]
    assert pixels["mean"] > 0.75 and pixels["draws"] == 2 and pixels["std"] is not None  # two labels of each digit
    assert json.loads((run / "propagation.json").read_text())["rows"] == rows
    assert "raw pixels" in table(rows) and "±" in table(rows)
    assert "label propagation" in write_report(run).read_text()


@pytest.mark.slow
def test_labels_that_were_not_drawn_are_not_seen(run, monkeypatch):
    """Of the train split those that were drawn, and none of the test split."""
    from jssl.protocols import propagation

    seen = []
    monkeypatch.setattr(
        propagation, "propagate", lambda x, labels, **_: seen.append(labels) or np.zeros((len(x), 10), np.float32)
    )
    propagate_labels(run, "2 per class", draws=1)
    encoder = load(run)
    train = encoder.open("digits")
    assert all(np.sum(labels >= 0) == 20 and (labels[train.length :] == -1).all() for labels in seen)


@pytest.mark.slow
def test_numbers_that_do_not_fit_are_refused(run):
    with pytest.raises(ConfigError, match=r"alpha=1.5 must be in \[0, 1\)"):
        propagate_labels(run, "2 per class", draws=1, alpha=1.5)
