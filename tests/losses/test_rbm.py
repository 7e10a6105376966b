"""Boltzmann machines small enough to be counted out."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.losses.rbm import contrastive_divergence, free_energy

D, H = 7, 5


@pytest.fixture
def machine(rng):
    return [jnp.asarray(rng.normal(size=shape), jnp.float32) for shape in ((D, H), (D,), (H,))]


def states(n):
    return np.array(list(itertools.product([0.0, 1.0], repeat=n)), np.float32)


def energy(v, h, kernel, visible, hidden):
    return -(v @ visible)[:, None] - (h @ hidden)[None] - v @ kernel @ h.T


def test_free_energy_sums_over_the_hidden_units(machine):
    v, h = states(D), states(H)
    table = energy(v, h, *map(np.asarray, machine))
    np.testing.assert_allclose(free_energy(jnp.asarray(v), *machine), -np.log(np.exp(-table).sum(1)), rtol=1e-4)
    by_hidden = -(h @ np.asarray(machine[2])) - np.log1p(
        np.exp(np.asarray(machine[1])[None] + h @ np.asarray(machine[0]).T)
    ).sum(1)
    log_z = np.log(np.exp(-table).sum())
    np.testing.assert_allclose(np.log(np.exp(-by_hidden).sum()), log_z, rtol=1e-4)
    np.testing.assert_allclose(jax.nn.logsumexp(-free_energy(jnp.asarray(v), *machine)), log_z, rtol=1e-5)


def test_linear_hidden_units_are_integrated_out(machine, rng):
    kernel, visible, hidden = (np.asarray(x, np.float64) for x in machine)
    v = states(D)[:20]
    x = v @ kernel
    grid = np.linspace(-30, 30, 6001)
    integrals = [
        np.log(np.sum(np.exp(-((grid - hidden[j]) ** 2) / 2 + x[:, [j]] * grid), 1) * (grid[1] - grid[0]))
        for j in range(H)
    ]
    expected = -v @ visible - np.sum(integrals, axis=0)
    found = np.asarray(free_energy(jnp.asarray(v), *machine, linear=True))
    np.testing.assert_allclose(found - found[0], expected - expected[0], rtol=1e-3, atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("linear", [False, True])
def test_the_gradient_is_the_difference_of_correlations(machine, rng, linear):
    v = jnp.asarray(rng.uniform(size=(4, D)), jnp.float32)
    noise = jnp.asarray(rng.uniform(size=(4, H)), jnp.float32)
    by, made = jax.grad(lambda m: contrastive_divergence(v, *m, noise, linear=linear), has_aux=True)(machine)

    def mean_hidden(v):
        x = v @ machine[0] + machine[2][None]
        return x if linear else jax.nn.sigmoid(x)

    correlations = [x.T @ mean_hidden(x) / 4 for x in (v, made)]
    np.testing.assert_allclose(by[0], correlations[1] - correlations[0], atol=1e-5)
    np.testing.assert_allclose(by[1], (made - v).mean(0), atol=1e-5)


@pytest.mark.slow
def test_it_learns_what_is_frequent():
    patterns = jnp.asarray(np.repeat([[1, 1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1, 1]], 8, axis=0), jnp.float32)

    def step(machine, key):
        noise = jax.random.uniform(key, (16, H))
        by = jax.grad(lambda m: contrastive_divergence(patterns, *m, noise)[0])(machine)
        return jax.tree.map(lambda p, g: p - 0.5 * g, machine, by), None

    start = (0.1 * jax.random.normal(jax.random.key(0), (D, H)), jnp.zeros(D), jnp.zeros(H))
    machine, _ = jax.lax.scan(step, start, jax.random.split(jax.random.key(1), 400))
    every = jnp.asarray(states(D))
    share = jax.nn.softmax(-free_energy(every, *machine))
    wanted = (every[:, None] == patterns[None, ::8]).all(-1).any(-1)
    assert float(share[wanted].sum()) > 0.5  # 2 of 128 states
