"""Search across the senses, and telling pairs apart: what a matrix of scores is worth."""

import math
from typing import Any

import numpy as np


def recall(scores: np.ndarray, relevant: np.ndarray, k: int) -> float:
    """R@k: the share of queries that find something relevant among the k that score best.

    Args:
        scores: float [queries, candidates], the higher the better. Of candidates that score the same, none is preferred
            for being relevant: those that are not come first.
        relevant: bool [queries, candidates].
        k: how many are looked at.

    Raises:
        ValueError: other shapes; k below 1; a query for which nothing is relevant.
    """
    _check(scores, relevant, k)
    best = np.where(relevant, scores, -np.inf).max(1)
    ahead = (~relevant & (scores >= best[:, None])).sum(1)
    return float((ahead < k).mean())


def recall_by_chance(relevant: np.ndarray, k: int) -> float:
    """What `recall` is on average if the order is random: 1 - C(m - r, k) / C(m, k), the mean over queries."""
    m = relevant.shape[1]
    missed = [math.comb(m - int(r), k) / math.comb(m, k) for r in relevant.sum(1)]
    return float(1 - np.mean(missed))


def pair_accuracy(logits: np.ndarray) -> float:
    """Share of pairs that are told rightly, those that belong together and those that do not weighing the same.

    Args:
        logits: [n, n], that i and j belong together, which they do for i = j. All n (n - 1) others are pairs that do
            not, so that nothing depends on which are drawn.

    Raises:
        ValueError: fewer than two, or not as many of both.
    """
    n = len(logits)
    if logits.shape != (n, n) or n < 2:
        raise ValueError(f"logits of n x n pairs are needed, n at least 2, not {logits.shape}")
    said = logits > 0
    own = np.diagonal(said)
    return float((own.mean() + 1 - (said.sum() - own.sum()) / (n * (n - 1))) / 2)


def across(
    logits: np.ndarray, senses: tuple[str, str], labels: np.ndarray | None = None, name: str = ""
) -> list[dict[str, Any]]:
    """The rows that a report has of n examples of two senses.

    Args:
        logits: [n, n], as of `pair_accuracy`; rows are of the first sense.
        senses: their names.
        labels: int [n]; with them, what has the query's label is relevant, and else only its own example.
        name: of what the labels tell.

    Returns:
        {"task", "mean" in [0, 1], "chance"} of telling pairs (without labels), and of R@1 and R@5 both ways.
    """
    n = len(logits)
    relevant = np.eye(n, dtype=bool) if labels is None else labels[:, None] == labels[None]
    rows = []
    if labels is None:
        rows.append({"task": "belong together", "mean": pair_accuracy(logits), "chance": 0.5})
    how = f"same {name}" if labels is not None else "same example"
    for (query, found), scores in ((senses, logits), (senses[::-1], logits.T)):
        for k in (1, 5):
            if k <= n:
                value, chance = recall(scores, relevant, k), recall_by_chance(relevant, k)
                rows.append({"task": f"{query} → {found}, {how}, R@{k}", "mean": value, "chance": chance})
    return rows


def _check(scores: np.ndarray, relevant: np.ndarray, k: int) -> None:
    if scores.ndim != 2 or scores.shape != relevant.shape or k < 1:
        raise ValueError(f"scores {scores.shape} and relevant {relevant.shape} must be alike, and k={k} at least 1")
    if not relevant.any(1).all():
        raise ValueError("a query for which nothing is relevant has no recall")
