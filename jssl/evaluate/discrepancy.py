"""How far the features of two domains lie apart, by which a checkpoint is chosen without a label of the second.

By UDA-SS (arXiv:1909.11825): the distance of the domains' mean features (the maximum mean discrepancy of a linear
kernel), together with the error on labelled examples of the source domain that were held out.
"""

import math
from collections.abc import Callable
from functools import partial

import jax
import numpy as np

from jssl.data.source import Source, part
from jssl.features import extract
from jssl.method import Method, PyTree
from jssl.parallel import Layout

LEAST = 1e-3
"""Error below which a source domain counts as solved: at 0 nothing else would count."""


def mean_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Euclidean distance of the mean features of two domains, [n, d] and [m, d]."""
    return float(np.linalg.norm(a.mean(0, dtype=np.float64) - b.mean(0, dtype=np.float64)))


def selection_score(discrepancy: float, source_error: float | None) -> float:
    """What the best checkpoint has most of: minus the logarithm of the product of both, or of the distance alone.

    The authors add the two after the run, each in units of its minimum over the run. The product has no units, and so
    can be told at once; near the minima it orders checkpoints as that sum does.

    Args:
        discrepancy: `mean_distance` of the domains.
        source_error: in [0, 1], on held-out examples of the source domain; None where there are none.
    """
    error = 1.0 if source_error is None else max(source_error, LEAST)
    return -math.log(max(discrepancy, 1e-12) * error)


def make_discrepancy(
    method: Method, layout: Layout, train: Source, inside: np.ndarray, *, max_examples: int = 4096, seed: int = 0
) -> Callable[[PyTree, dict[str, PyTree]], float]:
    """A function (params, extra) -> `mean_distance` of two domains, always of the same examples.

    Args:
        train: examples of both domains; their labels are not looked at.
        inside: bool [n], which of them are of the source domain.
        max_examples: of each, taken at random.
    """
    embed = jax.jit(method.embed)
    order = np.random.default_rng(seed).permutation(train.length)
    domains = [part(train, np.sort(order[inside[order] == own][:max_examples])) for own in (True, False)]

    def discrepancy(params: PyTree, extra: dict[str, PyTree]) -> float:
        return mean_distance(*(extract(partial(embed, params, extra), domain, layout=layout) for domain in domains))

    return discrepancy
