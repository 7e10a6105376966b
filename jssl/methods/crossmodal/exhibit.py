"""What a method of two senses shows: whether pairs belong together, and what is found across the senses."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from jssl.exhibit import Column, Exhibit
from jssl.inputs.input import Input
from jssl.method import Batch
from jssl.methods.crossmodal.towers import Towers

ROWS, FOUND = 8, 4


def pairs(seen: np.ndarray, heard: np.ndarray, together: np.ndarray) -> Exhibit:
    """A row for each of some sounds: what was seen with it, what was seen with the next one, and what fits it best.

    Args:
        seen: how people look at n examples, as `Input.figure` has them.
        heard: the same of the other sense.
        together: [n, n] in [0, 1]: how surely what is seen in i and what is heard in j belong together.
    """
    n = len(seen)
    rows = np.arange(min(ROWS, n))
    own, other = together[rows, rows], together[(rows + 1) % n, rows]
    best = np.argsort(-together[:, rows], axis=0, kind="stable")[:FOUND]
    columns = [
        Column("heard", heard[rows]),
        Column("seen with it", seen[rows], _said(own), tuple(own > 0.5)),
        Column("seen with another", seen[(rows + 1) % n], _said(other), tuple(other <= 0.5)),
    ]
    columns += [
        Column(f"fits {'best' if not i else f'as no. {i + 1}'}", seen[found], _said(together[found, rows]))
        for i, found in enumerate(best)
    ]
    lead = (
        "A sound, what was seen with it and what was seen with another one; below them, how sure the network is that"
        f" they belong together. To the right, of {n} sights those that it finds to fit the sound best."
    )
    return Exhibit("Do they belong together?", lead, tuple(columns))


def show_pairs(towers: Towers, inputs: dict[str, Input], together: Callable) -> Callable:
    """The `Method.show` of a method of two senses, by its `Method.together`."""

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        del keys
        logits = together(params, extra, towers.features(params, extra, batch))
        seen, heard = (inputs[name].figure(jax.tree.map(np.asarray, batch)) for name in towers.senses)
        return pairs(seen, heard, np.asarray(jax.nn.sigmoid(logits)))

    return show


def _said(sure: np.ndarray) -> tuple[str, ...]:
    return tuple(f"{x:.2f}" for x in sure)
