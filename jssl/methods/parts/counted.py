"""Means over what is there, when examples differ in how much there is of them."""

import jax
import jax.numpy as jnp

from jssl import parallel


def mean_of_all(values: jax.Array, there: jax.Array) -> jax.Array:
    """The mean of values of the global batch over where they are there, both of one shape; 0 where none is.

    A mean of each device's own mean would be another. What is returned is this device's share times the devices, of
    which the step takes the mean.
    """
    scale = parallel.axis_size() / jnp.maximum(parallel.psum(jnp.sum(there, dtype=jnp.float32)), 1)
    return jnp.sum(jnp.where(there, values, 0), dtype=jnp.float32) * scale
