"""Weighted k-nearest-neighbour classification of features (arXiv:1805.01978)."""

from collections.abc import Callable
from functools import lru_cache, partial

import jax
import jax.numpy as jnp
import numpy as np
from scipy.sparse import csr_array, issparse

from jssl import parallel
from jssl.evaluate import sparse
from jssl.evaluate.labels import check_labels
from jssl.evaluate.rows import AT_A_TIME, over_chunks, spread, worthwhile
from jssl.features import Split
from jssl.losses.contrastive import l2_normalize, similarities
from jssl.parallel import Layout

QUERIES = 128
"""Looked at together, by all devices; more of them where there are few training examples."""


def knn_accuracy(
    train: np.ndarray | Split | csr_array,
    train_labels: np.ndarray | None,
    test: np.ndarray | Split | csr_array,
    test_labels: np.ndarray | None,
    *,
    k: int = 20,
    temperature: float = 0.07,
    classes: int,
    layout: Layout | None = None,
) -> float:
    """Share of the test examples whose class wins the vote of their k nearest training examples.

    A neighbour of cosine similarity s votes with exp(s / temperature): one neighbour decides as temperature goes
    to 0, the plain majority as it goes to infinity. Equal votes go to the lower class.

    Args:
        train, test: features [n, d] and [m, d] of any scale; both sparse, or neither.
        train_labels, test_labels: int [n] and [m], below `classes`.
        k: all n vote when there are fewer than k, as happens with few labels.
        layout: whose devices share the rows; None takes one device. Test examples travel, some at a time, and the
            similarities and labels of the nearest; never the training examples.

    Raises:
        ValueError: no labels, lengths that differ, or labels outside [0, classes).
    """
    check_labels(train, train_labels, test, test_labels, classes)
    if issparse(train):
        known = train, np.asarray(train_labels), test, np.asarray(test_labels)
        return sparse.knn_accuracy(*known, k=k, temperature=temperature, classes=classes)
    layout = worthwhile(layout, train)
    bank, labels = spread(layout, train, (train_labels,))
    queries, asked = spread(layout, test, (test_labels,))
    right = _program(layout, min(k, len(train)), classes)(bank, labels, queries, asked, np.float32(temperature))
    return float(right) / len(test)


@lru_cache(maxsize=64)
def _program(layout: Layout, k: int, classes: int) -> Callable:
    return layout.spread(partial(_right, k=k, classes=classes), [True] * 4 + [False])


def _right(
    bank: jax.Array,
    labels: jax.Array,
    queries: jax.Array,
    asked: jax.Array,
    temperature: float,
    *,
    k: int,
    classes: int,
) -> jax.Array:
    """How many queries of all devices are told right; per device. Rows with label -1 are none."""
    bank = l2_normalize(bank)

    def vote(similarity: jax.Array, voters: jax.Array) -> jax.Array:
        return jnp.argmax(votes(similarity, voters, temperature, classes))

    def add(count: jax.Array, new: jax.Array, queries: jax.Array, asked: jax.Array) -> jax.Array:
        queries, asked = parallel.gather(l2_normalize(queries)), parallel.gather(jnp.where(new, asked, -1))
        scores = jnp.where(labels[None] < 0, -jnp.inf, similarities(queries, bank))
        similarity, nearest = jax.lax.top_k(scores, min(k, len(bank)))
        similarity, best = jax.lax.top_k(parallel.gather(similarity, axis=1), k)
        voters = jnp.take_along_axis(parallel.gather(labels[nearest], axis=1), best, axis=1)
        return count + jnp.sum(jax.vmap(vote)(similarity, voters) == asked)

    width = min(len(bank), AT_A_TIME // QUERIES) * parallel.axis_size()
    return over_chunks(add, jnp.zeros((), int), (queries, asked), width)


def votes(similarity: jax.Array, voters: jax.Array, temperature: float, classes: int) -> jax.Array:
    """What each class gets [classes] from neighbours of these similarities [k], nearest first, and classes [k]."""
    # Relative to the nearest, so that no temperature overflows.
    return jnp.zeros(classes).at[voters].add(jnp.exp((similarity - similarity[0]) / temperature))
