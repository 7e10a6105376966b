"""Pointers to earlier frames, and the ranking of tracked patches."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.losses.pointers import UNLIKELY, copied, copy_cross_entropy, pointers
from jssl.losses.ranking import ranking_loss

N, P, R, D, Q = 2, 5, 7, 4, 3


@pytest.mark.slow
def test_equals_numpy(rng: np.random.Generator) -> None:
    target, references = rng.normal(size=(N, P, D)), rng.normal(size=(N, R, D))
    labels, right = rng.integers(0, Q, (N, R)), rng.integers(0, Q, (N, P))
    points = pointers(jnp.asarray(target), jnp.asarray(references), 0.5)
    np.testing.assert_allclose(points.sum(-1), 1.0, rtol=1e-5)
    shares, costs = np.zeros((N, P, Q)), []
    for n, p in np.ndindex(N, P):
        weight = np.exp(references[n] @ target[n, p] / 0.5)
        weight /= weight.sum()
        np.testing.assert_allclose(points[n, p], weight, rtol=1e-4)
        for r in range(R):
            shares[n, p, labels[n, r]] += weight[r]
        costs.append(-np.log(0.999 * shares[n, p, right[n, p]] + 0.001 / Q))
    got = copied(points, jnp.asarray(labels), Q)
    np.testing.assert_allclose(got, shares, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(copy_cross_entropy(got, jnp.asarray(right)), np.mean(costs), rtol=1e-4)


@pytest.mark.slow
def test_undecided_pointers_copy_how_frequent_colours_are() -> None:
    labels = jnp.array([[0, 0, 0, 1]])
    shares = copied(pointers(jnp.ones((1, 2, D)), jnp.ones((1, 4, D)), 1.0), labels, 2)
    np.testing.assert_allclose(shares, [[[0.75, 0.25]] * 2], rtol=1e-6)
    entropy = copy_cross_entropy(shares[:, :1].repeat(4, axis=1), labels)
    np.testing.assert_allclose(entropy, 0.562335, rtol=2e-3)


def test_a_colour_that_was_never_there_costs_no_more_than_theory_says() -> None:
    never = copy_cross_entropy(jnp.array([[[1.0, 0.0]]]), jnp.array([[1]]))
    np.testing.assert_allclose(never, np.log(2 / UNLIKELY), rtol=1e-6)
    assert copy_cross_entropy(jnp.array([[[1.0, 0.0]]]), jnp.array([[0]])) < 1e-3


def test_ranking_by_hand() -> None:
    positive, negatives = jnp.array([1.0, 0.2]), jnp.array([[0.0, 0.75], [0.2, -0.8]])
    np.testing.assert_allclose(ranking_loss(positive, negatives, 0.5), (0 + 0.25 + 0.5 + 0) / 4, rtol=1e-6)
    np.testing.assert_allclose(ranking_loss(jnp.ones(3), jnp.ones((3, 2)), 0.5), 0.5)
    slope = jax.grad(lambda p: ranking_loss(p, negatives, 0.5))(positive)
    np.testing.assert_allclose(slope, [-0.25, -0.25])
