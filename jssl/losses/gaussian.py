"""How far a batch is from an isotropic Gaussian, seen along random directions (LeJEPA, arXiv:2511.08544)."""

from collections.abc import Callable

import jax
import jax.numpy as jnp


def _itself(x: jax.Array) -> jax.Array:
    return x


def directions(key: jax.Array, count: int, dim: int) -> jax.Array:
    """Unit vectors [dim, count], uniform on the sphere."""
    drawn = jax.random.normal(key, (dim, count))
    return drawn / jnp.linalg.norm(drawn, axis=0, keepdims=True)


def epps_pulley(
    x: jax.Array, *, points: int = 17, furthest: float = 3.0, psum: Callable[[jax.Array], jax.Array] = _itself
) -> jax.Array:
    """The Epps-Pulley statistic: n times the weighted squared distance of characteristic functions.

    The batch's mean of exp(i t x) is compared with exp(-t^2 / 2), that of a standard normal, over t in
    [-furthest, furthest] and under a weight of exp(-t^2 / 2). It is bounded in value and slope, whatever x is. What is
    integrated is even in t, so that half of it is computed.

    Args:
        x: one number for each of this device's examples, in any number of samples, [n, ...].
        points: of the trapezoidal rule over [0, furthest].
        furthest: frequency.
        psum: sum over the devices that hold the rest of the batch; left out, this is the batch.

    Returns:
        float32 [...], one for each sample.
    """
    t = jnp.linspace(0.0, furthest, points)
    normal = jnp.exp(-(t**2) / 2)
    weight = normal * jnp.full(points, 2 * t[1]).at[jnp.array([0, -1])].set(t[1])
    angle = x.astype(jnp.float32)[..., None] * t.reshape((1,) * x.ndim + (-1,))
    cosines, sines, n = psum((jnp.cos(angle).sum(0), jnp.sin(angle).sum(0), jnp.float32(len(x))))
    normal, weight = (row.reshape((1,) * (x.ndim - 1) + (-1,)) for row in (normal, weight))
    return n * jnp.sum(weight * ((cosines / n - normal) ** 2 + (sines / n) ** 2), axis=-1)
