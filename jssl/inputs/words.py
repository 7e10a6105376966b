"""Features of texts that count words: a bag of them, and TF-IDF."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.sparse import coo_array, csr_array, vstack

from jssl.data.source import Source

WIDEST = 8192
"""Of a bag of words: of a larger vocabulary several tokens share a place (feature hashing, arXiv:0902.2206)."""


def bag_of_words(source: Source, *, about: Mapping[str, Any]) -> csr_array:
    """How often each token comes in a text: log(1 + count), of norm 1.

    Sparse float32 [source.length, at most `WIDEST`].

    Args:
        about: of the tokenizer; its special tokens do not count.
    """
    return _unit(_counts(source, about).log1p())


def tf_idf(train: Source, *, about: Mapping[str, Any]) -> Callable[[Source], csr_array]:
    """The bag of words with each token weighed by how few texts of the train split have it, of norm 1.

    The weight is ln((1 + n) / (1 + texts with it)) + 1, as scikit-learn's `TfidfTransformer` has it.

    Returns:
        (Source) -> sparse float32 [source.length, at most `WIDEST`].
    """
    there = np.bincount(_counts(train, about).indices, minlength=_places(about))
    weight = (np.log((1 + train.length) / (1 + there)) + 1).astype(np.float32)
    return lambda source: _unit(_counts(source, about).log1p().multiply(weight[None]).tocsr())


def _places(about: Mapping[str, Any]) -> int:
    return min(about["vocabulary"], WIDEST)


def _counts(source: Source, about: Mapping[str, Any], batch_size: int = 1024) -> csr_array:
    width, parts = _places(about), []
    for start in range(0, source.length, batch_size):
        rows = np.arange(start, min(start + batch_size, source.length))
        batch = source.read(rows)
        there = np.arange(batch["tokens"].shape[1])[None] < batch["length"][:, None]
        there &= ~np.isin(batch["tokens"], about["special_tokens"])
        text, place = np.broadcast_to(np.arange(len(rows))[:, None], there.shape)[there], batch["tokens"][there] % width
        parts.append(coo_array((np.ones(len(text), np.float32), (text, place)), (len(rows), width)).tocsr())
    return vstack(parts, format="csr")


def _unit(x: csr_array) -> csr_array:
    norm = np.maximum(np.sqrt(x.power(2).sum(1)), 1e-12)
    return csr_array((x.data / np.repeat(norm, np.diff(x.indptr)), x.indices, x.indptr), x.shape)
