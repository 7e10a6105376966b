"""What a transformer looks at, for the report."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from jssl.exhibit import Column, Exhibit
from jssl.inputs.input import Input
from jssl.method import Batch
from jssl.nets.net import Net

ROWS = 12


def attention_maps(encoder: Net, input: Input) -> Callable | None:
    """(params, stats, batch) -> `Exhibit` of an encoder's attention, a column for each head.

    The class token's attention in the last block (DINO, arXiv:2104.14294, section 4.2.2), or that of all patches on
    average where there is no such token. None for an encoder without attention.
    """
    if encoder.attention is None or encoder.patch is None:
        return None

    def show(params: Any, stats: Any, batch: Batch) -> Exhibit:
        prepared = input.prepare(jax.tree.map(lambda x: x[:ROWS], batch))
        weights, _ = jax.jit(encoder.attention)(params, stats, prepared)
        n, heads, tokens, _ = weights.shape
        rows, columns = (side // encoder.patch for side in prepared.shape[1:3])
        of_token = rows * columns != tokens
        maps = weights[:, :, 0, 1:] if of_token else weights.mean(2)
        maps = np.asarray(maps / maps.max(-1, keepdims=True)).reshape(n, heads, rows, columns, 1)
        maps = maps.repeat(encoder.patch, axis=2).repeat(encoder.patch, axis=3)
        shown = [Column("picture", input.look(prepared))]
        shown += [Column(f"head {i + 1}", maps[:, i]) for i in range(heads)]
        asks = "the class token" if of_token else "an average patch"
        lead = (
            f"How much {asks} attends to each patch of a picture in the last block, by head; white is most. "
            "Heads that learned something look at the object, and at different parts of it."
        )
        return Exhibit("Where the network looks", lead, tuple(shown))

    return show
