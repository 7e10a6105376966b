"""Errors of painted pixels against values by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.losses.reconstruction import gradient_difference, masked_mse, patch_statistics, weighted_l2


def test_weighted_l2_by_hand():
    target = jnp.zeros((2, 2, 2, 1))
    prediction = jnp.arange(8.0).reshape(2, 2, 2, 1)
    weight = jnp.array([[1.0, 10.0], [0.0, 0.0], [0.0, 0.0], [0.0, 2.0]]).reshape(2, 2, 2, 1)
    np.testing.assert_allclose(weighted_l2(prediction, target, weight), ((0 + 10 * 1) / 2 + 2 * 7**2 / 1) / 2)


@pytest.mark.slow
def test_weighted_l2_of_the_mean_is_the_variance(rng):
    target = jnp.asarray(rng.normal(3, 2, (1, 5, 7, 3)), jnp.float32)
    hidden = jnp.asarray(rng.random((1, 5, 7, 1)) < 0.5)
    asked = np.asarray(target)[np.broadcast_to(hidden, target.shape)]
    value = weighted_l2(jnp.full_like(target, asked.mean()), target, hidden)
    np.testing.assert_allclose(value, asked.var(), rtol=1e-5)


@pytest.mark.slow
def test_weighted_l2_has_the_gradient_of_the_authors_code(rng):
    # They multiply the gradient of the plain mean over the painted square by 1 in the hole and 10 in the overlap.
    prediction, target = (jnp.asarray(rng.normal(size=(3, 8, 8, 3)), jnp.float32) for _ in range(2))
    weight = jnp.full((3, 8, 8, 1), 10.0).at[:, 2:-2, 2:-2].set(1.0)
    plain = jax.grad(lambda p: jnp.mean((p - target) ** 2))(prediction)
    np.testing.assert_allclose(jax.grad(weighted_l2)(prediction, target, weight), weight * plain, rtol=1e-5)


@pytest.mark.slow
def test_weighted_l2_has_no_gradient_where_nothing_is_asked(rng):
    prediction = jnp.asarray(rng.normal(size=(2, 4, 4, 3)), jnp.float32)
    weight = jnp.zeros((2, 4, 4, 1)).at[:, 1, 2].set(1.0)
    gradient = jax.grad(weighted_l2)(prediction, jnp.zeros_like(prediction), weight)
    assert set(map(tuple, np.argwhere(gradient)[:, 1:3])) == {(1, 2)}


def test_masked_mse_counts_masked_patches_alone(rng):
    prediction, target = (rng.normal(size=(3, 5, 7)).astype(np.float32) for _ in range(2))
    mask = np.array([[1, 0, 1, 1, 0], [0, 0, 1, 0, 1], [1, 1, 1, 0, 0]], bool)
    error = [((prediction[i, j] - target[i, j]) ** 2).mean() for i in range(3) for j in range(5) if mask[i, j]]
    np.testing.assert_allclose(masked_mse(prediction, target, mask), np.mean(error), rtol=1e-6)
    gradient = jax.grad(masked_mse)(prediction, target, mask)
    np.testing.assert_array_equal(np.any(gradient, axis=-1), mask)


@pytest.mark.slow
def test_patches_are_normalised_by_their_unbiased_variance(rng):
    patches = jnp.asarray(rng.normal(3, 2, (2, 4, 16 * 16 * 3)), jnp.float32)
    mean, deviation = patch_statistics(patches)
    np.testing.assert_allclose(mean[1, 2, 0], np.mean(patches[1, 2]), rtol=1e-5)
    np.testing.assert_allclose(deviation[1, 2, 0], np.std(patches[1, 2], ddof=1), rtol=1e-5)
    normalised = (patches - mean) / deviation
    painted_nothing = masked_mse(jnp.zeros_like(patches), normalised, jnp.ones((2, 4)))
    np.testing.assert_allclose(painted_nothing, 767 / 768, rtol=1e-5)


def test_a_patch_of_one_colour_has_finite_statistics_and_gradient():
    patches = jnp.full((1, 1, 12), 0.3)
    np.testing.assert_allclose(patch_statistics(patches)[1], 1e-3, rtol=1e-3)
    assert np.isfinite(jax.grad(lambda x: patch_statistics(x)[1].sum())(patches)).all()


def test_the_difference_of_gradients_is_a_loops(rng):
    y, x = rng.normal(size=(2, 3, 5, 4, 2)).astype(np.float32)
    down = [
        abs(abs(y[n, i, j, c] - y[n, i - 1, j, c]) - abs(x[n, i, j, c] - x[n, i - 1, j, c]))
        for n in range(3) for i in range(1, 5) for j in range(4) for c in range(2)
    ]  # fmt: skip
    across = [
        abs(abs(y[n, i, j, c] - y[n, i, j - 1, c]) - abs(x[n, i, j, c] - x[n, i, j - 1, c]))
        for n in range(3) for i in range(5) for j in range(1, 4) for c in range(2)
    ]  # fmt: skip
    np.testing.assert_allclose(gradient_difference(x, y), np.mean(down) + np.mean(across), rtol=1e-5)
    np.testing.assert_allclose(gradient_difference(-y + 3, y), 0, atol=1e-6)


def test_squared_errors_ask_for_a_blur_and_the_difference_of_gradients_does_not():
    """An edge here or there: half of each has the least squared error, and gains nothing by its gradients."""
    row = lambda k: np.where(np.arange(4) < k, 0.0, 1.0).reshape(1, 1, 4, 1).repeat(2, 1)  # noqa: E731
    blur = (row(1) + row(3)) / 2
    squared = lambda x, y: np.mean((x - y) ** 2)  # noqa: E731
    cost = lambda guess: [np.mean([loss(guess, row(k)) for k in (1, 3)]) for loss in (squared, gradient_difference)]  # noqa: E731
    np.testing.assert_allclose(cost(blur), [1 / 8, 1 / 3], rtol=1e-6)
    np.testing.assert_allclose(cost(row(1)), [1 / 4, 1 / 3], rtol=1e-6)
