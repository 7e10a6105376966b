"""NPID's oracles."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.methods.contrastive.npid import npid
from tests.methods.toys import N, batch, constant, flat, gradient_by_state, loss_of, start, two_views

EXAMPLES = 100


def make(encoder=None, **options):
    return npid(encoder or flat(), two_views(), examples=EXAMPLES, **{"dim": 5, "negatives": 16, **options})


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def features(method, params, extra, views):
    """What the bank is compared with, read from a bank that keeps nothing of its old rows."""
    after = loss_of(make(momentum=0.0), params, extra, views)[1][0]["bank"]
    return np.asarray(after)[np.asarray(batch()["index"])]


@pytest.mark.slow
def test_equal_scores_give_the_value_of_theory():
    method = make(constant(), negatives=4096)
    params, extra, views = start(method)
    extra["bank"] = jnp.tile(extra["bank"][:1], (len(extra["bank"]), 1))
    loss, (extra, _) = loss_of(method, params, extra, views)
    np.testing.assert_allclose(loss, 9.318, atol=1e-3)
    assert np.isfinite(extra["log_z"])


@pytest.mark.slow
def test_z_comes_from_the_first_batch_and_stays():
    method = make()
    params, extra, views = start(method)
    assert extra["log_z"] == -np.inf
    v, bank = features(method, params, extra, views), np.asarray(extra["bank"])
    noise = np.asarray(jax.random.randint(jax.random.split(jax.random.key(2))[1], (16,), 0, EXAMPLES))
    own = np.sum(v * bank[np.asarray(views[1])], axis=1, keepdims=True)
    expected = np.log(EXAMPLES * np.exp(np.concatenate([own, v @ bank[noise].T], 1) / 0.07).mean())
    _, (after, _) = loss_of(method, params, extra, views)
    np.testing.assert_allclose(after["log_z"], expected, rtol=1e-4)
    _, (later, _) = loss_of(method, params, after, views, seed=5)
    assert later["log_z"] == after["log_z"]


@pytest.mark.slow
def test_without_noise_the_loss_is_the_exact_softmax():
    method = make(negatives=0, temperature=0.1)
    params, extra, views = start(method)
    v, rows = features(method, params, extra, views), np.asarray(extra["bank"], np.float64)[:EXAMPLES]
    logits = v @ rows.T / 0.1
    naive = np.log(np.exp(logits).sum(1)) - logits[np.arange(N), np.asarray(views[1])]
    np.testing.assert_allclose(loss_of(method, params, extra, views)[0], naive.mean(), rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("negatives", [0, 512])
def test_rows_beyond_the_examples_are_never_seen(negatives):
    method = make(negatives=negatives)
    params, extra, views = start(method)
    spoilt = {**extra, "bank": extra["bank"].at[EXAMPLES:].set(1e3)}
    assert loss_of(method, params, extra, views)[0] == loss_of(method, params, spoilt, views)[0]


@pytest.mark.slow
def test_the_proximal_term_adds_the_squared_move():
    params, extra, views = start(make())
    plain, (_, metrics) = loss_of(make(), params, extra, views)
    steadied, _ = loss_of(make(proximal=3.0), params, extra, views)
    moved = features(make(), params, extra, views) - np.asarray(extra["bank"])[np.asarray(views[1])]
    np.testing.assert_allclose(metrics["moved"], (moved**2).sum(1).mean(), rtol=1e-4)
    np.testing.assert_allclose(steadied - plain, 3 * metrics["moved"], rtol=1e-3)


@pytest.mark.slow
def test_the_bank_is_written_after_the_loss_and_only_where_the_batch_is():
    method = make()
    params, extra, views = start(method)
    before, index = np.asarray(extra["bank"]), np.asarray(views[1])
    _, (after, _) = loss_of(method, params, extra, views)
    v = features(method, params, extra, views)
    np.testing.assert_allclose(np.asarray(after["bank"])[index], unit(0.5 * before[index] + 0.5 * v), atol=1e-6)
    others = np.setdiff1d(np.arange(len(before)), index)
    np.testing.assert_array_equal(np.asarray(after["bank"])[others], before[others])


@pytest.mark.parametrize("negatives", [0, 16])
def test_no_gradient_reaches_the_bank_or_z(negatives):
    method = make(negatives=negatives)
    gradient = gradient_by_state(method, *start(method))
    assert set(gradient) == {"bank", "log_z"}
    assert not any(np.asarray(leaf).any() for leaf in jax.tree.leaves(gradient))
