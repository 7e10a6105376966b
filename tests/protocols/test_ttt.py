"""Test-time training on scikit-learn's digits: what is scored, what no step leaves alone, what is refused."""

import json

import numpy as np
import pytest

from jssl.encoder import load
from jssl.errors import ConfigError
from jssl.protocols import ttt
from jssl.protocols.ttt import Adaptation, apart, corrupted, online, read_corruptions, table, train_at_test
from jssl.report.page import write_report
from jssl.run.config import open_split
from jssl.run.train import fit
from tests.tiny_config import get_config

HOW = Adaptation((("none", 0.0), ("gaussian", 0.4)), steps=2, learning_rate=0.05, copies=4, examples=6, batch_size=4)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    config = get_config()
    config.encoder.batch_norm = "group:4"
    config.method = {"name": "ttt", "shared": 1, "all_turns": False}
    config.augment.update({"crop": None, "affine": None})
    config.labels.which = "all"
    config.epochs = 1
    config.optimizer.warmup = 0.0
    folder = tmp_path_factory.mktemp("runs") / "run"
    fit(config, folder)
    return folder


@pytest.mark.slow
def test_every_corruption_is_scored_in_three_ways_and_reported(run):
    rows = train_at_test(run, HOW)
    assert [row["features"] for row in rows] == ["pretrained", "adapted", "adapted online"] * 2
    assert [row["task"] for row in rows[::3]] == ["test pictures as they are", "test pictures, gaussian 0.4"]
    assert all(0 <= row["mean"] <= 1 and row["labels"] == "all" for row in rows)
    assert json.loads((run / "ttt.json").read_text())["rows"] == rows
    assert len(table(rows).splitlines()) == 3
    page = write_report(run).read_text()
    assert "adapted online" in page and "gaussian 0.4" in page


@pytest.mark.slow
def test_no_step_is_the_classifier_itself_and_a_step_is_not(run):
    encoder = load(run)
    test = open_split(encoder.config, "test")
    batch, still = test.read(np.arange(6)), HOW._replace(steps=0, online_steps=0)
    expected = encoder.predict(test)[:6]
    for how in (apart, online):
        np.testing.assert_allclose(how(encoder, batch, still), expected, rtol=1e-5, atol=1e-5)
    moved = apart(encoder, batch, HOW)
    assert np.abs(moved - expected).max() > 1e-4
    # Each by a network of its own: the others make no difference, nor does where it stands among them.
    np.testing.assert_allclose(apart(encoder, {"image": batch["image"][:3]}, HOW), moved[:3], rtol=1e-4, atol=1e-5)
    # Of one network the first picture is the same, with as many steps, and the later ones are not.
    carried = online(encoder, batch, HOW._replace(online_steps=2))
    np.testing.assert_allclose(carried[0], moved[0], rtol=1e-4, atol=1e-5)
    assert np.abs(carried[1:] - moved[1:]).max() > 1e-4


@pytest.mark.slow
def test_corruptions_of_pictures():
    images = np.full((5, 8, 8, 1), 100, np.uint8)
    assert corrupted(images, "none", 1.0, 0) is images
    np.testing.assert_array_equal(corrupted(images, "contrast", 1.0, 0), images)
    halves = np.concatenate([images[:, :4] * 0, images[:, 4:] * 2], 1)
    np.testing.assert_array_equal(np.unique(corrupted(halves, "contrast", 0.5, 0)), [50, 150])
    noisy = corrupted(images, "gaussian", 0.1, 0)
    np.testing.assert_array_equal(noisy, corrupted(images, "gaussian", 0.1, 0))
    np.testing.assert_array_equal(noisy[:2], corrupted(images[:2], "gaussian", 0.1, 0))
    assert np.abs(noisy[0].astype(int) - noisy[1]).max() > 10 and noisy.dtype == np.uint8


@pytest.mark.slow
def test_what_does_not_go_is_refused(run, monkeypatch):
    with pytest.raises(ConfigError, match=r"corruption 'fog' is none of none, contrast, gaussian"):
        train_at_test(run, HOW._replace(corruptions=(("fog", 1.0),)))
    assert read_corruptions(["none:0", "mask:0.3"]) == (("none", 0.0), ("mask", 0.3))
    with pytest.raises(ConfigError, match=r"write its name and amount, as gaussian:0\.3"):
        read_corruptions(["mask"])
    encoder = load(run)
    monkeypatch.setattr(ttt, "load", lambda *where: encoder._replace(method=encoder.method._replace(adapt=None)))
    with pytest.raises(ConfigError, match="has no task to train by at test time"):
        train_at_test(run, HOW)
