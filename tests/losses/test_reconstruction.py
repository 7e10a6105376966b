"""Errors of painted pixels against values by hand."""

import jax
import jax.numpy as jnp
import numpy as np

from jssl.losses.reconstruction import weighted_l2


def test_weighted_l2_by_hand():
    target = jnp.zeros((2, 2, 2, 1))
    prediction = jnp.arange(8.0).reshape(2, 2, 2, 1)
    weight = jnp.array([[1.0, 10.0], [0.0, 0.0], [0.0, 0.0], [0.0, 2.0]]).reshape(2, 2, 2, 1)
    np.testing.assert_allclose(weighted_l2(prediction, target, weight), ((0 + 10 * 1) / 2 + 2 * 7**2 / 1) / 2)


def test_weighted_l2_of_the_mean_is_the_variance(rng):
    target = jnp.asarray(rng.normal(3, 2, (1, 5, 7, 3)), jnp.float32)
    hidden = jnp.asarray(rng.random((1, 5, 7, 1)) < 0.5)
    asked = np.asarray(target)[np.broadcast_to(hidden, target.shape)]
    value = weighted_l2(jnp.full_like(target, asked.mean()), target, hidden)
    np.testing.assert_allclose(value, asked.var(), rtol=1e-5)


def test_weighted_l2_has_the_gradient_of_the_authors_code(rng):
    # They multiply the gradient of the plain mean over the painted square by 1 in the hole and 10 in the overlap.
    prediction, target = (jnp.asarray(rng.normal(size=(3, 8, 8, 3)), jnp.float32) for _ in range(2))
    weight = jnp.full((3, 8, 8, 1), 10.0).at[:, 2:-2, 2:-2].set(1.0)
    plain = jax.grad(lambda p: jnp.mean((p - target) ** 2))(prediction)
    np.testing.assert_allclose(jax.grad(weighted_l2)(prediction, target, weight), weight * plain, rtol=1e-5)


def test_weighted_l2_has_no_gradient_where_nothing_is_asked(rng):
    prediction = jnp.asarray(rng.normal(size=(2, 4, 4, 3)), jnp.float32)
    weight = jnp.zeros((2, 4, 4, 1)).at[:, 1, 2].set(1.0)
    gradient = jax.grad(weighted_l2)(prediction, jnp.zeros_like(prediction), weight)
    assert set(map(tuple, np.argwhere(gradient)[:, 1:3])) == {(1, 2)}
