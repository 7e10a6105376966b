"""Oracles of DBC: on a world whose bisimulation metric is known, it is learnt."""

import numpy as np
import pytest

from jssl.methods.play.dbc import dbc
from tests.methods.play.tabular import NEXT, RECIPE, REWARD, batch, learn, spread, table

DISCOUNT = 0.5


def exact() -> np.ndarray:
    """The bisimulation metric, by iterating its definition: every state has one that follows it."""
    found = np.zeros((len(NEXT), len(NEXT)))
    for _ in range(100):
        found = np.abs(REWARD[:, None] - REWARD) + DISCOUNT * found[np.ix_(NEXT, NEXT)]
    return found


def make(net=None, **options):
    options = {"actions": 1, "transition": "deterministic", "discount": DISCOUNT, "hidden": (32,), **options}
    return dbc(net or table(), RECIPE, **options)


@pytest.mark.slow
def test_learns_the_exact_bisimulation_metric():
    """On a line, where the L1 distance of features is the Euclidean one of the model's; there states can't pass one
    another, and so they begin in the right order.
    """
    line = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 1.25], np.float32)[:, None]
    before, after, _ = learn(make(table(rows=line), hidden=(128,)), steps=1500)
    apart, metric = (np.abs(x - x.T) for x in (before, after))
    assert metric[2, 5] < 0.02 < apart[2, 5], "what leads to the same is the same"
    np.testing.assert_allclose(metric, exact(), atol=0.04)


@pytest.mark.long
def test_where_rewards_are_the_same_all_states_fall_together():
    before, after, _ = learn(make(), steps=400, reward=np.zeros(len(NEXT)), rate=3e-2)
    assert spread(after) < 0.05 * spread(before)


def test_arrays_that_the_data_lacks_are_named():
    import jax
    import jax.numpy as jnp

    lacking = {name: jnp.asarray(x) for name, x in batch(np.arange(4)).items() if name != "reward"}
    with pytest.raises(ValueError, match=r"the data has no reward: name them in config\.data\.arrays"):
        make().views(jax.random.split(jax.random.key(0), 4), lacking)
    with pytest.raises(ValueError, match="transition='random' is none of deterministic, gaussian"):
        make(transition="random")
