"""What categories that nobody named are worth: the names that fit them best."""

import numpy as np
from scipy.optimize import linear_sum_assignment


def matched_accuracy(categories: np.ndarray, labels: np.ndarray) -> float:
    """The share of examples whose category is that of their label, each category standing for one label at most.

    Names are given so that it is largest (Kuhn, the Hungarian method); it is 1 where both sort alike.

    Args:
        categories: int [n], from 0 on.
        labels: int [n], from 0 on.

    Raises:
        ValueError: none, or not as many of both.
    """
    if categories.shape != labels.shape or categories.ndim != 1 or not len(labels):
        raise ValueError(f"as many categories as labels are needed, not {categories.shape} and {labels.shape}")
    counts = np.zeros((categories.max() + 1, labels.max() + 1), np.int64)
    np.add.at(counts, (categories, labels), 1)
    rows, columns = linear_sum_assignment(counts, maximize=True)
    return float(counts[rows, columns].sum() / len(labels))
