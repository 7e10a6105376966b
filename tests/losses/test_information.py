"""CorInfoMax's log-determinant: by theory, by NumPy in float64, where float32 ends, and against the authors' code."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.losses.information import log_determinant

AUTHORS = np.load(Path(__file__).parents[1] / "fixtures" / "corinfomax.npz")


def covariance(eigenvalues, rng):
    axes = np.linalg.qr(rng.normal(size=(len(eigenvalues),) * 2))[0]
    return (axes * eigenvalues) @ axes.T


def test_is_the_sum_of_the_logarithms_of_the_eigenvalues(rng):
    values = np.geomspace(1e-4, 1, 16)
    matrix = covariance(values, rng)
    value, gradient = jax.value_and_grad(log_determinant)(jnp.float32(matrix), 1e-8)
    np.testing.assert_allclose(value, np.sum(np.log(values)), rtol=1e-4)
    np.testing.assert_allclose(value, np.linalg.slogdet(matrix)[1], rtol=1e-4)
    np.testing.assert_allclose(gradient, np.linalg.inv(matrix), rtol=1e-2, atol=5)


@pytest.mark.slow
def test_vectors_of_unit_length_have_minus_d_ln_d_at_most_and_isotropic_ones_have_that(rng):
    for d in (8, 64):
        np.testing.assert_allclose(log_determinant(jnp.eye(d) / d, 1e-8), -d * np.log(d), rtol=1e-5)
        z = rng.normal(size=(4 * d, d)) * np.linspace(0.5, 1.5, d)
        z /= np.linalg.norm(z, axis=1, keepdims=True)
        assert log_determinant(jnp.float32(z.T @ z / len(z)), 1e-8) < -d * np.log(d)


@pytest.mark.parametrize("rank", [0, 1, 20])
def test_is_finite_where_examples_are_fewer_than_dimensions(rank, rng):
    """There a Cholesky factor in float32 is NaN, and the gradient of an eigendecomposition too."""
    z = rng.normal(size=(max(rank, 1), 64)).astype(np.float32) * (rank > 0)
    value, gradient = jax.value_and_grad(log_determinant)(jnp.asarray(z.T @ z / len(z)), 1e-8)
    assert np.isfinite(value) and np.isfinite(gradient).all()
    np.testing.assert_allclose(gradient, gradient.T, rtol=1e-2, atol=1e-3 * np.abs(gradient).max())
    if rank == 20:
        assert np.isnan(np.asarray(jnp.linalg.cholesky(z.T @ z / len(z) + 1e-8 * jnp.eye(64)))).any()


@pytest.mark.slow
def test_three_steps_equal_those_of_the_authors_code():
    """With a memory of 0.1, whose part takes no gradient."""

    def loss(views, mean, earlier):
        mean = 0.1 * mean + 0.9 * views.mean(axis=1)
        z = views - mean[:, None]
        matrices = 0.1 * earlier + 0.9 * jnp.matmul(z.swapaxes(1, 2), z, precision="highest") / z.shape[1]
        return -sum(log_determinant(matrix, 1e-8) for matrix in matrices) / z.shape[-1], (mean, matrices)

    mean, matrices = jnp.zeros((2, 6)), jnp.stack([jnp.eye(6)] * 2)
    for step, views in enumerate(AUTHORS["views"]):
        (value, (mean, matrices)), gradient = jax.value_and_grad(loss, has_aux=True)(views, mean, matrices)
        np.testing.assert_allclose(value, AUTHORS["loss"][step], rtol=1e-5)
        np.testing.assert_allclose(gradient, AUTHORS["gradient"][step], rtol=2e-3, atol=1e-5)
    np.testing.assert_allclose(matrices, AUTHORS["covariance"], rtol=1e-4, atol=1e-6)
