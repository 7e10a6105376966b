"""Bytes of a made-up game's RAM, which its screen shows."""

from fractions import Fraction

import jax
import numpy as np
import pytest

from jssl.data.games import recorded, state
from jssl.data.games.play import Play
from jssl.errors import DataError
from jssl.protocols.ram import probe_ram, table
from jssl.run.config import defaults
from jssl.run.train import fit
from jssl.run.workdir import read_json

pytest.importorskip("av")
SHADES = 5


def play(level, seed, frames):
    """A grey screen in one of five shades, which a byte holds; one byte that never changes and one that is not seen."""
    rng = np.random.default_rng(seed)
    shade, hidden = rng.integers(0, SHADES, (2, frames))
    noise = rng.integers(0, 20, (frames, 32, 32, 3))
    screens = (np.clip(shade * 50 + 10, 0, 255)[:, None, None, None] + noise).astype(np.uint8)
    ram = np.stack([np.full(frames, 9), shade * 40, hidden], axis=1).astype(np.uint8)
    arrays = {
        "ram": ram, "action": np.zeros(frames, np.int32), "reward": np.zeros(frames, np.float32),
        "start": np.arange(frames) % 30 == 0,
    }  # fmt: skip
    return Play(screens, Fraction(15), np.zeros(0, np.float32), 8000, arrays)


def config(data_dir):
    config = defaults()
    config.data.name, config.data.data_dir, config.data.size = "games:toy/shades", str(data_dir), 16
    config.input = "clip"
    config.augment = {"recipe": "plain", "size": 16, "frames": 1, "crop": None, "flip": 0.0}
    config.encoder = {"name": "per_frame", "frame": {"name": "convnet", "width": 4, "depth": 1}}
    config.method = {"name": "st_dim"}
    config.optimizer = {"name": "adamw", "learning_rate": 1e-3, "warmup": 0.0}
    config.batch_size, config.epochs, config.evaluate.every = 16, "1 steps", 0
    return config


@pytest.mark.slow
def test_bytes_that_are_shown_are_told_and_others_are_not(tmp_path, monkeypatch):
    monkeypatch.setitem(recorded.GAMES, "toy", recorded.Game((), play, named=lambda: ("shades",)))
    folder = recorded.games_folder("toy/shades", tmp_path)
    recorded.record("toy/shades", folder, frames=60, films={"train": 3, "test": 1})
    fit(config(tmp_path), tmp_path / "run", devices=jax.devices()[:1])
    rows = probe_ram(tmp_path / "run", examples=100)
    assert {row["task"] for row in rows} == {"RAM, F1: every byte"}
    assert {row["bytes"] for row in rows} == {2}, "the byte that never changes is not asked for"
    written = read_json(tmp_path / "run/ram.json")
    assert written["rows"] == rows and written["protocol"]["train"] == 100
    scores = {name: each["bytes"] for name, each in written["each"].items()}
    assert list(scores) == ["pretrained", "untrained", "PCA of pixels", "most frequent value"]
    for name in ("pretrained", "untrained", "PCA of pixels"):
        assert scores[name]["1"] > 0.9 and scores[name]["2"] < 0.5
    assert scores["most frequent value"]["1"] < 0.3
    monkeypatch.setitem(state.BYTES, "shades", {"agent": {"shade": 1, "nothing": 0}})
    rows = probe_ram(tmp_path / "run", examples=100)
    assert [row["task"] for row in rows[:3]] == [f"RAM, F1: {x}" for x in ("agent", "mean of categories", "every byte")]
    assert rows[0]["mean"] == rows[1]["mean"] == written["each"]["pretrained"]["bytes"]["1"]
    assert "agent (1): pretrained" in table(rows)


@pytest.mark.long
def test_a_run_on_other_data_is_refused(tmp_path):
    from tests.tiny_config import get_config

    tiny = get_config()
    tiny.epochs, tiny.optimizer.warmup = "1 steps", 0.0
    fit(tiny, tmp_path / "run", devices=jax.devices()[:1])
    with pytest.raises(DataError, match="digits has no RAM: take a run on a game of Atari"):
        probe_ram(tmp_path / "run")
