"""CorInfoMax's oracles."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.methods.redundancy.corinfomax import corinfomax
from tests.methods.toys import constant, flat, loss_of, run, start, strangers, train, two_views

DIM = 4


def make(encoder=None, **options):
    """With a linear projector, so that what it gives for a view does not depend on the batch."""
    return corinfomax(encoder or flat(), two_views(), **{"projector": (DIM,), **options})


def unit(params, view):
    layer = params["projector"]["layers"]["layer0"]
    z = np.asarray(flat().apply(params["encoder"], {}, view)[0]) @ np.asarray(layer["kernel"])
    z = z + np.asarray(layer["bias"])
    return z / np.linalg.norm(z, axis=1, keepdims=True)


@pytest.mark.slow
def test_equals_the_papers_formulas_and_keeps_the_averages():
    method = make(invariance=7.0, memory=0.3)
    params, extra, views = start(method)
    mean, covariance = np.zeros((2, DIM)), np.stack([np.eye(DIM)] * 2)
    z = np.stack([unit(params, view) for view in views]).astype(np.float64)
    for _ in range(2):
        mean = 0.3 * mean + 0.7 * z.mean(1)
        centred = z - mean[:, None]
        covariance = 0.3 * covariance + 0.7 * centred.swapaxes(1, 2) @ centred / z.shape[1]
        expected = 7 * np.mean((z[0] - z[1]) ** 2) - np.linalg.slogdet(covariance)[1].sum() / DIM
        value, (extra, _) = loss_of(method, params, extra, views)
        np.testing.assert_allclose(value, expected, rtol=1e-4)
        np.testing.assert_allclose(extra["covariance"], covariance, atol=1e-5)
        np.testing.assert_allclose(extra["covariance"], np.swapaxes(extra["covariance"], 1, 2), atol=1e-7)
    assert np.linalg.eigvalsh(extra["covariance"]).min() >= 0


def test_what_it_forgets_at_once_is_bounded():
    params, extra, views = start(method := make(memory=0.0))
    _, (_, metrics) = loss_of(method, params, extra, views)
    assert -metrics["information"] >= 2 * np.log(DIM)


def test_the_memory_takes_no_gradient():
    """The state that a step leaves does not depend on the parameters, to autodiff."""
    params, extra, views = start(method := make())

    def stored(params):
        after = method.loss(params, extra, views, jax.random.key(2), jnp.int32(0))[1][0]
        return jnp.sum(after["covariance"]) + jnp.sum(after["mean"])

    for gradient in jax.tree.leaves(run(jax.grad(stored), params)):
        np.testing.assert_array_equal(gradient, 0)


@pytest.mark.slow
def test_information_rises_early_in_training():
    method = make(invariance=0.0)._replace(views=strangers)
    information = train(method, optax.adam(1e-2), steps=60, batch_size=32)["information"]
    assert information[-1] > information[5] + 0.05
    assert information[-1] <= -2 * np.log(DIM) + 0.05


@pytest.mark.slow
@pytest.mark.parametrize("informed", [True, False])
def test_collapses_without_information(informed):
    """On views with nothing in common: without it they agree entirely."""
    method = make(invariance=5.0)._replace(views=strangers)
    if not informed:
        method = make(invariance=1e4)._replace(views=strangers)
    invariance = train(method, optax.adam(1e-2), steps=150, batch_size=32)["invariance"][-10:].mean()
    assert invariance > 0.02 if informed else invariance < 0.005


def test_a_constant_encoder_has_a_finite_loss():
    assert np.isfinite(loss_of(method := make(constant()), *start(method))[0])


def test_a_memory_that_forgets_nothing_is_refused():
    with pytest.raises(ValueError, match=r"memory=1\.0"):
        make(memory=1.0)
