"""Distances of distributions, and the bisimulation metric as their fixed point."""

import jax
import jax.numpy as jnp
import numpy as np
from scipy.linalg import sqrtm
from scipy.stats import norm

from jssl.losses.bisimulation import bisimulation, distance, gaussian_cost, gaussian_distance


def test_wasserstein_distance_is_that_of_the_general_formula(rng):
    m, n = rng.normal(size=(2, 5, 3))
    s, t = rng.uniform(0.1, 2, (2, 5, 3))
    found = gaussian_distance(*map(jnp.asarray, (m, s, n, t)))
    for i in range(5):
        a, b = np.diag(s[i] ** 2), np.diag(t[i] ** 2)
        root = sqrtm(b)
        exact = np.sum((m[i] - n[i]) ** 2) + np.trace(a + b - 2 * sqrtm(root @ a @ root))
        np.testing.assert_allclose(found[i], np.sqrt(exact), rtol=1e-4)


def test_equal_points_have_no_distance_and_a_finite_gradient():
    x = jnp.array([[1.0, 2.0], [0.0, 0.0]])
    y = jnp.array([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_allclose(distance(x, y), [0, 5])
    np.testing.assert_allclose(jax.grad(lambda x: distance(x, y).sum())(x), [[0, 0], [-0.6, -0.8]], rtol=1e-6)


def test_cost_is_scipys_but_for_the_constant(rng):
    x, mean = rng.normal(size=(2, 4, 3))
    deviation = rng.uniform(0.1, 2, (4, 3))
    exact = -norm(mean, deviation).logpdf(x).mean(1) - np.log(2 * np.pi) / 2
    np.testing.assert_allclose(gaussian_cost(*map(jnp.asarray, (x, mean, deviation))), exact, rtol=1e-4)


def test_the_loss_by_hand_and_no_gradient_into_the_target():
    z, other, target = jnp.array([[1.0, -2.0]]), jnp.array([[0.0, 1.0]]), jnp.array([3.0])
    value, slopes = jax.value_and_grad(bisimulation, (0, 1, 2))(z, other, target)
    np.testing.assert_allclose(value, 1.0)  # |1| + |-3| - 3
    np.testing.assert_allclose(slopes[0], [[2, -2]])
    np.testing.assert_allclose(slopes[1], [[-2, 2]])
    np.testing.assert_allclose(slopes[2], 0)
