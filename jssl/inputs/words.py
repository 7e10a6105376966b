"""Features of texts that count words: a bag of them, and TF-IDF."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from jssl.data.source import Source

WIDEST = 8192
"""Of a bag of words: of a larger vocabulary several tokens share a place (feature hashing, arXiv:0902.2206)."""


def bag_of_words(source: Source, *, about: Mapping[str, Any]) -> np.ndarray:
    """How often each token comes in a text: log(1 + count), of norm 1, float32 [source.length, at most `WIDEST`].

    Args:
        about: of the tokenizer; its special tokens do not count.
    """
    return _unit(np.log1p(_counts(source, about)))


def tf_idf(train: Source, *, about: Mapping[str, Any]) -> Callable[[Source], np.ndarray]:
    """The bag of words with each token weighed by how few texts of the train split have it, of norm 1.

    The weight is ln((1 + n) / (1 + texts with it)) + 1, as scikit-learn's `TfidfTransformer` has it.

    Returns:
        (Source) -> float32 [source.length, at most `WIDEST`].
    """
    there = (_counts(train, about) > 0).sum(0)
    weight = (np.log((1 + train.length) / (1 + there)) + 1).astype(np.float32)
    return lambda source: _unit(np.log1p(_counts(source, about)) * weight[None])


def _counts(source: Source, about: Mapping[str, Any], batch_size: int = 1024) -> np.ndarray:
    size = min(about["vocabulary"], WIDEST)
    counts = np.zeros((source.length, size), np.float32)
    for start in range(0, source.length, batch_size):
        rows = np.arange(start, min(start + batch_size, source.length))
        batch = source.read(rows)
        there = np.arange(batch["tokens"].shape[1])[None] < batch["length"][:, None]
        there &= ~np.isin(batch["tokens"], about["special_tokens"])
        np.add.at(counts, (np.broadcast_to(rows[:, None], there.shape)[there], batch["tokens"][there] % size), 1)
    return counts


def _unit(x: np.ndarray) -> np.ndarray:
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
