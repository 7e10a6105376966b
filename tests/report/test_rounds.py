"""The page of made-up rounds: every number in them is invented."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from jssl.errors import WorkdirError
from jssl.report.collect import save_arrays
from jssl.report.rounds import write_rounds
from tests.report.test_page import HOSTILE, Elements

CLASSES = tuple("0123456789")


def write(folder: Path, *, rounds: int = 2, classes: tuple[str, ...] = CLASSES) -> Path:
    rng = np.random.default_rng(0)
    for number in range(rounds + 1):
        here = folder / f"round_{number}"
        (here / "student").mkdir(parents=True)
        (here / "labels").mkdir()
        config = {
            "data": {"name": "mnist_5k"}, "encoder": {"name": "convnet"}, "epochs": 20 + number,
            "method": {"name": "noisy_student" if number else "supervised"},
            "labels": {"which": "10 per class", "seed": 0, "ratio": 2},
        }  # fmt: skip
        manifest = {"round": number, "accuracy": (0.812, 0.874, 0.9)[number], "parameters": 12345 * (1 + number)}
        if number:
            config["rounds"] = {f"round_{number}": {"threshold": 0.8, "per_class": 300, "soft": number == 1}}
            unique = rng.integers(100, 300, 10)
            manifest |= {
                "counts": {
                    "labelled": rng.integers(300, 500, 10).tolist(), "confident": (unique + 7).tolist(),
                    "unique": unique.tolist(), "balanced": [300] * 10,
                },
                "kept": 0.518, "examples": 3000, "pseudo_accuracy": 0.957,
                "confidence": {"right": rng.integers(0, 900, 20).tolist(), "wrong": [5 * number] * 20},
            }  # fmt: skip
            save_arrays(here / "labels" / "examples.npz", {
                "images": rng.integers(0, 256, (3, 8, 8, 1), np.uint8), "taken": np.array([4, 5, 6]),
                "label": np.array([4, 5, 9]), "confidence": np.array([0.991, 0.902, 0.884], np.float32),
            })  # fmt: skip
        environment = {"date": "2026-11-02T10:31:07+00:00", "devices": 1, "device_kind": "cpu", "cpu_cores": 2}
        for name, value in {"environment": environment, "data": {"classes": classes}}.items():
            (here / "student" / f"{name}.json").write_text(json.dumps(value))
        (here / "manifest.json").write_text(json.dumps({**manifest, "config": config}))
    return folder


def page_of(folder: Path) -> Elements:
    return Elements(write_rounds(folder).read_text())


def test_page_shows_what_the_manifests_tell(tmp_path):
    page = page_of(write(tmp_path))
    for text in (
        "Noisy Student on mnist_5k", "2 November 2026", "labels: 10 per class", "2 rounds", "81.2", "87.4", "90.0",
        "+8.8 points against the first teacher", "95.7", "52 % of the pool was used", "51.8", "threshold 0.8", "24,690",
        "3,000", "soft", "hard", "100 wrong", "200 wrong", "Round 2, before", "Round 2, after",
        "taken for 6 (0.88), is 9", "taken for 4 (0.99)", "First teacher", "round_2/manifest.json",
    ):  # fmt: skip
        assert text in page.text, text
    assert page.text.count("taken for 6 (0.88), is 9") == 2
    # A dot plot and its legend; of each round a histogram, two charts of classes, and their keys of two kinds each.
    assert len(page.of("svg")) == 1 + 3 + 2 * (1 + 2 + 4) + 2


def test_page_is_self_contained_and_its_pictures_are_marked(tmp_path):
    page = page_of(write(tmp_path))
    assert not page.of("script") and not page.of("link") and not page.of("a")
    assert all(image["src"].startswith("data:image/png;base64,") for image in page.of("img"))
    assert [image["class"] for image in page.of("img")] == ["other", "same", "same"] * 2


def test_everything_is_escaped(tmp_path):
    page = page_of(write(tmp_path, classes=tuple(f"{HOSTILE}{i}" for i in range(10))))
    assert not page.of("script")
    assert not any(key.startswith("on") for _, attributes in page.found for key in attributes)
    assert "<script>alert(1)</script>" in page.text


def test_page_of_a_first_teacher_alone(tmp_path):
    page = page_of(write(tmp_path, rounds=0))
    assert "first teacher" in page.text and "81.2" in page.text and "Supervised on mnist_5k" in page.text
    assert not page.of("img") and "Confident labels" not in page.text


def test_page_without_pictures_or_names(tmp_path):
    write(tmp_path)
    for number in (1, 2):
        (tmp_path / f"round_{number}" / "labels" / "examples.npz").unlink()
        (tmp_path / f"round_{number}" / "student" / "data.json").unlink()
    page = page_of(tmp_path)
    assert "Confident labels" not in page.text and "before and after balancing" in page.text


def test_a_round_without_confident_mistakes_says_so(tmp_path):
    write(tmp_path, rounds=1)
    path = tmp_path / "round_1" / "labels" / "examples.npz"
    with np.load(path) as arrays:
        right = {name: array[:2] for name, array in arrays.items()}
    save_arrays(path, right)
    assert "no confident label is wrong" in page_of(tmp_path).text


def test_rounds_that_are_not_finished_are_left_out(tmp_path):
    write(tmp_path)
    (tmp_path / "round_2" / "manifest.json").unlink()
    assert "1 round" in page_of(tmp_path).text and "round 2" not in page_of(tmp_path).text
    (tmp_path / "round_0" / "manifest.json").unlink()
    with pytest.raises(WorkdirError, match="holds no finished round"):
        write_rounds(tmp_path)


def test_page_is_deterministic_and_small(tmp_path):
    first = write_rounds(write(tmp_path)).read_bytes()
    assert write_rounds(tmp_path).read_bytes() == first and len(first) < 100_000


@pytest.mark.slow
def test_the_launcher_knows_rounds_from_a_run(tmp_path):
    write(tmp_path)
    command = [sys.executable, "-m", "launch.report", f"--workdir={tmp_path}"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "round 2" in (tmp_path / "report.html").read_text()
