"""Negative cosine and BYOL's error, by hand and against lightly and solo-learn."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.losses.contrastive import l2_normalize
from jssl.losses.similarity import negative_cosine, normalized_error, spread

PEERS = np.load(Path(__file__).parents[1] / "fixtures" / "siamese.npz")
X, Y = (jnp.array(v) for v in ([[3.0, 0, 4], [0, 2, 0]], [[0.0, 5, 0], [7, 0, 0]]))  # row by row orthogonal


@pytest.mark.parametrize(("other", "cosine"), [(X, 1.0), (9 * X, 1.0), (Y, 0.0), (-X, -1.0)])
def test_values_of_theory(other, cosine):
    np.testing.assert_allclose(negative_cosine(X, other), -cosine, atol=1e-6)
    np.testing.assert_allclose(normalized_error(X, other), 2 - 2 * cosine, atol=1e-6)


def test_averages_over_the_batch_and_is_the_square_of_the_distance():
    other = jnp.array([[3.0, 0, 4], [0, -1, 0]])  # the same, the opposite
    np.testing.assert_allclose(negative_cosine(X, other), 0.0, atol=1e-6)
    np.testing.assert_allclose(normalized_error(X, other), 2.0, atol=1e-6)
    square = jnp.mean(jnp.sum((l2_normalize(X) - l2_normalize(Y)) ** 2, axis=-1))
    np.testing.assert_allclose(normalized_error(X, Y), square, rtol=1e-6)


@pytest.mark.parametrize(("peer", "loss"), [("lightly/simsiam", negative_cosine), ("solo/simsiam", negative_cosine),
                                            ("solo/byol", normalized_error)])  # fmt: skip
@pytest.mark.parametrize("size", ["wide", "tall"])
def test_equals_what_peers_recorded(peer, loss, size):
    value, gradient = jax.value_and_grad(loss)(PEERS[f"{size}/first"], PEERS[f"{size}/second"])
    np.testing.assert_allclose(value, PEERS[f"{size}/{peer}"], rtol=1e-5)
    np.testing.assert_allclose(gradient, PEERS[f"{size}/{peer}/gradient"], rtol=1e-4, atol=1e-7)


def test_a_zero_vector_has_a_finite_gradient():
    assert np.isfinite(jax.grad(negative_cosine)(jnp.zeros((2, 3)), X)).all()


def test_bfloat16_vectors_are_compared_in_float32():
    value = negative_cosine(X.astype(jnp.bfloat16), jnp.ones((2, 3), jnp.bfloat16))
    assert value.dtype == jnp.float32
    np.testing.assert_allclose(value, -(7 / 5 + 1) / 2 / 3**0.5, rtol=1e-6)


def test_spread_is_one_on_the_sphere_and_zero_at_collapse(rng):
    unit = l2_normalize(jnp.asarray(rng.normal(size=(4000, 64)), jnp.float32))
    np.testing.assert_allclose(spread(unit.mean(0)), 1.0, atol=1e-3)
    np.testing.assert_allclose(unit.std(0).mean(), 1 / 8, rtol=0.01)  # the figure of SimSiam's authors, 1 / sqrt(d)
    np.testing.assert_allclose(spread(jnp.array([0.6, 0.0, 0.8])), 0.0, atol=1e-6)
