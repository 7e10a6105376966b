"""Writing down tones: a run, its fine-tuning by CTC, and what is refused."""

import numpy as np
import pytest
import soundfile

from jssl.errors import Refused
from jssl.protocols.ctc import Writing, edits, write_down
from jssl.report.page import write_report
from jssl.run.config import defaults
from jssl.run.train import fit

RATE = 1000


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run on two kinds of tones, low and high, of different lengths."""
    top = tmp_path_factory.mktemp("tones")
    for split, count in (("train", 8), ("test", 4)):
        for name, hertz in (("low", 60), ("high", 300)):
            for i in range(count):
                path = top / "data" / split / name / f"{i}.wav"
                path.parent.mkdir(parents=True, exist_ok=True)
                time = np.arange(180 + 10 * i) / RATE
                soundfile.write(path, 0.5 * np.sin(2 * np.pi * (hertz + 3 * i) * time), RATE)
    config = defaults()
    config.data.name = f"sound:{top / 'data'}"
    config.data.rate, config.data.seconds = RATE, 0.24
    config.input = "sound"
    config.augment = {"recipe": "wave"}
    config.encoder = {"name": "wave_gru", "dim": 8, "width": 8, "kernels": (10, 3), "strides": (5, 2)}
    config.method = {"name": "cpc", "nearest": 1, "furthest": 1}
    config.optimizer = {"name": "adamw", "learning_rate": 1e-2, "warmup": 0.0}
    config.batch_size = 16
    config.epochs = 1
    config.evaluate.every = 0
    fit(config, top / "run")
    return top / "run"


def test_fewest_edits():
    assert edits("kitten", "sitting") == 3
    assert (edits("", "abc"), edits("abc", ""), edits("abc", "abc")) == (3, 3, 0)


@pytest.mark.long
def test_tones_are_written_down_and_the_report_says_so(run):
    how = Writing(("b", "c"), "all", steps=100, learning_rate=0.5, batch_size=16)
    row = write_down(run, how)
    assert row["features"] == "pretrained" and row["task"] == "CTC" and row["draws"] == 1
    assert row["accuracy"] > 0.8 and 0 <= row["letter_error"] < 1
    saved = next(run.glob("ctc/pretrained-*/result.json"))
    saved.write_text(saved.read_text().replace(f'"right": {row["mean"]}', '"right": 0.125'))
    assert write_down(run, how)["mean"] == 0.125  # what is finished is not run again
    assert "CTC" in write_report(run).read_text()


@pytest.mark.slow
def test_transcripts_of_other_classes_are_refused(run):
    with pytest.raises(Refused, match="of 2 classes: one for each"):
        write_down(run, Writing(("a",), "all", steps=1, batch_size=16))
