"""What a report shows of a teacher's labels: how sure it was, and what it was sure of."""

import numpy as np

from jssl.data.source import Source
from jssl.inputs.input import Input
from jssl.report.collect import thumbnails

BINS = 20
SHOWN = 20


def histogram(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, list[int]]:
    """How many examples the teacher takes rightly and wrongly, by its confidence: in `BINS` bins from 0 to 1.

    Args:
        probabilities: float [n, classes].
        labels: the true ones, int [n].
    """
    confidence, right = probabilities.max(1), probabilities.argmax(1) == labels
    kinds = {"right": confidence[right], "wrong": confidence[~right]}
    return {kind: np.histogram(values, BINS, (0, 1))[0].tolist() for kind, values in kinds.items()}


def examples(
    input: Input, pool: Source, among: np.ndarray, probabilities: np.ndarray, threshold: float
) -> dict[str, np.ndarray]:
    """Confident labels, in pictures: the surest wrong ones, and as many right ones, drawn from all classes in turn.

    Args:
        input: how examples are looked at.
        among: positions in the pool that may be shown, int [n].
        probabilities: of the whole pool, float [pool.length, classes].
        threshold: least confidence.

    Returns:
        "images", thumbnails or words [m, ...], and for each "taken" and "label" int32 [m],
        "confidence" float32 [m].
    """
    taken, confidence = probabilities.argmax(1), probabilities.max(1)
    shuffled = np.random.default_rng(0).permutation(among)
    sure = shuffled[confidence[shuffled] >= threshold]
    right = sure[taken[sure] == pool.labels[sure]]
    wrong = np.setdiff1d(sure, right)
    by_class = [right[taken[right] == label] for label in np.unique(taken[right])]
    turns = np.argsort(np.concatenate([[], *map(np.arange, map(len, by_class))]), kind="stable")
    shown = np.concatenate(
        [
            np.concatenate([right[:0], *by_class])[turns][:SHOWN],
            wrong[np.argsort(-confidence[wrong], kind="stable")][:SHOWN],
        ]
    )
    return {
        "images": thumbnails(input.figure(pool.read(shown))),
        "taken": taken[shown].astype(np.int32),
        "label": pool.labels[shown].astype(np.int32),
        "confidence": confidence[shown].astype(np.float32),
    }
