"""States that are alike because the same comes of them (DeepMDP, arXiv:1906.02736; DBC, arXiv:2006.10742)."""

import jax
import jax.numpy as jnp


def distance(x: jax.Array, y: jax.Array) -> jax.Array:
    """Euclidean distances of rows, [n, d] each -> [n]. Of equal rows the gradient is zero; the plain norm's is NaN."""
    square = jnp.sum((x - y) ** 2, axis=-1)
    return jnp.where(square > 0, jnp.sqrt(jnp.where(square > 0, square, 1.0)), 0.0)


def gaussian_distance(
    mean: jax.Array, deviation: jax.Array, other: jax.Array, deviation_of_other: jax.Array
) -> jax.Array:
    """The 2-Wasserstein distance of normal distributions whose dimensions are independent, [n, d] each -> [n]."""
    return distance(jnp.concatenate([mean, deviation], -1), jnp.concatenate([other, deviation_of_other], -1))


def gaussian_cost(x: jax.Array, mean: jax.Array, deviation: jax.Array) -> jax.Array:
    """Minus the logarithm of a normal density at x, but for the constant, the mean over dimensions: [n, d] -> [n]."""
    return jnp.mean(0.5 * ((x - mean) / deviation) ** 2 + jnp.log(deviation), axis=-1)


def bisimulation(z: jax.Array, other: jax.Array, target: jax.Array) -> jax.Array:
    """How far the distances of states are from what they ought to be: the mean of (|z - other|_1 - target)^2.

    At the fixed point the distance of two states is that of their rewards and `discount` times that of the
    distributions of what comes next, which is the bisimulation metric of the policy that played.

    Args:
        z, other: states, [n, d].
        target: |reward - reward of the other| + discount * W_2(next, next of the other), [n]. No gradient flows into
            it: the states are moved to it, and not it to them.

    Returns:
        Scalar float32, 0 at the fixed point.
    """
    apart = jnp.sum(jnp.abs(z - other), axis=-1)
    return jnp.mean((apart - jax.lax.stop_gradient(target)) ** 2)
