"""The oracles of Mixed Barlow Twins."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl import parallel
from jssl.losses.redundancy import mixed_residual
from jssl.methods.redundancy.barlow_twins import barlow_twins
from jssl.methods.redundancy.mixed_barlow_twins import mixed_barlow_twins
from jssl.parallel import make_layout
from tests.methods.redundancy.test_barlow_twins import projections
from tests.methods.toys import N, flat, loss_of, start, strangers, two_views

RUN = {"steps": 10, "steps_per_epoch": 2}
SEED = 1
"""By which a mixture has a good deal of both."""


def make(**options):
    return mixed_barlow_twins(flat(), two_views(), **RUN, **{"projector": (16, 5), "redundancy": 0.03, **options})


def share_of(seed):
    return float(jax.random.uniform(jax.random.split(jax.random.key(seed))[1]))


@pytest.mark.slow
def test_equals_the_authors_sums():
    """With the pairs of this file: the i-th example and the i-th from the end."""
    params, extra, views = start(method := make(mixing=4.0))
    share = share_of(SEED)
    views = strangers(jax.random.split(jax.random.key(1), N), {})
    mixture = share * views[0] + (1 - share) * views[1][::-1]
    a, b, m = ((z - z.mean(0)) / z.std(0) for z in projections(params, extra, (*views, mixture)))
    c = a.T @ b / N
    expected = np.sum((1 - np.diag(c)) ** 2) + 0.03 * (np.sum(c**2) - np.sum(np.diag(c) ** 2))
    for view in (a, b):
        truth = share * a.T @ view / N + (1 - share) * b[::-1].T @ view / N
        expected += 4.0 * 0.03 * np.sum((m.T @ view / N - truth) ** 2)
    value, (_, metrics) = loss_of(method, params, extra, views, seed=SEED)
    np.testing.assert_allclose(value, expected, rtol=1e-3)
    assert metrics["mixed_residual"] > 1e-3


@pytest.mark.slow
def test_without_mixing_it_is_barlow_twins():
    params, extra, views = start(make())
    plain = barlow_twins(flat(), two_views(), projector=(16, 5), redundancy=0.03)
    ours, theirs = (loss_of(method, params, extra, views)[0] for method in (make(mixing=0.0), plain))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_the_first_alone_has_no_residual(rng):
    first, second = rng.normal(size=(2, 5, 5))
    assert mixed_residual(first, first, second, 1.0) == 0
    assert mixed_residual(second, first, second, 0.5) > 0


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_linear_network_has_no_residual_before_it_is_standardised(share, rng):
    a, b = rng.normal(size=(2, 12, 7))
    w = rng.normal(size=(7, 5))
    m = (share * a + (1 - share) * b) @ w
    for view in (a @ w, b @ w):
        np.testing.assert_allclose(mixed_residual(m.T @ view, w.T @ a.T @ view, w.T @ b.T @ view, share), 0, atol=1e-3)


@pytest.mark.long
def test_mixing_rises_over_the_ramp():
    params, extra, views = start(make())
    values = [loss_of(make(ramp=2.0, mixing=1e3), params, extra, views, step=step)[0] for step in (0, 2, 4, 9)]
    np.testing.assert_allclose(values[1] - values[0], (values[2] - values[0]) / 2, rtol=1e-3)
    np.testing.assert_allclose(values[3], values[2], rtol=1e-6)
    np.testing.assert_allclose(values[0], loss_of(make(mixing=0.0), params, extra, views)[0], rtol=1e-5)


@pytest.mark.parametrize("devices", [1, 2, 8])
def test_partners_come_from_the_other_end_of_the_global_batch(devices):
    layout = make_layout(devices=jax.devices()[:devices])
    spec = layout.batch_sharding.spec
    mirror = jax.shard_map(parallel.mirror, mesh=layout.mesh, in_specs=spec, out_specs=spec, check_vma=False)
    x = jnp.arange(48).reshape(24, 2)
    np.testing.assert_array_equal(jax.jit(mirror)(x), x[::-1])


def test_negative_weights_are_refused():
    with pytest.raises(ValueError, match="mixing=-1"):
        make(mixing=-1.0)
