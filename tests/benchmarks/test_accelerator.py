"""What is begun, what is ended, and what is done again when the accelerator is there once more."""

import json
import sys

import pytest

from benchmarks import accelerator
from benchmarks.accelerator import Piece

SAYS = """print('{"same": true, "device": "a chip"}')"""
LASTS = "import time; time.sleep(60)"
GOES_ON = """
import pathlib, signal, sys, time
place = pathlib.Path({place!r})
signal.signal(signal.SIGTERM, lambda *_: (place.touch(), sys.exit(75)))
time.sleep(0 if place.exists() else 60)
"""


def python(code):
    return [sys.executable, "-c", code]


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """What is printed when there are so many seconds, beside those that are kept in reserve."""
    pieces = [
        Piece("quick", 1, python(SAYS)),
        Piece("broken", 1, python("raise SystemExit('no such thing')")),
        Piece("run", 1, python(GOES_ON.format(place=str(tmp_path / "saved"))), goes_on=True),
        Piece("long", 1, python(LASTS)),
    ]
    monkeypatch.setattr(accelerator, "pieces", lambda *_: pieces)
    monkeypatch.setattr(accelerator, "RESERVE", 0.0)

    def lent(seconds):
        monkeypatch.setattr(sys, "argv", ["accelerator", f"--minutes={seconds / 60}", f"--out={tmp_path / 'out'}"])
        accelerator.main()
        return [json.loads(line) for line in (tmp_path / "out/results.jsonl").read_text().splitlines()]

    return lent


@pytest.mark.slow
def test_it_keeps_within_its_time_and_goes_on_with_what_is_left(machine, capsys):
    first = machine(4)
    assert [(row["piece"], row["status"]) for row in first] == [("quick", 0), ("broken", 1), ("run", 75)]
    said = capsys.readouterr().out
    assert "quick: as on the CPU, on a chip" in said and "broken: no such thing" in said
    assert "long: not begun: it may take 1 s, and 0 are left" in said and "| run | goes on next time |" in said
    later = machine(3)[len(first) :]  # what failed is tried again, what is done is not
    assert [(row["piece"], row["status"]) for row in later] == [("broken", 1), ("run", 0), ("long", -9)]
    assert "| long | did not fit |" in capsys.readouterr().out


def test_what_there_is_to_do(tmp_path):
    names = [piece.name for piece in accelerator.pieces(False, tmp_path, "")]
    assert "correct: simclr" in names and "speed: mae" in names and "peer: simclr_resnet50" in names
    assert not any(name.startswith("run") for name in names)
    runs = [piece for piece in accelerator.pieces(False, tmp_path, "cifar10.npz") if piece.goes_on]
    assert [piece.name for piece in runs] == [f"run: {name}" for name in accelerator.RUNS]
    assert all((accelerator.ROOT / f"configs/{name}_cifar10.py").exists() for name in accelerator.RUNS)
    assert all((accelerator.ROOT / f"configs/{name}_imagenet.py").exists() for name in accelerator.IMAGENET)
