"""Sounds as waves."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.data.source import Facts
from jssl.inputs.sound import options_of, sound

RATE, SAMPLES = 4000, 800
FACTS = Facts(
    10,
    {"sound": jax.ShapeDtypeStruct((SAMPLES,), np.float32), "length": jax.ShapeDtypeStruct((), np.int32)},
    about={"rate": RATE, "log_mel_mean": -6.0, "log_mel_std": 3.0},
)


def batch(rng, length=(800, 500)):
    return {"sound": jnp.float32(2 + 0.1 * rng.normal(size=(2, SAMPLES))), "length": jnp.array(length)}


@pytest.mark.slow
def test_a_wave_has_mean_0_and_variance_1_as_far_as_it_goes(rng):
    x = sound(FACTS, recipe="wave").prepare(given := batch(rng))
    assert x.shape == (2, SAMPLES, 2)
    np.testing.assert_array_equal(x[..., 1].sum(1), [800, 500])
    assert not x[1, 500:].any()
    for row, length in enumerate((800, 500)):
        own = np.asarray(given["sound"])[row, :length]
        np.testing.assert_allclose(x[row, :length, 0], (own - own.mean()) / own.std(), atol=1e-3)
    whole = sound(FACTS, recipe="wave").prepare({"sound": given["sound"]})
    assert whole[..., 1].all()  # arrays that say nothing of their length are full
    silent = sound(FACTS, recipe="wave").prepare({"sound": jnp.zeros((1, SAMPLES)), "length": jnp.array([0])})
    assert not silent.any()


@pytest.mark.slow
def test_noisy_views_are_two_and_end_where_the_sound_does(rng):
    input = sound(FACTS, recipe="noisy_waves", noise=(5.0, 5.0))
    views = input.views(jax.random.split(jax.random.key(0), 2), batch(rng))
    assert input.count == len(views) == 2 and input.past == 0
    assert np.abs(views[0] - views[1])[..., 0].max() > 0.1
    assert all(not view[1, 500:].any() for view in views)
    assert len(input.views(jax.random.split(jax.random.key(0), 2), batch(rng), 1)) == 1


@pytest.mark.slow
def test_waves_are_looked_at_as_spectrograms_and_own_sounds_say_how_long_they_are(rng):
    input = sound(FACTS, recipe="wave")
    assert input.look(input.prepare(batch(rng))).shape[::3] == (2, 3)
    assert input.figure(batch(rng)).dtype == np.uint8
    own = input.own([rng.normal(size=300).astype(np.float32), rng.normal(size=900).astype(np.float32)])
    np.testing.assert_array_equal(own.read(np.arange(2))["length"], [300, 800])
    np.testing.assert_array_equal(input.plain(None, batch(rng, (9, 9)))[..., 1].sum(1), [9, 9])


def test_what_is_of_spectrograms_is_refused():
    with pytest.raises(ValueError, match=r"does not take \['crop'\]"):
        sound(FACTS, recipe="wave", crop=(0.5, 1.0))
    assert set(options_of("wave")) == {"gain", "noise"}
