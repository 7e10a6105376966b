"""SIGReg: by theory, against lightly, and over devices."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.losses.gaussian import directions, epps_pulley

PEER = np.load(Path(__file__).parents[1] / "fixtures" / "lejepa.npz")
SETTINGS = {"usual": {}, "other": {"points": 9, "furthest": 5.0}}


def sigreg(views, along, **options):
    return jnp.mean(epps_pulley(jnp.matmul(views.swapaxes(0, 1), along, precision="highest"), **options))


def integral(of, furthest=3.0):
    t = np.linspace(-furthest, furthest, 4001)
    return np.trapezoid(of(t) * np.exp(-(t**2) / 2), t)


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
def test_equals_what_lightly_recorded(name):
    compute = lambda views: sigreg(views, PEER[f"{name}/directions"], **SETTINGS[name])  # noqa: E731
    value, gradient = jax.value_and_grad(compute)(PEER["views"])
    np.testing.assert_allclose(value, PEER[f"{name}/sigreg"], rtol=1e-5)
    np.testing.assert_allclose(gradient, PEER[f"{name}/sigreg/gradient"], rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_a_batch_that_has_collapsed_costs_what_theory_says():
    expected = 12 * integral(lambda t: (1 - np.exp(-(t**2) / 2)) ** 2)
    np.testing.assert_allclose(epps_pulley(jnp.zeros(12), points=65), expected, rtol=1e-3)


@pytest.mark.slow
def test_normal_numbers_cost_what_theory_says_whatever_their_number(rng):
    expected = integral(lambda t: 1 - np.exp(-(t**2)))
    for n in (16, 256):
        samples = rng.normal(size=(n, 4000)).astype(np.float32)
        np.testing.assert_allclose(np.mean(epps_pulley(samples)), expected, rtol=0.05)


@pytest.mark.slow
def test_value_and_slope_are_bounded_far_away():
    """Where moments would be 1e8."""
    value, slope = jax.value_and_grad(lambda x: epps_pulley(x).sum())(jnp.full(8, 1e4))
    assert value <= 8 * integral(lambda t: np.full_like(t, 4.0)) and np.abs(slope).max() < 10


@pytest.mark.slow
def test_directions_are_unit_vectors_on_all_sides():
    drawn = np.asarray(directions(jax.random.key(0), 4000, 5))
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=0), 1, rtol=1e-5)
    np.testing.assert_allclose(drawn @ drawn.T / 4000, np.eye(5) / 5, atol=0.02)
