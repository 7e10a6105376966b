"""k-means over rows that lie on many devices: each assigns its own rows, and sums for each centroid travel."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jssl import parallel
from jssl.losses.contrastive import l2_normalize, similarities

CHUNK = 4096
"""Rows that are assigned at a time."""
NUDGE = 1e-3
"""By which share of it a centroid is moved to make two of it."""


class Clusters(NamedTuple):
    """What k-means found."""

    centroids: jax.Array
    """[k, d], the same on every device."""
    assigned: jax.Array
    """int32 [m], of this device's rows; k of those that are no example's."""
    sizes: jax.Array
    """int32 [k], over all devices."""


def kmeans(
    rows: jax.Array,
    centroids: jax.Array,
    *,
    examples: int,
    iterations: int,
    spherical: bool = False,
    split: bool = False,
) -> Clusters:
    """Lloyd's algorithm from given centroids, per device.

    Args:
        rows: this device's share, [m, d], the rows of the first device being the first.
        centroids: to begin with, [k, d], the same on every device.
        examples: how many rows there are over all devices; those that lie behind are filled up and belong to none.
        iterations: after which rows are assigned once more.
        spherical: rows and centroids have unit norm, and the nearest is that of the largest cosine.
        split: an empty cluster becomes a half of a large one (DeepCluster); otherwise its centroid stays.
    """
    k, mine = len(centroids), parallel.axis_index() * len(rows) + jnp.arange(len(rows)) < examples

    def assign(centroids: jax.Array) -> tuple[jax.Array, jax.Array]:
        half = jnp.sum(centroids**2, axis=1, keepdims=True).T / 2
        nearest = jax.lax.map(lambda row: jnp.argmax(similarities(row[None], centroids) - half), rows, batch_size=CHUNK)
        nearest = jnp.where(mine, nearest, k).astype(jnp.int32)
        return nearest, parallel.psum(jnp.zeros(k, jnp.int32).at[nearest].add(1, mode="drop"))

    def move(_: int, centroids: jax.Array) -> jax.Array:
        nearest, sizes = assign(centroids)
        sums = parallel.psum(jnp.zeros_like(centroids).at[nearest].add(rows, mode="drop"))
        means = sums / jnp.maximum(sizes, 1)[:, None]
        moved = jnp.where((sizes > 0)[:, None], l2_normalize(means) if spherical else means, centroids)
        return _split(moved, sizes) if split else moved

    centroids = jax.lax.fori_loop(0, iterations, move, centroids)
    return Clusters(centroids, *assign(centroids))


def _split(centroids: jax.Array, sizes: jax.Array) -> jax.Array:
    """The first empty cluster next to the largest one, the second next to the second largest, and so on."""
    empty, largest = sizes == 0, jnp.argsort(-sizes, stable=True)
    giver = largest[jnp.cumsum(empty) - 1]
    return jnp.where(empty[:, None], centroids[giver] * (1 + NUDGE), centroids)


def whiten(rows: jax.Array, examples: int, components: int) -> jax.Array:
    """Rows of this device, [m, d], along the leading principal axes of all, with variance 1 each: [m, components]."""
    real = (parallel.axis_index() * len(rows) + jnp.arange(len(rows)) < examples)[:, None]
    centred = rows - parallel.psum(jnp.sum(jnp.where(real, rows, 0), axis=0, keepdims=True)) / examples
    kept = jnp.where(real, centred, 0)
    covariance = parallel.psum(jnp.matmul(kept.T, kept, precision="highest")) / examples
    values, axes = jnp.linalg.eigh(covariance)
    values, axes = values[-components:], axes[:, -components:]
    # What varies less than float32 can tell is not blown up.
    values = jnp.maximum(values, len(axes) * jnp.finfo(values.dtype).eps * values.max())
    return jnp.matmul(centred, axes / jnp.sqrt(values)[None], precision="highest")


def agreement(first: jax.Array, second: jax.Array, k: int) -> jax.Array:
    """Normalised mutual information of two assignments int [m] of this device's rows to k clusters, over all devices.

    Returns:
        Scalar in [0, 1]: mutual information over the geometric mean of the entropies; 0 if either is one cluster.
    """
    cell = jnp.where((first < k) & (second < k), first * k + second, k * k)
    table = parallel.psum(jnp.zeros(k * k).at[cell].add(1.0, mode="drop")).reshape(k, k)
    joint = table / jnp.maximum(table.sum(), 1)

    def entropy(p: jax.Array) -> jax.Array:
        return -jnp.sum(jnp.where(p > 0, p * jnp.log(jnp.where(p > 0, p, 1)), 0))

    one, two = entropy(joint.sum(1)), entropy(joint.sum(0))
    return jnp.maximum(one + two - entropy(joint), 0) / jnp.sqrt(jnp.maximum(one * two, 1e-12))
