"""CPC's oracles on sounds that end early, by an encoder with a context of its own."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.inputs.sound import sound
from jssl.losses.predictive import costs_among
from jssl.methods.prediction.cpc import cpc
from jssl.nets.wave import apart, wave_gru
from tests.methods.fresh import fresh_accuracy
from tests.methods.senses.wave import FACTS, SAMPLES, toys
from tests.methods.toys import run

NET = wave_gru(8, width=8, kernels=(10, 3), strides=(5, 2))
INPUT = sound(FACTS, recipe="wave")


def make(**options):
    return cpc(NET, INPUT, **{"nearest": 1, "furthest": 2, **options})


@cache
def started():
    """A method, its parameters, extra state and the views of a batch: compiled once for all tests."""
    method = make()
    params, extra = jax.jit(method.init)(jax.random.key(0), toys())
    keys = jax.random.split(jax.random.key(1), len(toys()["index"]))
    return method, params, extra, jax.jit(method.views)(keys, toys())


def loss_of(method, params, extra, x):
    return run(method.loss, params, extra, x, jax.random.key(2), jnp.int32(0))


@pytest.mark.slow
def test_keys_that_are_not_there_are_told_from_by_nobody(rng):
    predicted, keys = (jnp.float32(rng.normal(size=(n, 4))) for n in (3, 6))
    there = jnp.array([True, True, False, True, False, True])
    costs, right = costs_among(predicted, keys, jnp.arange(3), there)
    assert np.isfinite(costs).all()
    for i in (0, 1):
        scores = np.asarray(keys)[np.asarray(there)] @ np.asarray(predicted)[i]
        own = np.asarray(keys)[i] @ np.asarray(predicted)[i]
        np.testing.assert_allclose(costs[i], np.log(np.exp(scores).sum()) - own, rtol=1e-5)
        assert right[i] == (own == scores.max())


@pytest.mark.slow
def test_a_prediction_that_says_nothing_costs_ln_of_the_frames_there_are():
    method, params, extra, x = started()
    mute = {**params, "turn0": jax.tree.map(jnp.zeros_like, params["turn0"])}
    there = np.asarray(NET.frames(x[..., 1] > 0.5))
    expected = np.mean([np.log(there[:, k:].sum()) for k in (1, 2)])
    np.testing.assert_allclose(loss_of(method, mute, extra, x)[0], expected, rtol=1e-5)


@pytest.mark.slow
def test_what_comes_after_a_recording_has_no_effect():
    method, params, extra, x = started()
    ended = x[..., 1:] < 0.5
    junk = x.at[..., :1].set(jnp.where(ended, 5.0, x[..., :1]))
    np.testing.assert_allclose(loss_of(method, params, extra, junk)[0], loss_of(method, params, extra, x)[0], rtol=1e-5)
    batch = toys()
    noisy = {**batch, "sound": jnp.where(ended[..., 0], 3.0, batch["sound"])}
    embed = jax.jit(method.embed)
    np.testing.assert_array_equal(embed(params, extra, noisy), embed(params, extra, batch))


@pytest.mark.slow
def test_a_context_has_heard_nothing_of_the_frames_to_come():
    _, params, _, x = started()
    stats = {"features": {}, "context": {}}
    slope = jax.grad(lambda x: jnp.sum(NET.tokens(params["encoder"], stats, x)[0][0, 5]))(x)[0, :, 0]
    heard = 10 + 5 * 2 + 5 * 2 * 5  # the samples that six frames are made of
    assert (slope[heard - 10 : heard] != 0).any() and (slope[heard:] == 0).all()


def waves(rng, together):
    """Tones whose pitch stays, or, of every 10 samples another one's, which nothing before tells."""
    pitch = rng.uniform(0.1, 2.5, (24, 1 if together else SAMPLES // 10))
    steady = np.repeat(pitch, SAMPLES // pitch.shape[1], axis=1)
    return np.sin(np.cumsum(steady, axis=1)).astype(np.float32)


@pytest.mark.long
def test_frames_in_an_order_that_tells_nothing_stay_at_chance():
    frames = 24 * (NET.frames(jnp.ones((1, SAMPLES), bool)).sum() - 3)
    method = make(nearest=3, furthest=3)
    assert fresh_accuracy(method, lambda rng: waves(rng, False), key="sound", steps=40) < 2.5 / frames
    assert fresh_accuracy(method, lambda rng: waves(rng, True), key="sound", steps=40) > 4 / frames


def test_one_direction_alone():
    with pytest.raises(ValueError, match="directions=4 of an encoder with a context of its own"):
        make(directions=4)


@pytest.mark.slow
def test_frames_carry_where_there_is_sound():
    _, params, _, x = started()
    z, there = apart(NET.parts["features"].apply(params["encoder"]["features"], {}, x)[0])
    assert z.shape == (24, 23, 8)
    expected = ((toys()["length"] - 10) // 5 + 1 - 3) // 2 + 1
    np.testing.assert_array_equal(there.sum(1), expected)
