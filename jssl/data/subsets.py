"""Labelled subsets for evaluation with few labels: stratified, and the same for the same seed everywhere."""

import math

import numpy as np

from jssl.data.shuffle import permutation


def label_fraction(labels: np.ndarray, fraction: float, seed: int) -> np.ndarray:
    """Indices of a stratified share of the examples: `round(fraction * count)` of each class, at least 1.

    Args:
        labels: int [n].
        fraction: in (0, 1].
        seed: of the draw.

    Returns:
        Sorted int64 indices.

    Raises:
        ValueError: a fraction outside (0, 1].
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction={fraction} is not in (0, 1]")
    _, counts = np.unique(labels, return_counts=True)
    return _draw(labels, [max(1, math.floor(fraction * count + 0.5)) for count in counts], seed)


def per_class(labels: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Indices of `n` examples of each class.

    Args:
        labels: int [all examples].
        n: examples of each class.
        seed: of the draw.

    Returns:
        Sorted int64 indices.

    Raises:
        ValueError: fewer than 1 asked for, or a class with fewer than `n` examples.
    """
    values, counts = np.unique(labels, return_counts=True)
    if n < 1:
        raise ValueError(f"{n} examples per class: at least 1 is needed")
    if n > counts.min():
        rarest = values[counts.argmin()]
        raise ValueError(f"{n} examples per class asked for, but class {rarest} has only {counts.min()}")
    return _draw(labels, [n] * len(values), seed)


def _draw(labels: np.ndarray, counts: list[int], seed: int) -> np.ndarray:
    order = permutation(len(labels), seed)
    shuffled = np.asarray(labels)[order]
    chosen = [order[shuffled == value][:n] for value, n in zip(np.unique(labels), counts, strict=True)]
    return np.sort(np.concatenate(chosen))
