"""Linear probes of many numbers at once, such as the bytes of a game's RAM, and how well they tell them."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize

L2_GRID = (1e-3, 1e-5, 1e-6)
"""Candidates, from strong to weak: each fit starts from the one before."""
ITERATIONS = 60


def linear_probes(
    train: np.ndarray, labels: np.ndarray, test: np.ndarray, held_out: np.ndarray, *, iterations: int = ITERATIONS
) -> tuple[np.ndarray, float]:
    """Fit a multinomial logistic regression for each target, all on the same features, and tell the test examples.

    Each minimises its mean cross entropy + l2/2 |W|^2 over weights and an unpenalised bias, on features that are
    centred and divided by one number, as `jssl.evaluate.linear` does; here by one L-BFGS in their principal axes, so
    that a hundred targets are a few products of matrices.

    Args:
        train, test: features float [n, d] and [m, d].
        labels: int [n, targets], any values; those that a target never has in training are never told.
        held_out: bool [n]: on which of `train`, by their mean weighted F1, the penalty is chosen from `L2_GRID`; in
            the end all are learnt from.
        iterations: of each fit, at most.

    Returns:
        What is told, int [m, targets], and the penalty, which all targets share.
    """
    mean = train.mean(0, keepdims=True)
    scale = np.sqrt(np.maximum(np.mean(np.sum((train - mean) ** 2, axis=1)), 1e-12))
    variance, axes = np.linalg.eigh(np.cov((train - mean).T / scale, bias=True).reshape(train.shape[1], -1))
    x, y = (((features - mean) / scale) @ axes.astype(np.float32) for features in (train, test))
    values = [np.unique(column) for column in labels.T]
    sizes = [len(each) for each in values]
    own = np.concatenate([column[:, None] == each[None] for column, each in zip(labels.T, values, strict=True)], axis=1)
    root = 1 / np.sqrt(np.maximum(variance, 0)[:, None] / np.repeat(sizes, sizes)[None] + L2_GRID[-1])
    root = np.append(root, np.sqrt(np.repeat(sizes, sizes))[None], axis=0).astype(np.float32)

    def tell(w: np.ndarray, x: np.ndarray) -> np.ndarray:
        parts = np.split(x @ w[:-1] + w[-1:], np.cumsum(sizes)[:-1], axis=1)
        return np.stack([each[part.argmax(1)] for each, part in zip(values, parts, strict=True)], axis=1)

    w, best, kept = np.zeros_like(root), -1.0, (root, 0.0)
    for l2 in L2_GRID:
        w = _fit(x[~held_out], own[~held_out], sizes, l2, root, w, iterations)
        told = tell(w, x[held_out])
        score = np.mean([weighted_f1(labels[held_out, i], told[:, i]) for i in range(len(sizes))])
        if score > best:
            best, kept = score, (w, l2)
    w = _fit(x, own, sizes, kept[1], root, kept[0], iterations)
    return tell(w, y), kept[1]


def _fit(
    x: np.ndarray, own: np.ndarray, sizes: list[int], l2: float, root: np.ndarray, start: np.ndarray, iterations: int
) -> np.ndarray:
    """Weights and, in the last row, biases [d + 1, classes of all targets]."""
    places = np.cumsum([0, *sizes[:-1]])

    def cost(v: np.ndarray) -> tuple[float, np.ndarray]:
        w = root * v.reshape(root.shape).astype(np.float32)
        logits = x @ w[:-1] + w[-1:]
        top = np.maximum.reduceat(logits, places, axis=1)
        odds = np.exp(logits - np.repeat(top, sizes, axis=1))
        total = np.add.reduceat(odds, places, axis=1)
        loss = (np.log(total) + top).sum(dtype=np.float64) - np.where(own, logits, 0).sum(dtype=np.float64)
        error = (odds / np.repeat(total, sizes, axis=1) - own) / len(x)
        penalty = l2 * w
        penalty[-1] = 0
        slope = np.append(x.T @ error, error.sum(0)[None], axis=0) + penalty
        return loss / len(x) + float((penalty * w).sum() / 2), (root * slope).ravel().astype(np.float64)

    return root * _minimum(cost, start / root, iterations).astype(np.float32)


def _minimum(cost: Callable, start: np.ndarray, iterations: int) -> np.ndarray:
    found = minimize(cost, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": iterations, "gtol": 1e-6})
    return found.x.reshape(start.shape)


def weighted_f1(labels: np.ndarray, told: np.ndarray) -> float:
    """F1 of each value, [n] each, the mean weighted by how often it is the true one, in [0, 1].

    scikit-learn's `f1_score(average="weighted")`, which AtariARI reports (arXiv:1906.08226).
    """
    values, truly = np.unique(labels, return_counts=True)
    said = np.array([np.sum(told == value) for value in values])
    right = np.array([np.sum((told == value) & (labels == value)) for value in values])
    return float(np.sum(truly * 2 * right / (truly + said)) / len(labels))


def entropy(labels: np.ndarray) -> np.ndarray:
    """Of the values of each column, [n, targets] -> float64 [targets], nats."""
    shares = [np.unique(column, return_counts=True)[1] / len(labels) for column in labels.T]
    return np.array([-np.sum(p * np.log(p)) for p in shares])
