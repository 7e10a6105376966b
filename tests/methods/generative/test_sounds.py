"""Restoration's and super-resolution's oracles."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.sound.spoil import KINDS, fewer, more
from jssl.inputs.sound import sound
from jssl.losses.sound import si_sdr, snr
from jssl.methods.generative.restoration import restoration
from jssl.methods.generative.sound_super_resolution import sound_super_resolution
from jssl.nets.wave_unet import wave_unet
from tests.methods.senses.sound import SENSE as SPECTROGRAMS
from tests.methods.senses.wave import FACTS, SAMPLES, toys
from tests.methods.toys import flat, run

METHODS = (restoration, sound_super_resolution)
WAVES = sound(FACTS, recipe="wave")


def make(factory, net=None, input=WAVES, **options):
    return factory(net or wave_unet((4, 8), kernel=5), input, **options)


def start(method):
    params, extra = jax.jit(method.init)(jax.random.key(0), toys())
    return params, extra, jax.jit(method.views)(jax.random.split(jax.random.key(1), 24), toys())


@cache
def started(factory):
    """A method, its parameters, extra state and the views of a batch: compiled once for all tests."""
    method = make(factory)
    return method, *start(method)


def loss_of(method, params, extra, views):
    return run(method.loss, params, extra, views, jax.random.key(2), jnp.int32(0))


@pytest.mark.slow
def test_at_first_nothing_is_mended_and_nothing_gained():
    method, params, extra, (waves, kinds) = started(restoration)
    value, (_, metrics) = loss_of(method, params, extra, (waves, kinds))
    expected = (np.hypot(waves.spoilt - waves.truth, 0.01) - 0.01)[np.asarray(waves.there)].mean()
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    gained = {name: x for name, x in metrics.items() if name.startswith("si_sdr_gained")}
    assert len(gained) == len(KINDS)
    np.testing.assert_allclose(list(gained.values()), 0, atol=1e-3)


@pytest.mark.slow
def test_at_first_super_resolution_is_the_spline():
    method, params, extra, waves = started(sound_super_resolution)
    _, (_, metrics) = loss_of(method, params, extra, waves)
    np.testing.assert_allclose(metrics["snr"], metrics["spline_snr"], rtol=1e-5)
    np.testing.assert_allclose(metrics["lsd"], metrics["spline_lsd"], rtol=1e-4)
    there = np.asarray(waves.there[0])
    spline = np.where(there, more(fewer(waves.truth[0], 4), 4), 0)
    np.testing.assert_allclose(waves.spoilt[0], spline, atol=1e-5)
    np.testing.assert_allclose(metrics["snr"], snr(waves.spoilt, waves.truth).mean(), rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("factory", METHODS)
def test_what_comes_after_a_recording_has_no_effect(factory):
    method, params, extra, _ = started(factory)
    params = jax.tree.map(lambda x: x + 0.1, params)
    batch = toys()
    ended = jnp.arange(SAMPLES)[None] >= batch["length"][:, None]
    junk = {**batch, "sound": jnp.where(ended, 7.0, batch["sound"])}
    embed = jax.jit(method.embed)
    np.testing.assert_array_equal(embed(params, extra, junk), embed(params, extra, batch))


@pytest.mark.slow
def test_an_encoding_does_not_depend_on_how_long_the_silence_is():
    net, batch = wave_unet((4, 8), kernel=5), toys()
    x = WAVES.prepare(batch)
    own = jax.jit(net.init)(jax.random.key(0), x)
    own = jax.tree.map(lambda x: x + 0.1, own)
    mend = jax.jit(net.parts["mended"].apply)
    length = int(batch["length"][1])
    np.testing.assert_allclose(jax.jit(net.apply)(*own, x[1:2, :length])[0], net.apply(*own, x[1:2])[0], atol=2e-6)
    np.testing.assert_allclose(mend(*own, x[1:2, :length])[0], mend(*own, x[1:2])[0][:, :length], atol=2e-6)


@pytest.mark.slow
@pytest.mark.parametrize("factory", METHODS)
def test_shows_sounds_before_and_after(factory):
    method, params, extra, _ = started(factory)
    exhibit = method.show(params, extra, jax.random.split(jax.random.key(0), 24), toys())
    before, after, truth = exhibit.columns
    for column in exhibit.columns:
        assert column.sounds.shape == (8, SAMPLES) and column.rate == 1000 and len(column.figures) == 8
        assert column.figures.dtype == np.uint8
    np.testing.assert_allclose(before.sounds, after.sounds, atol=1e-5)  # as nothing is learnt yet
    np.testing.assert_allclose(np.abs(truth.sounds).max(1), 0.9, rtol=1e-4)
    assert len(before.captions) == 8 and "dB" in exhibit.lead


@pytest.mark.long
def test_more_is_gained_after_some_steps():
    """Of one batch of noisy sounds, by the conformance suite's optimiser."""
    params, extra, (waves, _) = start(method := make(restoration, noise=(0.0, 0.0)))
    kinds = jnp.zeros(24, jnp.int32)
    step = jax.jit(jax.grad(lambda p: run(method.loss, p, extra, (waves, kinds), jax.random.key(0), jnp.int32(0))[0]))
    for _ in range(80):
        params = jax.tree.map(lambda p, g: p - 0.3 * g, params, step(params))
    mended = wave_unet((4, 8), kernel=5).parts["mended"].apply(params["encoder"], {}, waves.x)[0]
    gained = si_sdr(mended, waves.truth, waves.there) - si_sdr(waves.spoilt, waves.truth, waves.there)
    assert gained.mean() > 0.1


@pytest.mark.parametrize("factory", METHODS)
def test_what_cannot_work_is_refused(factory):
    with pytest.raises(ValueError, match="must mend waves"):
        make(factory, flat())
    with pytest.raises(ValueError, match="is of waves"):
        make(factory, input=SPECTROGRAMS.inputs()["sound"])
    with pytest.raises(ValueError, match="do not halve"):
        start(make(factory, wave_unet((4, 4, 4, 4, 4), kernel=5)))


def test_factors_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="at least 2"):
        make(sound_super_resolution, factor=1)
    with pytest.raises(ValueError, match="does not divide"):
        start(make(sound_super_resolution, factor=7))
