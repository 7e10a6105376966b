"""Redundancy reduction: losses of a correlation or covariance matrix of the batch, wherever the batch lies."""

import jax
import jax.numpy as jnp


def off_diagonal(matrix: jax.Array) -> jax.Array:
    """Sum of the squares of a matrix [d, d] off its diagonal."""
    return jnp.sum(jnp.where(jnp.eye(len(matrix), dtype=bool), 0.0, matrix) ** 2)


def barlow_twins(correlation: jax.Array, redundancy: float) -> jax.Array:
    """The distance of the cross-correlation from the identity (Barlow Twins, arXiv:2103.03230).

    Args:
        correlation: of the dimensions of one view with those of the other, over the batch, [d, d].
        redundancy: weight of what is off the diagonal, the paper's lambda.

    Returns:
        Scalar: 0 if each dimension agrees with itself and with no other.
    """
    return jnp.sum((1 - jnp.diagonal(correlation)) ** 2) + redundancy * off_diagonal(correlation)


def mixed_residual(mixed: jax.Array, first: jax.Array, second: jax.Array, share: jax.Array | float) -> jax.Array:
    """How far the embeddings of mixed examples are from mixed embeddings (Mixed Barlow Twins, arXiv:2312.02151).

    Args:
        mixed: correlation of the mixture's embeddings with those of a view, over the batch, [d, d].
        first, second: of the embeddings of what was mixed with those of that view, [d, d].
        share: of the first in the mixture.

    Returns:
        Scalar, at least 0: 0 of a network that is linear before its embeddings are standardised.
    """
    return jnp.sum((mixed - (share * first + (1 - share) * second)) ** 2)


def variance_hinge(covariance: jax.Array) -> jax.Array:
    """How far the standard deviations of the dimensions fall short of 1, mean over them (VICReg, arXiv:2105.04906).

    Args:
        covariance: over the batch, [d, d]; the epsilon of 1e-4 bounds the gradient.

    Returns:
        Scalar: 0.99 when all vectors of the batch are the same, 0 when every dimension varies enough.
    """
    return jnp.mean(jax.nn.relu(1 - jnp.sqrt(jnp.diagonal(covariance) + 1e-4)))


def covariance_penalty(covariance: jax.Array) -> jax.Array:
    """Squared covariances of different dimensions, summed and divided by d (VICReg, arXiv:2105.04906)."""
    return off_diagonal(covariance) / len(covariance)
