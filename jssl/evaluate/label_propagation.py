"""Label propagation: labels spread along a graph of nearest neighbours (Zhou et al., NIPS 2003; arXiv:1904.04717).

Every device holds some rows of the features, of the graph and of the scores. Blocks of features go round the devices
in a ring, so that no device ever has all of them, or all pairs.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl import parallel
from jssl.losses.contrastive import l2_normalize

CHUNK = 256
"""Rows that are compared with a block at a time."""


def propagate(
    features: np.ndarray,
    labels: np.ndarray,
    *,
    classes: int,
    layout: parallel.Layout,
    k: int = 50,
    power: float = 3.0,
    alpha: float = 0.99,
    tolerance: float = 1e-6,
) -> np.ndarray:
    """Scores of every class for every example, [n, classes]: F = (1 - alpha) (I - alpha S)^-1 Y.

    S = D^-1/2 W D^-1/2 with W = A + A^T, where A holds, for each example's k nearest others by cosine, that similarity
    (if positive) to the `power`. The system is solved by conjugate gradients. It is what scikit-learn's
    `LabelSpreading` converges to on the same W; the numbers are those of arXiv:1904.04717.

    Args:
        features: [n, d] of any scale.
        labels: int [n]; -1 where there is none.
        classes: how many.
        layout: whose devices share the work.
        k: neighbours, all others where there are fewer.
        power: what makes near neighbours count for more.
        alpha: in [0, 1): the share that neighbours have in a score, the rest being the example's own label.
        tolerance: of the solution, relative to the labels.

    Raises:
        ValueError: lengths that differ, labels outside [-1, classes) or none at all, an alpha outside [0, 1),
            k below 1.
    """
    labels = np.asarray(labels)
    if len(labels) != len(features) or len(features) < 2:
        raise ValueError(f"{len(features)} features and {len(labels)} labels: there must be as many, and at least 2")
    if labels.min() < -1 or labels.max() >= classes or labels.max() < 0:
        raise ValueError(f"labels from {labels.min()} to {labels.max()} are not in [-1, {classes}), or none is known")
    if not 0 <= alpha < 1 or k < 1:
        raise ValueError(f"alpha={alpha} must be in [0, 1) and k={k} at least 1")
    count = len(features)
    rows = -(-count // layout.devices) * layout.devices  # what is too much has no neighbours and no label
    x = np.zeros((rows, features.shape[1]), np.float32)
    x[:count] = features
    y = np.zeros((rows, classes), np.float32)
    known = np.flatnonzero(labels >= 0)
    y[known, labels[known]] = 1.0
    x, y = (jax.device_put(each, layout.batch_sharding) for each in (x, y))
    weights, others = jax.jit(layout.by_rows(partial(_neighbours, count=count, k=min(k, count - 1), power=power)))(x)
    scores = _solve(layout, weights, others, y, alpha, tolerance)
    return np.asarray(scores)[:count]


def _neighbours(x: jax.Array, *, count: int, k: int, power: float) -> tuple[jax.Array, jax.Array]:
    """Of this device's rows [m, d] the weights [m, k] and the places [m, k] of the nearest of all devices' rows."""
    x = l2_normalize(x)
    m, devices, me = len(x), parallel.axis_size(), parallel.axis_index()
    chunk = min(CHUNK, m)

    def turn(carry: tuple[jax.Array, ...], i: jax.Array) -> tuple[tuple[jax.Array, ...], None]:
        best, where, block = carry
        columns = (me - i) % devices * m + jnp.arange(m)

        def nearest(row: jax.Array, query: jax.Array, best: jax.Array, where: jax.Array) -> tuple[jax.Array, ...]:
            similarity = jnp.matmul(block, query, precision="highest")
            fits = (columns != row) & (columns < count) & (row < count)
            seen = jnp.concatenate([best, jnp.where(fits, similarity, -jnp.inf)])
            best, place = jax.lax.top_k(seen, k)
            return best, jnp.concatenate([where, columns])[place]

        query = (me * m + jnp.arange(m), x, best, where)
        best, where = jax.lax.map(lambda each: nearest(*each), query, batch_size=chunk)
        return (best, where, parallel.shift(block)), None

    start = jnp.full((m, k), -jnp.inf), jnp.zeros((m, k), jnp.int32), x
    (best, where, _), _ = jax.lax.scan(turn, start, jnp.arange(devices))
    return jnp.maximum(best, 0.0) ** power, where


def _times(weights: jax.Array, others: jax.Array, f: jax.Array) -> jax.Array:
    """(A + A^T) f, of this device's rows: [m, c]. Scores are gathered, and not what they are multiplied by."""
    everything = parallel.gather(f)

    def one(carry: tuple[jax.Array, jax.Array], neighbour: tuple[jax.Array, jax.Array]) -> tuple[Any, None]:
        along, against = carry
        weight, other = neighbour[0][:, None], neighbour[1]
        return (along + weight * everything[other], against.at[other].add(weight * f)), None

    zero = jnp.zeros_like(f), jnp.zeros_like(everything)
    (along, against), _ = jax.lax.scan(one, zero, (weights.T, others.T))
    return along + parallel.psum_scatter(against)


@partial(jax.jit, static_argnums=(0, 4, 5))
def _solve(
    layout: parallel.Layout, weights: jax.Array, others: jax.Array, y: jax.Array, alpha: float, tolerance: float
) -> jax.Array:
    times: Callable = layout.by_rows(_times)
    degree = times(weights, others, jnp.ones((len(y), 1)))
    scale = jax.lax.rsqrt(jnp.where(degree > 0, degree, 1.0))  # who has no neighbour keeps the label it has
    system = lambda f: f - alpha * scale * times(weights, others, scale * f)  # noqa: E731
    solution, _ = jax.scipy.sparse.linalg.cg(system, y, tol=tolerance, maxiter=1000)
    return (1 - alpha) * solution
