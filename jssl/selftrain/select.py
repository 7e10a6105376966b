"""Which pseudo-labels a student learns from: the confident ones, as many of every class."""

from typing import Any, NamedTuple

import numpy as np

from jssl.errors import Refused


class NothingKept(Refused):
    """A class of which the teacher is nowhere sure enough."""


class Selection(NamedTuple):
    """The examples of a pool that a student is given."""

    indices: np.ndarray
    """int64 [classes * n], sorted; an example that stands for others, too few in its class, comes more than once."""
    counts: dict[str, Any]
    """Of each class: "labelled", before anything was dropped; "confident"; after balancing, "unique" and, with
    repetitions, "balanced"."""


def select(probabilities: np.ndarray, *, threshold: float, per_class: int, classes: tuple[str, ...] = ()) -> Selection:
    """Filter by confidence, then balance: the surest `per_class` of each class, repeated where there are fewer.

    By Noisy Student (arXiv:1911.04252), which keeps 130,000 of each of 1,000 classes above 0.3.

    Args:
        probabilities: the teacher's, float [n, classes].
        threshold: least probability of the most likely class.
        per_class: how many of each; 0 keeps all that are confident, without balancing.
        classes: names, for messages.

    Raises:
        NothingKept: naming the classes that are left without an example, and the most confident one that they had.
    """
    labels, confidence = probabilities.argmax(1), probabilities.max(1)
    number = probabilities.shape[1]
    sure = confidence >= threshold
    kept = []
    for label in range(number):
        rows = np.flatnonzero(sure & (labels == label))
        surest = rows[np.argsort(-confidence[rows], kind="stable")]
        kept.append(np.resize(surest, per_class) if per_class and len(rows) else rows)
    empty = [label for label, rows in enumerate(kept) if not len(rows)]
    if empty and (per_class or len(empty) == number):
        names = [classes[label] if classes else str(label) for label in empty]
        best = max(confidence[labels == label].max(initial=0.0) for label in empty)
        what_else = f"(the highest is {best:.3f}): lower the round's threshold, or train" if best else "at all: train"
        raise NothingKept(
            f"no example is taken for {', '.join(names)} with a probability of {threshold} or more {what_else} the"
            " teacher for longer or on more labels"
        )
    counts = {
        "labelled": np.bincount(labels, minlength=number).tolist(),
        "confident": np.bincount(labels[sure], minlength=number).tolist(),
        "unique": [len(np.unique(rows)) for rows in kept],
        "balanced": [len(rows) for rows in kept],
    }
    return Selection(np.sort(np.concatenate(kept)).astype(np.int64), counts)
