"""What classifiers show of themselves: the examples of which they are most and least sure."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from jssl.exhibit import Column, Exhibit
from jssl.inputs.input import Input
from jssl.method import Batch

SHOWN = 10


def said(probabilities: np.ndarray, count: int = 2) -> list[str]:
    """Of distributions [n, classes] the likeliest classes, by their numbers: "3: 62 %, 5: 31 %"."""
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :count]
    return [
        ", ".join(f"{label}: {100 * row[label]:.0f} %" for label in best)
        for row, best in zip(probabilities, order, strict=True)
    ]


def surest(input: Input, predict: Callable) -> Callable:
    """The `Method.show` of a classifier.

    Args:
        predict: the `Method.predict`.
    """

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        del keys
        p = np.asarray(jax.nn.softmax(predict(params, extra, batch)))
        order = np.argsort(-p.max(1), kind="stable")

        def column(name: str, rows: Sequence[int]) -> Column:
            rows = np.asarray(rows)
            return Column(name, input.figure({key: np.asarray(x)[rows] for key, x in batch.items()}), said(p[rows]))

        sure = 100 * float(np.mean(p.max(1) > 0.95))
        lead = (
            f"Of {len(p)} examples whose label the network never saw, those of which it is most and least sure, and the"
            f" two classes that it thinks likeliest. {sure:.0f} % are given a class with more than 95 %."
        )
        return Exhibit("How sure it is", lead, (column("surest", order[:SHOWN]), column("unsure", order[-SHOWN:])))

    return show
