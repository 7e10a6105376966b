"""What lies near what in the space that a method compares examples in, for the report."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from jssl.exhibit import Column, Exhibit
from jssl.inputs.input import Input
from jssl.losses.contrastive import l2_normalize, similarities
from jssl.method import Batch
from jssl.nets.net import Net

ROWS, NEAREST = 8, 7


def neighbours(net: Net, input: Input) -> Callable:
    """The `Method.show` of some examples, each with those whose embeddings are nearest to its own.

    Args:
        net: x -> embeddings [n, d], an encoder with its projector.
    """

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        del keys
        z = l2_normalize(net.apply(params, extra["stats"], input.prepare(batch))[0])
        cosines = np.array(similarities(z[:ROWS], z))
        rows = np.arange(len(cosines))
        cosines[rows, rows] = np.inf
        order = np.argsort(-cosines, axis=1, kind="stable")[:, : 1 + NEAREST].T
        figures = input.figure(jax.tree.map(np.asarray, batch))
        columns = [Column("example", figures[order[0]])]
        for place, which in enumerate(order[1:], start=1):
            columns.append(Column(f"nearest {place}", figures[which], [f"{x:.2f}" for x in cosines[rows, which]]))
        lead = (
            "Each row is an example, and in it the others whose projections are nearest to its own, with their cosine."
            " No label was seen: a row that holds one kind of thing is what was learnt."
        )
        return Exhibit("What lies near what", lead, tuple(columns))

    return show
