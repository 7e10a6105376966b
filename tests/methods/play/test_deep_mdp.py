"""Oracles of DeepMDP."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.methods.play.deep_mdp import deep_mdp
from tests.methods.play.tabular import NEXT, RECIPE, REWARD, batch, learn, spread, table
from tests.methods.toys import loss_of


def make(**options):
    return deep_mdp(table(), RECIPE, **{"actions": 1, "hidden": (16,), **options})


def started(method):
    example = jax.tree.map(jnp.asarray, batch(np.arange(len(NEXT))))
    params, extra = method.init(jax.random.key(0), example)
    return params, extra, method.views(jax.random.split(jax.random.key(1), len(NEXT)), example)


def reference(params, transition):
    """Both errors, by NumPy."""
    rows, layers = np.asarray(params["encoder"]["rows"]), params["model"]["layers"]
    x = np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
    for name in ("layer0", "layer1"):
        x = x @ np.asarray(layers[name]["kernel"]) + np.asarray(layers[name]["bias"])
        x = np.maximum(x, 0) if name == "layer0" else x
    missed, after = np.abs(x[:, -1] - REWARD).mean(), rows[NEXT]
    if transition == "deterministic":
        return missed + np.sqrt(((x[:, :2] - after) ** 2).sum(1)).mean()
    deviation = 1e-4 + (10 - 1e-4) / (1 + np.exp(-x[:, 2:4]))
    return missed + (0.5 * ((after - x[:, :2]) / deviation) ** 2 + np.log(deviation)).mean()


@pytest.mark.slow
@pytest.mark.parametrize("transition", ["deterministic", "gaussian"])
def test_equals_a_naive_reference(transition):
    params, extra, views = started(method := make(transition=transition))
    np.testing.assert_allclose(loss_of(method, params, extra, views)[0], reference(params, transition), rtol=1e-5)


@pytest.mark.long
def test_states_whose_future_is_chance_fall_together_unless_rewards_tell_them():
    before, blank, _ = learn(make(), steps=400, rate=3e-2, reward=np.zeros(len(NEXT)), blindly=True)
    _, told, metrics = learn(make(), steps=400, rate=3e-2, blindly=True)
    assert spread(blank) < 0.05 * spread(before) and spread(told) > 10 * spread(blank)
    assert metrics["reward_error"] < 0.1


@pytest.mark.slow
def test_shows_what_is_expected():
    params, extra, _ = started(method := make())
    example = jax.tree.map(jnp.asarray, batch(np.arange(len(NEXT))))
    state, later, nearest = method.show(params, extra, jax.random.split(jax.random.key(0), len(NEXT)), example).columns
    assert state.captions[4].endswith("(truly +1)") and len(nearest.right) == len(later.figures) == len(NEXT)
