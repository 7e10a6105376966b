"""Information of embeddings, as the log-determinant of their covariance (CorInfoMax, arXiv:2209.07999)."""

import jax
import jax.numpy as jnp


def log_determinant(covariance: jax.Array, epsilon: float) -> jax.Array:
    """Ln det(covariance + epsilon I), in float32, with a gradient that is finite of any covariance.

    float32 does not know eigenvalues below d times its resolution of the largest, and a Cholesky factor of such a
    matrix is NaN; they are taken to be that large. The gradient, the inverse, is made of the same eigenvalues: that of
    an eigendecomposition would divide by their differences.

    Args:
        covariance: symmetric, [d, d].
        epsilon: added to the diagonal.

    Returns:
        Scalar: -d ln(d) at most, if the trace is 1 and epsilon is small.
    """
    values, vectors = jnp.linalg.eigh(jax.lax.stop_gradient(covariance))
    resolution = len(covariance) * jnp.finfo(values.dtype).eps * values.max()
    values = jnp.maximum(values, resolution) + epsilon
    inverse = jnp.matmul(vectors / values[None], vectors.T, precision="highest")
    return jnp.sum(jnp.log(values)) + jnp.sum(inverse * (covariance - jax.lax.stop_gradient(covariance)))
