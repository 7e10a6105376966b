"""The losses of Barlow Twins and VICReg: by hand, by theory, and against lightly and solo-learn."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.losses.redundancy import barlow_twins, covariance_penalty, off_diagonal, variance_hinge

PEERS = np.load(Path(__file__).parents[1] / "fixtures" / "siamese.npz")
MATRIX = jnp.array([[0.5, 2.0, 0.0], [-1.0, 1.0, 3.0], [0.0, 0.0, 4.0]])


def centred(z):
    return z - z.mean(0, keepdims=True)


def standardised(z):
    """By the biased variance, with batch norm's epsilon."""
    z = centred(z)
    return z / jnp.sqrt(jnp.mean(z * z, axis=0, keepdims=True) + 1e-5)


def covariance(z):
    return centred(z).T @ centred(z) / (len(z) - 1)


def barlow(first, second, redundancy=0.02):
    return barlow_twins(standardised(first).T @ standardised(second) / len(first), redundancy)


def vicreg(first, second, weights=(20.0, 30.0, 3.0)):
    both = covariance(first), covariance(second)
    terms = jnp.mean((first - second) ** 2), sum(map(variance_hinge, both)) / 2, sum(map(covariance_penalty, both))
    return sum(weight * term for weight, term in zip(weights, terms, strict=True))


def test_values_by_hand():
    assert float(off_diagonal(MATRIX)) == 4 + 1 + 9
    np.testing.assert_allclose(barlow_twins(MATRIX, 0.1), 0.25 + 0 + 9 + 1.4, rtol=1e-6)
    np.testing.assert_allclose(covariance_penalty(MATRIX), 14 / 3, rtol=1e-6)
    np.testing.assert_allclose(variance_hinge(MATRIX), (1 - np.sqrt(0.5001)) / 3, rtol=1e-5)


@pytest.mark.parametrize("loss", ["barlow_twins", "vicreg"])
@pytest.mark.parametrize("peer", ["lightly", "solo"])
@pytest.mark.parametrize("size", ["wide", "tall"])
def test_equals_what_peers_recorded(peer, loss, size):
    ours = {"barlow_twins": barlow, "vicreg": vicreg}[loss]
    value, gradient = jax.value_and_grad(ours)(PEERS[f"{size}/first"], PEERS[f"{size}/second"])
    np.testing.assert_allclose(value, PEERS[f"{size}/{peer}/{loss}"], rtol=1e-5)
    np.testing.assert_allclose(gradient, PEERS[f"{size}/{peer}/{loss}/gradient"], rtol=2e-4, atol=2e-6)


def test_barlow_twins_of_whitened_twins_is_zero(rng):
    z = np.linalg.qr(rng.normal(size=(64, 9)))[0]
    z = np.linalg.qr(z - z.mean(0))[0].astype(np.float32)
    np.testing.assert_allclose(barlow(z, z), 0.0, atol=1e-5)
    assert barlow(z, z[::-1]) > 5


def test_barlow_twins_sees_neither_the_scale_of_a_dimension_nor_the_order_of_the_views(rng):
    first, second = rng.normal(size=(2, 24, 7)).astype(np.float32)
    value = barlow(first, second)
    scale, shift = rng.uniform(1, 3, 7).astype(np.float32), rng.normal(size=7).astype(np.float32)
    np.testing.assert_allclose(barlow(first * scale + shift, second), value, rtol=1e-4)
    np.testing.assert_allclose(barlow(second, first), value, rtol=1e-5)
    assert abs(barlow(first, second[:, ::-1]) - value) > 0.1


def test_barlow_twins_of_independent_views_is_that_of_theory(rng):
    """Diagonal D (1 + 1/N), off-diagonal D (D - 1) / N."""
    draws = rng.normal(size=(16, 2, 256, 128)).astype(np.float32)
    on, both = (np.mean([barlow(*views, weight) for views in draws]) for weight in (0.0, 1.0))
    np.testing.assert_allclose([on, both - on], [128.5, 63.5], rtol=0.02)


def test_vicreg_of_collapsed_vectors_is_24_75():
    z = jnp.full((12, 5), 3.0)
    value, gradient = jax.value_and_grad(lambda z: vicreg(z, z, (25.0, 25.0, 1.0)))(z)
    np.testing.assert_allclose(value, 24.75, rtol=1e-6)
    assert np.isfinite(gradient).all()


@pytest.mark.slow
def test_vicreg_of_gaussian_vectors_is_that_of_theory(rng):
    """Both views' covariances: 2 (D - 1) / (N - 1)."""
    draws = 1.5 * rng.normal(size=(16, 2, 128, 64)).astype(np.float32)
    penalty = np.mean([vicreg(*views, (0.0, 0.0, 1.0)) for views in draws])
    np.testing.assert_allclose(penalty, 1.5**4 * 2 * 63 / 127, rtol=0.05)
    assert np.mean([vicreg(*views, (0.0, 1.0, 0.0)) for views in draws]) < 1e-3
