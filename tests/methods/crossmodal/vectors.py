"""Senses that are vectors, for methods of two of them."""

import jax
import numpy as np

from jssl.inputs.input import Input


def plain(key: str) -> Input:
    """Vectors, shown as they are."""

    def views(keys: jax.Array, batch: dict, count: int | None = None) -> tuple[jax.Array, ...]:
        del keys, count
        return (batch[key],)

    return Input(
        keys=(key,), count=1, prepare=lambda batch: batch[key], views=views, plain=None, match=lambda batch: batch,
        own=None, baselines=(), figure=lambda batch: np.asarray(batch[key]), look=np.asarray,
    )  # fmt: skip
