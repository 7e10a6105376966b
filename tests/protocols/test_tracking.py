"""The tracking protocol on moving digits, by a run of one step: what is scored, and beside what."""

import json
import sys

import jax.numpy as jnp
import numpy as np
import pytest
from ml_collections import ConfigDict

from jssl.encoder import load
from jssl.errors import ConfigError, DataError
from jssl.evaluate.mask_scores import score
from jssl.protocols import tracking
from jssl.protocols.tracking import table, track
from jssl.report.page import write_report
from jssl.run.config import defaults
from jssl.run.train import fit


def config_of(method: dict, encoder: dict, **augment) -> ConfigDict:
    config = defaults()
    config.data.name = "moving_digits"
    config.data.frames = 6
    config.input = "clip"
    config.augment = {
        "recipe": "plain",
        "size": 32,
        "crop": None,
        "flip": 0.0,
        "mean": (0.1,),
        "std": (0.3,),
        **augment,
    }
    config.encoder, config.method = encoder, method
    config.optimizer = {"name": "adamw", "learning_rate": 1e-3}
    config.data.train = "train[:16]"
    config.batch_size = 16
    config.epochs = "1 steps"
    config.evaluate.every = 0
    config.checkpoint.every = 0
    return config


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    encoder = {"name": "video_vit", "dim": 16, "depth": 1, "heads": 2, "tubelet": 2, "patch": 4}
    config = config_of({"name": "video_mae", "mask": 0.75, "decoder": (8, 1, 2)}, encoder)
    folder = tmp_path_factory.mktemp("runs") / "run"
    fit(config, folder)
    return folder


@pytest.fixture
def without_opencv(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)


@pytest.mark.slow
def test_masks_are_carried_on_and_reported(run, without_opencv):
    rows = track(run, clips=8)
    assert [row["features"] for row in rows[::2]] == ["pretrained", "untrained", "first mask kept"]
    assert {row["task"] for row in rows} == {"tracking, J", "tracking, F"} and len(rows) == 6
    assert all(0 < row["mean"] < 1 and row["labels"] == "8 objects of 8 clips" for row in rows)
    assert json.loads((run / "tracking.json").read_text())["rows"] == rows
    assert len(table(rows).splitlines()) == 4
    assert "first mask kept" in write_report(run).read_text()
    source = load(run).open("moving_digits", split="test")
    assert "mask" not in source.spec  # what the protocol asks for is its own
    kept = tracking.some(tracking._with_masks(load(run), "", "test", 32), 8).read(np.arange(8))["mask"]
    expected = np.mean([score(np.repeat(mask[:1], 6, axis=0), mask) for mask in kept], axis=(0, 2))
    np.testing.assert_allclose([row["mean"] for row in rows[-2:]], expected)


@pytest.mark.slow
def test_a_transformer_of_tubes_sees_each_frame_stand_still(run):
    encoder = load(run)
    clip = encoder.open("moving_digits", split="test").read(np.arange(2))["clip"]
    maps = tracking._maps(encoder.method, tracking._seeing(encoder), encoder.params, encoder.extra, clip)
    assert maps.shape == (2, 6, 64, 16)
    still = np.repeat(clip[:, 3:6], 2, axis=1)  # frames 3, 4 and 5 are the second window of three tubes
    np.testing.assert_allclose(maps[:, 3:].reshape(2, -1, 16), encoder.tokens(still), atol=1e-5)


def test_largest_objects_are_followed_and_numbered():
    mask = np.zeros((3, 10, 10), np.uint8)
    mask[:, :4, :5], mask[:, 5:8, :3], mask[:, 9, 9], mask[2, 0, 9] = 200, 7, 3, 9
    found = tracking._largest(mask, 5, 0.05)
    assert found[0].max() == 2 and (found[:, :4, :5] == 1).all() and (found[:, 5:8, :3] == 2).all()
    assert not found[:, 9, 9].any() and not found[2, 0, 9]
    assert tracking._largest(mask, 1, 0.0).max() == 1


@pytest.mark.long
def test_a_network_of_pictures_is_taken_frame_by_frame(tmp_path, without_opencv):
    config = config_of({"name": "simclr", "projector": (8, 4)}, {"name": "convnet", "width": 4, "depth": 2})
    config.data.name, config.input = "mnist_5k", "image"
    del config.data.frames
    config.augment = {"recipe": "digits", "size": 28}
    fit(config, tmp_path / "run")
    rows = track(tmp_path / "run", "moving_digits", clips=4)
    assert [row["features"] for row in rows[::2]] == ["pretrained", "untrained", "first mask kept"]
    with pytest.raises(DataError, match="mnist_5k has no clips with masks"):
        track(tmp_path / "run")


@pytest.mark.slow
def test_what_cannot_be_tracked_is_refused(run):
    with pytest.raises(DataError, match=r"begin with an object of 90.0% of the frame"):
        track(run, clips=4, smallest=0.9)
    encoder = load(run)
    flat = encoder._replace(encoders={"clip": encoder.encoders["clip"]._replace(tokens=None)})
    with pytest.raises(ConfigError, match="'video_vit': tracking takes an encoder of pictures or clips with a map"):
        tracking._seeing(flat)
    seeing, clip = tracking._seeing(encoder), np.zeros((1, 2, 32, 32, 1), np.uint8)
    whole = seeing._replace(tokens=lambda params, stats, x: (jnp.zeros((len(x), 1, 4)), stats), window=0)
    with pytest.raises(ConfigError, match="tracking takes a map of places, and the encoder has one for all of 32"):
        tracking._by_features(encoder, whole, clip, clip[:, 0, :, :, 0], 1, tracking.DINO)
