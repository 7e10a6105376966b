"""Prototypes or clusters and the examples that belong to them, for the report."""

import numpy as np

from jssl.exhibit import Column, Exhibit


def nearest(
    scores: np.ndarray, figures: np.ndarray, *, of: str = "prototype", measure: str = "cosine", rows: int = 8,
    columns: int = 8,
) -> Exhibit:  # fmt: skip
    """The examples that score highest with each of the prototypes that most examples score highest with.

    Args:
        scores: of each example with each prototype, [n, k].
        figures: of the examples.
        of: what a prototype is called.
        measure: what a score is.
    """
    most = np.bincount(scores.argmax(1), minlength=scores.shape[1]).argsort(stable=True)[::-1][:rows]
    order = np.argsort(-scores[:, most], axis=0, kind="stable")[:columns]
    captions = [[f"{score:.2f}" for score in scores[which, most]] for which in order]
    return Exhibit(
        f"{of.capitalize()}s and what is nearest to them",
        f"Each row is a {of}, the one that most of these examples are nearest to first; in it are those "
        f"nearest to it, with their {measure}. A row should hold one kind of thing, and rows should differ.",
        tuple(
            Column(f"nearest {i + 1}", figures[which], caption)
            for i, (which, caption) in enumerate(zip(order, captions, strict=True))
        ),
    )
