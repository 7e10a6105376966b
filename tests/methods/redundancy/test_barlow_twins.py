"""The oracles of Barlow Twins."""

import numpy as np
import pytest

from benchmarks.hlo import collectives
from jssl.methods.redundancy.barlow_twins import barlow_twins
from jssl.nets.heads import mlp
from jssl.nets.net import chain
from tests.methods.toys import N, flat, loss_of, run, start, two_views
from tests.test_hlo import compiled


def make(redundancy=0.03):
    return barlow_twins(flat(), two_views(), projector=(16, 5), redundancy=redundancy)


def projections(params, extra, views):
    """Before they are standardised."""
    net = chain(encoder=flat(), projector=mlp((16, 5), last_norm=True, last_affine=False))
    z = [np.asarray(run(lambda v: net.apply(params, extra["stats"], v, train=True)[0], v), np.float64) for v in views]
    return [3 * x + 7 for x in z]


@pytest.mark.slow
def test_equals_the_papers_sums():
    params, extra, views = start(method := make())
    first, second = ((z - z.mean(0)) / z.std(0) for z in projections(params, extra, views))
    expected = 0.0
    for i in range(5):
        for j in range(5):
            c = sum(first[b, i] * second[b, j] for b in range(N)) / N
            expected += (1 - c) ** 2 if i == j else 0.03 * c**2
    value, (_, metrics) = loss_of(method, params, extra, views)
    np.testing.assert_allclose(value, expected, rtol=1e-3)
    assert -1 <= metrics["agreement"] <= 1


@pytest.mark.slow
def test_the_same_view_twice_leaves_only_the_redundancy():
    params, extra, views = start(make())
    same = views[0], views[0]
    one, (_, metrics) = loss_of(make(0.03), params, extra, same)
    two, _ = loss_of(make(0.06), params, extra, same)
    np.testing.assert_allclose(two, 2 * one, rtol=1e-3)
    np.testing.assert_allclose(metrics["agreement"], 1.0, atol=1e-3)
    np.testing.assert_allclose(loss_of(make(0.0), params, extra, same)[0], 0.0, atol=1e-4)


@pytest.mark.slow
def test_does_not_see_the_order_of_the_views():
    params, extra, views = start(method := make())
    once, swapped = (loss_of(method, params, extra, v)[0] for v in (views, views[::-1]))
    np.testing.assert_allclose(once, swapped, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["barlow_twins", "vicreg"])
def test_statistics_are_summed_over_the_devices_and_no_projection_is_gathered(name):
    found = collectives(compiled(name))
    assert {collective.kind for collective in found} == {"all-reduce"}
