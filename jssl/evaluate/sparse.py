"""Features that are mostly zero, such as counts of words, scored as they lie: what kNN, the linear probe, principal
components and k-means are for them. The same mathematics as for others, on the host; every process does all of it.

Made dense, 47,000 texts of 4,096 words are 770 MB, of which 0.4 % is not zero, and an evaluation takes the best part of
an hour.
"""

from functools import partial

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_array
from scipy.sparse.linalg import LinearOperator, eigsh

QUERIES = 128
"""Looked at together."""
DENSE = 1024
"""Dimensions up to which all principal components are found, and not only those asked for."""


def knn_accuracy(
    train: csr_array,
    train_labels: np.ndarray,
    test: csr_array,
    test_labels: np.ndarray,
    *,
    k: int,
    temperature: float,
    classes: int,
) -> float:
    """As `jssl.evaluate.knn.knn_accuracy`, whose arguments have been checked."""
    k, right, lengths = min(k, train.shape[0]), 0, _norm(train)
    for start in range(0, test.shape[0], QUERIES):
        queries = test[start : start + QUERIES]
        scores = np.ascontiguousarray((train @ queries.toarray().T).T)
        scores /= _norm(queries)[:, None] * lengths[None]
        nearest = np.argpartition(scores, -k, axis=1)[:, -k:]
        similarity = np.take_along_axis(scores, nearest, axis=1)
        votes = np.zeros((len(scores), classes))
        each = np.exp((similarity - similarity.max(1, keepdims=True)) / temperature)
        np.add.at(votes, (np.arange(len(scores))[:, None], train_labels[nearest]), each)
        right += int(np.sum(votes.argmax(1) == test_labels[start : start + QUERIES]))
    return right / test.shape[0]


def _norm(x: csr_array) -> np.ndarray:
    return np.maximum(np.sqrt(x.power(2).sum(1)), 1e-12)


def principal_axes(x: csr_array, components: int) -> tuple[np.ndarray, np.ndarray]:
    """The mean [d] and the directions of most variance [d, components] of rows [n, d], the greatest first."""
    n, d = x.shape
    mean = np.asarray(x.mean(0), np.float64)
    if d <= DENSE:
        _, found = np.linalg.eigh((x.T @ x).toarray() / n - np.outer(mean, mean))
    else:
        covariance = LinearOperator((d, d), lambda v: x.T @ (x @ v) / n - mean * (mean @ v), dtype=np.float64)
        _, found = eigsh(covariance, components, v0=np.ones(d))
    return mean.astype(np.float32), found[:, ::-1][:, :components].astype(np.float32)


def lloyd(x: csr_array, centres: np.ndarray, iterations: int) -> np.ndarray:
    """The centres [k, d] after so many moves to the means of the rows that are nearest to each; the empty stay."""
    n, k = x.shape[0], len(centres)
    for _ in range(iterations):
        nearest = np.argmin((centres * centres).sum(1)[None] - 2 * (x @ centres.T), axis=1)
        count = np.bincount(nearest, minlength=k)[:, None]
        total = (csr_array((np.ones(n, np.float32), (nearest, np.arange(n))), (k, n)) @ x).toarray()
        centres = np.where(count > 0, total / np.maximum(count, 1), centres).astype(np.float32)
    return centres


def choose_and_score(
    x: csr_array,
    labels: np.ndarray,
    fold: np.ndarray,
    test: csr_array,
    test_labels: np.ndarray,
    grid: tuple[float, ...],
    tolerance: float,
    iterations: int,
    *,
    classes: int,
    rounds: int,
) -> tuple[int, int]:
    """Which penalty of a grid is best on held-out examples, and how many test examples are told right with it.

    As the probe of other features goes down the grid: each fit starts from the one before, of each fold for itself; the
    last is of all examples.

    Args:
        fold: int [n], of which 0 to `rounds` - 1 are held out, one at a time.
        rounds: 0 takes the grid's one penalty.
    """
    fit = partial(_fit, classes=classes, tolerance=tolerance, iterations=iterations)
    mean, scale = np.asarray(x.mean(0), np.float64), np.sqrt(_variance(x).sum())
    x, test, mean = x / np.float32(scale), test / np.float32(scale), mean / scale
    zero = np.zeros((classes, x.shape[1] + 1))
    if not rounds:
        return 0, _right(fit(x, mean, labels, grid[0], zero), mean, test, test_labels)
    right, first = np.zeros(len(grid), int), []
    for held_out in range(rounds):
        seen, w = fold != held_out, zero
        part, asked = x[seen], x[~seen]
        for i, l2 in enumerate(grid):
            w = fit(part, mean, labels[seen], l2, w)
            right[i] += _right(w, mean, asked, labels[~seen])
            if not held_out:
                first.append(w)
    best = int(np.argmax(right))
    return best, _right(fit(x, mean, labels, grid[best], first[best]), mean, test, test_labels)


def _fit(
    x: csr_array,
    mean: np.ndarray,
    labels: np.ndarray,
    l2: float,
    start: np.ndarray,
    *,
    classes: int,
    tolerance: float,
    iterations: int,
) -> np.ndarray:
    """Weights and bias [classes, d + 1], float64, of rows [n, d] from which a mean is yet to be taken away.

    Words are nearly uncorrelated, and so the diagonal of the Hessian at zero serves as well as its principal axes.
    """
    n = x.shape[0]
    root = 1 / np.sqrt(np.append(_variance(x) / classes + l2, 1 / classes))
    own, columns, norm = (np.arange(n), labels), x.T.tocsr(), np.inf

    def cost(v: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal norm
        w = v.reshape(classes, -1) * root[None]
        logits = _logits(w, mean, x)
        top = logits.max(1, keepdims=True)
        odds = np.exp(logits - top)
        total = odds.sum(1, keepdims=True)
        loss = np.mean(np.log(total[:, 0]) + top[:, 0] - logits[own], dtype=np.float64)
        odds /= total
        odds[own] -= 1
        bias = odds.sum(0, dtype=np.float64) / n
        penalty = l2 * w[:, :-1]
        slope = (columns @ odds).T / n - bias[:, None] * mean[None] + penalty
        gradient = np.append(slope, bias[:, None], axis=1) * root[None]
        norm = np.linalg.norm(gradient)
        return loss + np.sum(penalty * w[:, :-1]) / 2, gradient.ravel()

    def finished(_: np.ndarray) -> None:
        if norm <= tolerance:
            raise StopIteration

    how = {"maxiter": iterations, "ftol": 0, "gtol": 0}
    found = minimize(cost, (start / root[None]).ravel(), method="L-BFGS-B", jac=True, callback=finished, options=how)
    return found.x.reshape(classes, -1) * root[None]


def _variance(x: csr_array) -> np.ndarray:
    return np.maximum(np.asarray(x.power(2).mean(0), np.float64) - np.asarray(x.mean(0), np.float64) ** 2, 0)


def _logits(w: np.ndarray, mean: np.ndarray, x: csr_array) -> np.ndarray:
    return x @ w[:, :-1].T.astype(np.float32) + (w[:, -1] - w[:, :-1] @ mean).astype(np.float32)[None]


def _right(w: np.ndarray, mean: np.ndarray, x: csr_array, labels: np.ndarray) -> int:
    return int(np.sum(_logits(w, mean, x).argmax(1) == labels))
