"""What test_processes.py runs in several processes: features that stay where they were computed, and scores of them."""

import json

import numpy as np

from jssl.evaluate.classical import classical
from jssl.evaluate.knn import knn_accuracy
from jssl.evaluate.linear import linear_probe
from jssl.features import extract
from jssl.parallel import make_layout
from launch import command
from tests import made_up


def scores() -> dict[str, float]:
    """The scores, and how many rows are here."""
    layout, rng = make_layout(), np.random.default_rng(0)
    labels = rng.integers(0, 5, 801)
    noise = rng.integers(0, 120, (801, 4, 4, 1))
    noise[np.arange(801), 0, labels % 4, 0] += 40 + 30 * (labels // 4)
    source = made_up.pictures(noise.astype(np.uint8))

    def embed(batch: dict) -> object:
        return batch["image"].reshape(len(batch["image"]), -1).astype(np.float32)

    features = extract(embed, source, batch_size=64, layout=layout, split=True)
    train, test = np.arange(0, 600), np.arange(600, 801)[::-1]
    data = features[train], labels[train], features[test], labels[test]
    reduced = classical(data[0], layout=layout)["PCA-16"]
    return {
        "kNN": knn_accuracy(*data, classes=5, layout=layout),
        "linear probe": linear_probe(*data, classes=5, layout=layout).accuracy,
        "PCA": knn_accuracy(reduced(data[0]), labels[train], reduced(data[2]), labels[test], classes=5, layout=layout),
        "sum": float((features[test].gather()[:, 3] * np.arange(201)).sum()),
        "here": len(features.rows),
    }


if __name__ == "__main__":
    command.join()
    print(json.dumps(scores()), flush=True)
