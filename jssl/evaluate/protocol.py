"""The evaluation protocol: kNN and linear probe, with all labels and with few, for several sets of features."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from jssl.data import subsets
from jssl.evaluate import linear
from jssl.evaluate.knn import knn_accuracy
from jssl.evaluate.labels import check_labels
from jssl.features import Split
from jssl.parallel import Layout


def evaluate(
    features: Mapping[str, tuple[np.ndarray | Split | csr_array, np.ndarray | Split | csr_array]],
    train_labels: np.ndarray | None,
    test_labels: np.ndarray | None,
    *,
    classes: int,
    k: int = 20,
    temperature: float = 0.07,
    fractions: Sequence[float] = (0.1, 0.01),
    per_class: int = 10,
    draws: int = 5,
    seed: int = 0,
    layout: Layout | None = None,
) -> dict[str, Any]:
    """Accuracies of every set of features under the same labels.

    Few labels are drawn `draws` times, with seeds `seed`, `seed + 1`, ...; all sets of features see the same draws.

    Args:
        features: name -> (train [n, d], test [m, d]), both sparse or neither.
        per_class: labels of the smallest probe; at most what the rarest class has.
        layout: whose devices share the work; None takes one device.

    Returns:
        What `results.json` holds: "protocol" with every choice above, and "rows" of "features", "task", "labels",
        "mean" accuracy in [0, 1], sample standard deviation "std" over "draws" (None for one draw) and, for linear
        probes, the penalty "l2" chosen in each draw.

    Raises:
        ValueError: no labels, or labels that do not fit the features.
    """
    for train, test in features.values():
        check_labels(train, train_labels, test, test_labels, classes)
    train_labels, test_labels = np.asarray(train_labels), np.asarray(test_labels)
    fewest = int(np.min(np.unique(train_labels, return_counts=True)[1]))
    few = min(per_class, fewest)
    labelled = {"all": [np.arange(len(train_labels))]}
    for fraction in fractions:
        drawn = [subsets.label_fraction(train_labels, fraction, seed + i) for i in range(draws)]
        labelled[f"{100 * fraction:g}%"] = drawn
    labelled[f"{few} per class"] = [subsets.per_class(train_labels, few, seed + i) for i in range(draws)]

    rows = []
    for name, (train, test) in features.items():
        splits = {
            labels: [(train[chosen], train_labels[chosen], test, test_labels) for chosen in drawn]
            for labels, drawn in labelled.items()
        }
        for labels, drawn in splits.items():
            scores = [
                knn_accuracy(*split, k=k, temperature=temperature, classes=classes, layout=layout) for split in drawn
            ]
            rows.append({"features": name, "task": "kNN", "labels": labels, **summary(scores)})
        for labels, drawn in splits.items():
            probes = [linear.linear_probe(*split, classes=classes, seed=seed, layout=layout) for split in drawn]
            found = {**summary([probe.accuracy for probe in probes]), "l2": [probe.l2 for probe in probes]}
            rows.append({"features": name, "task": "linear probe", "labels": labels, **found})
    protocol = {
        "train_examples": len(train_labels),
        "test_examples": len(test_labels),
        "classes": classes,
        "dimensions": {name: int(train.shape[1]) for name, (train, _) in features.items()},
        "labelled_examples": {labels: len(drawn[0]) for labels, drawn in labelled.items()},
        "k": k,
        "temperature": temperature,
        "draws": draws,
        "seed": seed,
        "l2_grid": list(linear.L2_GRID),
        "folds": linear.FOLDS,
    }
    return {"protocol": protocol, "rows": rows}


def table(results: Mapping[str, Any]) -> str:
    """The results as plain text for a terminal: accuracies in percent, a column for each set of features."""
    protocol, rows = results["protocol"], results["rows"]
    columns = list(dict.fromkeys(row["features"] for row in rows))
    targets = list(dict.fromkeys(row.get("target", "") for row in rows))
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows:
        spread = "" if row["std"] is None else f" ± {100 * row['std']:.1f}"
        task = f"{row['target']}: {row['task']}" if len(targets) > 1 else row["task"]
        cells.setdefault((task, row["labels"]), {})[row["features"]] = f"{100 * row['mean']:.1f}{spread}"
    lines = [["task", "labels", *columns]]
    lines += [[task, labels, *(row.get(name, "") for name in columns)] for (task, labels), row in cells.items()]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    text = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
    note = (
        f"Accuracy in % on {protocol['test_examples']:,} test examples; {protocol['train_examples']:,} labels in all. "
        f"kNN: k={protocol['k']}, temperature={protocol['temperature']:g}. "
        f"± is the standard deviation over {protocol['draws']} draws of the labels."
    )
    if protocol.get("clips", 1) > 1:
        note += f" Features are the mean over {protocol['clips']} clips of an example."
    return "\n".join([*text, "", note])


def summary(scores: Sequence[float]) -> dict[str, Any]:
    """The "mean", sample standard deviation "std" (None of one score) and number of "draws" of a row."""
    spread = float(np.std(scores, ddof=1)) if len(scores) > 1 else None
    return {"mean": float(np.mean(scores)), "std": spread, "draws": len(scores)}
