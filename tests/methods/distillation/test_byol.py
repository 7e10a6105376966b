"""BYOL's oracles."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.methods.distillation.byol import byol
from tests.methods.toys import constant, flat, gradient_by_state, loss_of, start, strangers, train, two_views


def make(encoder=None, **options):
    widths = {"projector": (16, 8), "predictor": (8,)}
    return byol(encoder or flat(), two_views(), **{"steps": 10, **widths, **options})


def without_predictor(method):
    """A linear predictor that is the identity."""

    def init(key, batch):
        params, extra = method.init(key, batch)
        return {**params, "predictor": jax.tree.map(lambda w: jnp.eye(*w.shape), params["predictor"])}, extra

    return method._replace(init=init)


@pytest.mark.slow
def test_a_student_that_predicts_by_the_identity_is_as_far_as_the_views():
    method = without_predictor(make())
    params, extra, views = start(method)
    same = views[0], views[0]
    np.testing.assert_allclose(loss_of(method, params, extra, same)[0], 0.0, atol=1e-5)
    opposite = {**params, "predictor": jax.tree.map(jnp.negative, params["predictor"])}
    np.testing.assert_allclose(loss_of(method, opposite, extra, same)[0], 8.0, atol=1e-5)
    assert 0.1 < loss_of(method, params, extra, views)[0] < 7.9


@pytest.mark.slow
def test_is_symmetric_in_the_views():
    params, extra, views = start(method := make())
    once, swapped = (loss_of(method, params, extra, v)[0] for v in (views, views[::-1]))
    np.testing.assert_allclose(once, swapped, rtol=1e-5)


@pytest.mark.slow
def test_no_gradient_reaches_the_teacher():
    params, extra, views = start(method := make())
    gradient = gradient_by_state(method, params, extra, views)
    assert set(gradient["teacher"]) == {"encoder", "projector"}
    assert not any(np.asarray(leaf).any() for leaf in jax.tree.leaves(gradient))


@pytest.mark.slow
def test_the_teacher_with_its_norms_moves_to_the_student_by_the_momentum_of_the_step():
    method = make(momentum=0.9)
    params, extra, _ = start(method)
    jax.tree.map(np.testing.assert_array_equal, extra["teacher"], {part: params[part] for part in extra["teacher"]})
    moved = jax.tree.map(lambda x: x + 1, params)
    for step, kept in ((0, 0.9), (5, 0.95), (10, 1.0)):
        same, after = method.after(moved, extra, jnp.int32(step))
        assert same is moved
        change = jax.tree.map(jnp.subtract, after["teacher"], extra["teacher"])
        for leaf in jax.tree.leaves(change):
            np.testing.assert_allclose(leaf, 1 - kept, atol=1e-6)
    assert "scale" in extra["teacher"]["projector"]["norms"]["layer0"]


@pytest.mark.slow
@pytest.mark.parametrize("whole", [True, False])
def test_collapses_without_predictor_and_average(whole):
    """On views that have nothing in common, all that can make them agree is to be the same for all pictures."""
    forever = 10**6  # so that the momentum stays what it is
    adam = optax.adam(3e-3)
    if whole:
        method, tx = make(steps=forever, momentum=0.996, predictor=(16, 8)), adam
    else:
        method, tx = without_predictor(make(steps=forever, momentum=0.0)), optax.partition(
            {"still": optax.set_to_zero(), "trained": adam},
            lambda params: {part: "still" if part == "predictor" else "trained" for part in params},
        )  # fmt: skip
    metrics = train(method._replace(views=strangers), tx, steps=150, batch_size=32)
    loss, spread = (np.mean(metrics[name][-10:]) for name in ("loss", "spread"))
    if whole:
        assert loss > 0.5 and spread > 0.5
    else:
        assert loss < 0.2 and spread < 0.05


def test_the_spread_of_collapsed_targets_is_zero():
    _, (_, metrics) = loss_of(method := make(constant()), *start(method))
    np.testing.assert_allclose(metrics["spread"], 0.0, atol=1e-5)
