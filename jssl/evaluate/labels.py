"""The check that every labelled evaluation starts with."""

import numpy as np
from scipy.sparse import csr_array

from jssl.features import Split


def check_labels(
    train: np.ndarray | Split | csr_array,
    train_labels: np.ndarray | None,
    test: np.ndarray | Split | csr_array,
    test_labels: np.ndarray | None,
    classes: int,
) -> None:
    """Refuse features and labels that do not belong together.

    Raises:
        ValueError: no labels, other numbers of labels than of features, or labels outside [0, classes).
    """
    for name, features, labels in (("train", train, train_labels), ("test", test, test_labels)):
        if labels is None:
            raise ValueError(
                f"the {name} split has no labels, and kNN and linear probes need them; label-free monitors "
                "(RankMe, LiDAR, alpha-ReQ, uniformity) do not"
            )
        count = features.shape[0]
        if count != len(labels) or not len(labels):
            raise ValueError(f"{name}: {count} features and {len(labels)} labels; as many of both are needed")
        if np.min(labels) < 0 or np.max(labels) >= classes:
            raise ValueError(
                f"{name}: labels go from {np.min(labels)} to {np.max(labels)}, not within 0 to {classes - 1}"
            )
