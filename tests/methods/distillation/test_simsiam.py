"""SimSiam's oracles."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.methods.distillation.simsiam import simsiam
from jssl.nets.heads import mlp
from jssl.nets.net import chain
from tests.methods.toys import flat, loss_of, run, start, strangers, train, two_views


def make():
    return simsiam(flat(), two_views(), projector=(32, 16), predictor=(16, 16))


@pytest.mark.slow
def test_is_symmetric_in_the_views():
    params, extra, views = start(method := make())
    once, swapped = (loss_of(method, params, extra, v)[0] for v in (views, views[::-1]))
    np.testing.assert_allclose(once, swapped, rtol=1e-5)


@pytest.mark.slow
def test_is_the_cosine_of_predictions_with_the_other_view_as_it_is():
    """Value by hand, and the gradient as that of the loss whose targets are numbers."""
    method, head = make(), mlp((16, 16))
    target = chain(encoder=flat(), projector=mlp((32, 16), last_norm=True, last_affine=False))
    params, extra, views = start(method)

    def sides(params):
        z = [target.apply(params, extra["stats"], v, train=True)[0] for v in views]
        p = [head.apply(params["predictor"], extra["stats"]["predictor"], x, train=True)[0] for x in z]
        return z, p

    def by_hand(params, targets):
        _, p = sides(params)
        unit = lambda x: x / jnp.linalg.norm(x, axis=1, keepdims=True)  # noqa: E731
        return -sum(jnp.mean(jnp.sum(unit(a) * unit(b), axis=1)) for a, b in zip(p, targets[::-1], strict=True)) / 2

    def ours(params):
        return method.loss(params, extra, views, jax.random.key(2), jnp.int32(0))[0]

    targets = run(lambda p: sides(p)[0], params)
    expected, expected_gradient = run(jax.value_and_grad(by_hand), params, targets)
    value, gradient = run(jax.value_and_grad(ours), params)
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-6), gradient, expected_gradient)
    assert all(np.abs(leaf).max() > 1e-4 for leaf in jax.tree.leaves(gradient["encoder"]))


def test_the_last_norm_of_the_projector_has_no_scale_and_the_predictor_ends_without_one():
    params, extra, _ = start(make())
    assert set(params["projector"]["norms"]) == {"layer0"}
    assert set(extra["stats"]["projector"]["norms"]) == {"layer0", "layer1"}
    assert set(extra["stats"]["predictor"]["norms"]) == {"layer0"}
    assert "bias" in params["predictor"]["layers"]["layer1"]


@pytest.mark.slow
@pytest.mark.parametrize("still", [True, False])
def test_collapses_without_the_stop_gradient(still, monkeypatch):
    """On views that have nothing in common, all that can make them agree is to be the same for all pictures."""
    if not still:
        monkeypatch.setattr(jax.lax, "stop_gradient", lambda x: x)
    method = make()._replace(views=strangers)
    metrics = train(method, optax.adam(optax.cosine_decay_schedule(1e-2, 250)), steps=250, batch_size=64)
    loss, spread = (np.mean(metrics[name][-20:]) for name in ("loss", "spread"))
    if still:
        assert loss > -0.2 and spread > 0.9
    else:
        assert loss < -0.8 and spread < 0.4
