"""Colours as a choice among bins: sums, means and limits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.lab import BINS
from jssl.losses.colour import annealed_mean, rebalanced_cross_entropy, rebalancing, soft_encode

Q = len(BINS)


@pytest.mark.slow
def test_soft_encoding_by_hand(rng):
    ab = rng.uniform(-60, 60, (3, 4, 2)).astype(np.float32)
    found = np.asarray(soft_encode(jnp.asarray(ab), jnp.asarray(BINS)))
    np.testing.assert_allclose(found.sum(-1), 1, rtol=1e-5)
    for colour, row in zip(ab.reshape(-1, 2), found.reshape(-1, Q), strict=True):
        distance = np.sqrt(((BINS - colour) ** 2).sum(1))
        nearest = np.argsort(distance)[:5]
        weight = np.exp(-(distance[nearest] ** 2) / (2 * 5**2))
        np.testing.assert_allclose(row[nearest], weight / weight.sum(), rtol=1e-3)
        assert np.count_nonzero(row) == 5


@pytest.mark.slow
def test_weights_have_mean_one_under_the_prior(rng):
    prior = jnp.asarray(rng.dirichlet(np.full(Q, 0.1)), jnp.float32)
    weight = rebalancing(prior, 0.5)
    np.testing.assert_allclose(jnp.sum(prior * weight), 1, rtol=1e-5)
    np.testing.assert_allclose(weight[prior.argmax()], weight.min())
    unscaled = 1 / (0.5 * np.asarray(prior) + 0.5 / Q)
    np.testing.assert_allclose(weight / weight[0], unscaled / unscaled[0], rtol=1e-5)


def test_a_uniform_mixture_weighs_all_the_same(rng):
    prior = jnp.asarray(rng.dirichlet(np.ones(Q)), jnp.float32)
    np.testing.assert_allclose(rebalancing(prior, 1.0), 1, rtol=1e-5)


@pytest.mark.slow
def test_cross_entropy_of_nothing_known_and_its_gradient(rng):
    target = soft_encode(jnp.asarray(rng.uniform(-50, 50, (6, 2)), jnp.float32), jnp.asarray(BINS))
    np.testing.assert_allclose(rebalanced_cross_entropy(jnp.zeros((6, Q)), target, jnp.ones(Q)), np.log(313), rtol=1e-5)
    weight = jnp.asarray(rng.uniform(1, 2, Q), jnp.float32)
    logits = jnp.asarray(rng.normal(size=(6, Q)), jnp.float32)
    own = weight[target.argmax(-1)]
    gradient = jax.grad(rebalanced_cross_entropy)(logits, target, weight)
    np.testing.assert_allclose(gradient, own[:, None] * (jax.nn.softmax(logits) - target) / 6, atol=1e-6)


@pytest.mark.parametrize(("temperature", "expected"), [(1.0, [2.5, 0.0]), (1e-3, [0.0, 0.0])])
def test_the_annealed_mean_goes_from_mean_to_mode(temperature, expected):
    bins = jnp.array([[0.0, 0.0], [10.0, 0.0]])
    found = annealed_mean(jnp.log(jnp.array([[0.75, 0.25]])), bins, temperature)
    np.testing.assert_allclose(found[0], expected, atol=1e-4)


def test_a_bins_own_colour_comes_back_exactly():
    ab = jnp.array([[20.0, -30.0], [0.0, 0.0]])
    logits = jnp.log(jnp.maximum(soft_encode(ab, jnp.asarray(BINS)), 1e-30))
    np.testing.assert_allclose(annealed_mean(logits, jnp.asarray(BINS), 1.0), ab, atol=1e-3)
