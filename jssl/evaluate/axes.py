"""Principal axes of features that are spread over devices."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.lax.linalg import EighImplementation

from jssl import parallel
from jssl.evaluate.rows import over_chunks


class Axes(NamedTuple):
    """Where features vary, and by how much."""

    mean: jax.Array
    """[d]."""
    scale: jax.Array
    """Root of the mean squared norm of centred features, a number."""
    directions: jax.Array
    """Orthonormal columns [d, m], from the least to the greatest variance; m = d, or fewer than d examples."""
    variance: jax.Array
    """[m], of features divided by `scale`: sums to 1."""


def dot(x: jax.Array, y: jax.Array) -> jax.Array:
    """A product of matrices in float32 on every device."""
    return jnp.matmul(x, y, precision="highest")


def eigh(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Eigenvalues [d], rising, and eigenvectors as columns [d, d] of a symmetric matrix; as `jax.numpy.linalg.eigh`.

    On a TPU by Jacobi's rotations: JAX's own choice there, divide and conquer, compiles for half a minute at d = 300
    and for more than twenty at 2,048, where rotations take thirteen seconds.
    """

    def by(implementation: EighImplementation | None) -> Callable[[jax.Array], tuple[jax.Array, jax.Array]]:
        return lambda x: tuple(reversed(jax.lax.linalg.eigh(x, implementation=implementation)))

    return jax.lax.platform_dependent(x, tpu=by(EighImplementation.JACOBI), default=by(None))


def principal_axes(x: jax.Array, valid: jax.Array) -> Axes:
    """The principal axes of all devices' rows [n, d] that are valid, bool [n]; per device."""
    count = parallel.psum(jnp.sum(valid))
    mean = parallel.psum(jnp.sum(jnp.where(valid[:, None], x, 0), 0)) / count
    few = len(x) * parallel.axis_size() < x.shape[1]

    def centred(rows: jax.Array, there: jax.Array) -> jax.Array:
        return jnp.where(there[:, None], rows - mean[None], 0)

    def add(sums: jax.Array, new: jax.Array, rows: jax.Array, there: jax.Array) -> jax.Array:
        rows = centred(rows, there & new)
        return sums + (jnp.sum(rows * rows) if few else dot(rows.T, rows))

    found = over_chunks(add, jnp.zeros(() if few else (x.shape[1],) * 2), (x, valid), x.shape[1])
    found = parallel.psum(found)
    scale = jnp.sqrt(jnp.maximum((found if few else jnp.trace(found)) / count, 1e-12))
    if few:
        everyone = parallel.gather(centred(x, valid)) / scale
        value, left = eigh(dot(everyone, everyone.T))
        directions = dot(everyone.T, left) * jax.lax.rsqrt(jnp.maximum(value, 1e-6))[None]
    else:
        value, directions = eigh(found / scale**2)
    # Another host's LAPACK may turn them otherwise, and all must see the same.
    first = parallel.axis_index() == 0
    value, directions = parallel.psum(jax.tree.map(lambda y: jnp.where(first, y, 0), (value, directions)))
    return Axes(mean, scale, directions, jnp.maximum(value, 0.0) / count)


def project(axes: Axes, x: jax.Array) -> jax.Array:
    """Rows [n, d], centred, divided by the scale, in the principal axes [n, m]; a chunk at a time."""

    def write(out: jax.Array, new: jax.Array, rows: jax.Array, place: jax.Array) -> jax.Array:
        del new  # what is written twice is the same
        found = dot((rows - axes.mean[None]) / axes.scale, axes.directions)
        return jax.lax.dynamic_update_slice_in_dim(out, found, place[0], axis=0)

    d, m = axes.directions.shape
    return over_chunks(write, jnp.zeros((len(x), m)), (x, jnp.arange(len(x))), d)
