"""VICReg's oracles."""

import numpy as np
import optax
import pytest

from jssl.methods.redundancy.vicreg import vicreg
from jssl.nets.heads import mlp
from jssl.nets.net import chain
from tests.methods.toys import N, constant, flat, loss_of, run, start, strangers, train, two_views


def make(encoder=None, **weights):
    return vicreg(encoder or flat(), two_views(), expander=(16, 5), **weights)


def naive(first, second):
    """The three terms by the paper's formulas, with unbiased statistics."""
    short = [
        np.mean([max(0.0, 1 - np.sqrt(np.var(z[:, j], ddof=1) + 1e-4)) for j in range(5)]) for z in (first, second)
    ]
    pairs = [(i, j) for i in range(5) for j in range(5) if i != j]
    shared = [sum(np.cov(z.T)[i, j] ** 2 for i, j in pairs) / 5 for z in (first, second)]
    return np.mean((first - second) ** 2), sum(short) / 2, sum(shared)


@pytest.mark.slow
def test_equals_the_papers_formulas():
    params, extra, views = start(make())
    net = chain(encoder=flat(), expander=mlp((16, 5), bias=False))
    z = [np.asarray(run(lambda v: net.apply(params, extra["stats"], v, train=True)[0], v), np.float64) for v in views]
    expected = naive(*z)
    assert len(z[0]) == N and min(expected) > 1e-3
    weights = 7.0, 20.0, 3.0
    method = make(invariance=weights[0], variance=weights[1], covariance=weights[2])
    value, (_, metrics) = loss_of(method, params, extra, views)
    np.testing.assert_allclose([metrics[k] for k in ("invariance", "variance", "covariance")], expected, rtol=1e-4)
    np.testing.assert_allclose(value, np.dot(weights, expected), rtol=1e-4)


def test_the_same_features_for_every_picture_cost_24_75():
    method = make(constant())
    value, (_, metrics) = loss_of(method, *start(method))
    np.testing.assert_allclose(value, 24.75, rtol=1e-5)
    np.testing.assert_allclose([metrics["invariance"], metrics["covariance"]], 0.0, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("whole", [True, False])
def test_collapses_without_the_variance_term(whole):
    """On views with nothing in common 25 (2 s^2) + 25 (1 - s) is least at s = 1/4, and without its second term at 0."""
    method = make(**{} if whole else {"variance": 0.0})._replace(views=strangers)
    metrics = train(method, optax.adam(1e-2), steps=150, batch_size=32)
    variance, invariance = (np.mean(metrics[name][-10:]) for name in ("variance", "invariance"))
    if whole:
        assert 0.65 < variance < 0.8 and 0.1 < invariance < 0.2
    else:
        assert variance > 0.9 and invariance < 0.01
