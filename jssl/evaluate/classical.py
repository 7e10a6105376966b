"""What was done before networks: principal components and k-means of an input as it is, fitted on the train split."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial

import jax
import jax.numpy as jnp
import numpy as np
from scipy.sparse import csr_array, issparse

from jssl import parallel
from jssl.evaluate import sparse
from jssl.evaluate.axes import dot, principal_axes
from jssl.evaluate.rows import over_chunks, spread, worthwhile
from jssl.features import Split
from jssl.parallel import Layout

COMPONENTS, CENTRES = 64, 256
ITERATIONS = 15
"""Of Lloyd's algorithm."""
ROWS = 4096
"""Transformed at a time."""

Features = np.ndarray | Split | csr_array
Transform = Callable[[Features], Features]


def classical(train: Features, *, seed: int = 0, layout: Layout | None = None) -> dict[str, Transform]:
    """Encoders fitted on features [n, d]: by name, "PCA-64" and "k-means-256", or less for little data.

    Args:
        layout: whose devices share the rows; None takes one device.
    """
    n, d = train.shape
    k, m = min(CENTRES, n), min(COMPONENTS, n, d)
    return {
        f"PCA-{m}": pca(train, m, layout=layout),
        f"k-means-{k}": k_means(train, k, seed=seed, layout=layout),
    }


def pca(train: Features, components: int, *, layout: Layout | None = None) -> Transform:
    """Projection on the directions of most variance of [n, d], at most n or d of them; float32 [m, components]."""
    if issparse(train):
        mean, directions = sparse.principal_axes(train, components)
    else:
        layout = worthwhile(layout, train)
        mean, directions = jax.device_get(_axes(layout, components)(*spread(layout, train, (np.zeros(len(train)),))))
    return partial(_transform, lambda x: (x - mean) @ directions)


def k_means(train: Features, centres: int, *, seed: int = 0, layout: Layout | None = None) -> Transform:
    """How much nearer than its average centre each centre is, or 0: float32 [m, centres].

    That activation is Coates, Lee and Ng's "triangle" (An Analysis of Single-Layer Networks in Unsupervised Feature
    Learning, AISTATS 2011). Lloyd's algorithm begins with examples drawn by `seed`; results do not depend on devices.

    Args:
        train: [n, d].
        centres: how many, at most n.
    """
    first = np.sort(np.random.default_rng(seed).permutation(train.shape[0])[:centres])
    if issparse(train):
        return partial(_transform, partial(_triangle, sparse.lloyd(train, train[first].toarray(), ITERATIONS)))
    layout = worthwhile(layout, train)
    found = np.asarray(_lloyd(layout)(*spread(layout, train, (np.arange(len(train)),)), first.astype(np.int32)))
    return partial(_transform, partial(_triangle, found))


@lru_cache(maxsize=16)
def _axes(layout: Layout, components: int) -> Callable:
    def fit(x: jax.Array, valid: jax.Array) -> tuple[jax.Array, jax.Array]:
        axes = principal_axes(x, valid == 0)
        return axes.mean, axes.directions[:, ::-1][:, :components]

    return layout.spread(fit, [True, True])


@lru_cache(maxsize=16)
def _lloyd(layout: Layout) -> Callable:
    def fit(x: jax.Array, index: jax.Array, first: jax.Array) -> jax.Array:
        def sums(choose: Callable, k: int) -> tuple[jax.Array, jax.Array]:
            """Of the rows that each centre chooses, [k, d], and how many there are, [k]."""

            def add(found: tuple, new: jax.Array, x: jax.Array, index: jax.Array) -> tuple:
                chosen = jnp.where((new & (index >= 0))[:, None], choose(x, index), False).astype(x.dtype)
                return found[0] + dot(chosen.T, x), found[1] + chosen.sum(0)

            zero = jnp.zeros((k, x.shape[1])), jnp.zeros(k)
            return parallel.psum(over_chunks(add, zero, (x, index), k))

        def move(_: int, centres: jax.Array) -> jax.Array:
            def nearest(x: jax.Array, index: jax.Array) -> jax.Array:
                del index
                far = jnp.sum(centres * centres, 1)[None] - 2 * dot(x, centres.T)
                return jnp.argmin(far, 1)[:, None] == jnp.arange(len(centres))[None]

            total, count = sums(nearest, len(centres))
            return jnp.where(count[:, None] > 0, total / jnp.maximum(count, 1)[:, None], centres)

        start, _ = sums(lambda x, index: index[:, None] == first[None], len(first))
        return jax.lax.fori_loop(0, ITERATIONS, move, start)

    return layout.spread(fit, [True, True, False])


def _triangle(centres: np.ndarray, x: np.ndarray) -> np.ndarray:
    square = (x * x).sum(1)[:, None] - 2 * x @ centres.T + (centres * centres).sum(1)[None]
    distance = np.sqrt(np.maximum(square, 0))
    return np.maximum(distance.mean(1, keepdims=True) - distance, 0)


def _transform(function: Callable[[np.ndarray], np.ndarray], features: Features) -> Features:
    x = features.own if isinstance(features, Split) else features
    starts = range(0, max(x.shape[0], 1), ROWS)  # a process may have no rows, but knows their width
    parts = (x[i : i + ROWS] for i in starts)
    parts = (part.toarray() if issparse(part) else part for part in parts)
    y = np.concatenate([function(part.astype(np.float32)).astype(np.float32) for part in parts])
    return replace(features, own=y) if isinstance(features, Split) else y
