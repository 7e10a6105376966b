"""What a transformer looks at, for the report."""

import math
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from jssl.augment.views import Recipe, denormalize, prepare
from jssl.exhibit import Column, Exhibit
from jssl.nets.net import Net

ROWS = 12


def attention_maps(encoder: Net, recipe: Recipe) -> Callable | None:
    """(params, stats, images uint8 [n, h, w, c]) -> `Exhibit` of an encoder's attention, a column for each head.

    The class token's attention in the last block (DINO, arXiv:2104.14294, section 4.2.2), or that of all patches on
    average where there is no such token. None for an encoder without attention.
    """
    if encoder.attention is None:
        return None

    def show(params: Any, stats: Any, images: jax.Array) -> Exhibit:
        prepared = prepare(recipe, images[:ROWS])
        weights, _ = jax.jit(encoder.attention)(params, stats, prepared)
        n, heads, tokens, _ = weights.shape
        side = math.isqrt(tokens)
        of_token = side * side != tokens
        maps = weights[:, :, 0, 1:] if of_token else weights.mean(2)
        maps = np.asarray(maps / maps.max(-1, keepdims=True)).reshape(n, heads, side, side, 1)
        maps = maps.repeat(prepared.shape[1] // side, axis=2).repeat(prepared.shape[1] // side, axis=3)
        columns = [Column("picture", np.asarray(denormalize(recipe, prepared)))]
        columns += [Column(f"head {i + 1}", maps[:, i]) for i in range(heads)]
        asks = "the class token" if of_token else "an average patch"
        lead = (
            f"How much {asks} attends to each patch of a picture in the last block, by head; white is most. "
            "Heads that learned something look at the object, and at different parts of it."
        )
        return Exhibit("Where the network looks", lead, tuple(columns))

    return show
