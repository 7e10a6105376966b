"""Weighted k-nearest-neighbour classification of features (arXiv:1805.01978)."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from jssl.evaluate.labels import check_labels
from jssl.losses.contrastive import l2_normalize


def knn_accuracy(
    train: np.ndarray,
    train_labels: np.ndarray | None,
    test: np.ndarray,
    test_labels: np.ndarray | None,
    *,
    k: int = 20,
    temperature: float = 0.07,
    classes: int,
) -> float:
    """Share of the test examples whose class wins the vote of their k nearest training examples.

    A neighbour of cosine similarity s votes with exp(s / temperature): one neighbour decides as temperature goes
    to 0, the plain majority as it goes to infinity. Equal votes go to the lower class.

    Args:
        train, test: features [n, d] and [m, d] of any scale.
        train_labels, test_labels: int [n] and [m], below `classes`.
        k: all n vote when there are fewer than k, as happens with few labels.

    Raises:
        ValueError: no labels, lengths that differ, or labels outside [0, classes).
    """
    check_labels(train, train_labels, test, test_labels, classes)
    predictions = _vote(train, np.asarray(train_labels), test, temperature, k=min(k, len(train)), classes=classes)
    return float(np.mean(np.asarray(predictions) == test_labels))


@partial(jax.jit, static_argnames=("k", "classes"))
def _vote(
    train: jax.Array, labels: jax.Array, test: jax.Array, temperature: float, *, k: int, classes: int
) -> jax.Array:
    bank = l2_normalize(train.astype(jnp.float32))

    def predict(query: jax.Array) -> jax.Array:
        similarity, nearest = jax.lax.top_k(jnp.matmul(bank, query, precision="highest"), k)
        # Relative to the nearest, so that no temperature overflows.
        votes = jnp.exp((similarity - similarity[0]) / temperature)
        return jnp.argmax(jnp.zeros(classes).at[labels[nearest]].add(votes))

    # In chunks: all similarities at once would not fit for large sets.
    return jax.lax.map(predict, l2_normalize(test.astype(jnp.float32)), batch_size=min(256, len(test)))
