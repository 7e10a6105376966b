import jax
import jax.numpy as jnp
import numpy as np
import pytest
import soundfile

from jssl.data.source import Facts, from_arrays
from jssl.inputs.sound import match_samples, mean_log_mel, picture, sound

RATE, SAMPLES = 4000, 1900
FACTS = Facts(
    10,
    {"sound": jax.ShapeDtypeStruct((SAMPLES,), np.float32)},
    about={"rate": RATE, "log_mel_mean": -6.0, "log_mel_std": 3.0},
)


def made(**options):
    return sound(FACTS, recipe="byol_a", mels=16, **options)


def tones(*hertz, samples=SAMPLES):
    return (0.5 * np.sin(2 * np.pi * np.array(hertz)[:, None] * np.arange(samples)[None] / RATE)).astype(np.float32)


@pytest.mark.slow
def test_untouched_sounds_become_normalised_spectrograms():
    x = made().prepare({"sound": jnp.asarray(tones(200, 800))})
    assert x.shape == (2, 16, 48, 1) and x.dtype == jnp.float32
    other = made(mean=-5.0, std=1.5).prepare({"sound": jnp.asarray(tones(200, 800))})
    np.testing.assert_allclose(other * 1.5 - 5, x * 3 - 6, atol=1e-4)


@pytest.mark.slow
def test_views_are_mixed_with_the_past_that_a_batch_brings():
    batch = {"sound": jnp.asarray(tones(200, 800))}
    past = {"sound": jnp.asarray(np.stack([tones(300, 500), tones(900, 1500)], axis=1))}
    input, keys = made(crop=None), jax.random.split(jax.random.key(0), 2)
    plain, mixed = input.views(keys, batch), input.views(keys, {**batch, "past": past})
    assert input.past == 2048 and input.count == len(plain) == 2
    np.testing.assert_allclose(plain[0], input.prepare(batch), atol=1e-5)
    assert all(np.abs(a - b).max() > 0.1 for a, b in zip(plain, mixed, strict=True))
    assert len(input.views(keys, batch, 1)) == 1
    assert sound(FACTS, recipe="masked", mels=16).past == 0


@pytest.mark.slow
def test_other_lengths_are_matched_by_their_middle_or_by_silence():
    x = jnp.arange(6.0)[None]

    def matched(samples: int, **length: jax.Array) -> tuple[list, int]:
        found = match_samples({"sound": x, **length}, samples)
        return found["sound"].tolist()[0], int(found["length"][0])

    assert matched(4) == ([1, 2, 3, 4], 4)
    assert matched(8) == ([0, 1, 2, 3, 4, 5, 0, 0], 6)
    assert matched(6) == (list(range(6)), 6)
    assert matched(4, length=jnp.array([4])) == ([1, 2, 3, 4], 3)
    assert matched(8, length=jnp.array([4])) == ([0, 1, 2, 3, 4, 5, 0, 0], 4)


def test_a_users_own_arrays():
    input = made()
    floats, ints = tones(200, 300), (tones(200, 300) * 32768).astype(np.int16)
    for given in (floats, floats.astype(np.float64), ints, list(floats)):
        source = input.own(given)
        assert source.length == 2
        np.testing.assert_allclose(source.read(np.arange(2))["sound"], floats, atol=1e-4)
    uneven = input.own([floats[0], np.pad(floats[0], (100, 100)), floats[0][:100]]).read(np.arange(3))["sound"]
    np.testing.assert_array_equal(uneven[0], uneven[1])
    assert uneven.shape == (3, SAMPLES) and not uneven[2, 100:].any()


def test_a_users_own_files(tmp_path):
    soundfile.write(tmp_path / "a.wav", tones(200)[0], RATE)
    soundfile.write(tmp_path / "b.flac", tones(200, 200).T, RATE)
    (tmp_path / "c.wav").write_text("Dear diary")
    input = made()
    source = input.own([tmp_path / "a.wav", str(tmp_path / "b.flac")])
    np.testing.assert_allclose(source.read(np.arange(2))["sound"], tones(200, 200), atol=1e-4)
    assert input.own(str(tmp_path / "a.wav")).length == 1
    with pytest.raises(ValueError, match=r"c\.wav: not a sound"):
        input.own([tmp_path / "c.wav"]).read(np.array([0]))
    with pytest.raises(ValueError, match="No such file"):
        input.own([tmp_path / "d.wav"]).read(np.array([0]))


@pytest.mark.parametrize("given", [3, [], np.zeros((2, 3, 4), np.float32), np.zeros((2, 9), np.uint8), [[]]])
def test_what_is_no_sound_is_refused(given):
    with pytest.raises(ValueError, match="sound"):
        made().own(given)


@pytest.mark.slow
def test_the_baseline_is_mean_and_deviation_over_time():
    input, x = made(), tones(200, 800, 1500)
    features = mean_log_mel(input.recipe, from_arrays("tones", sound=x), batch_size=2)
    spectrograms = np.asarray(input.prepare({"sound": jnp.asarray(x)}))[..., 0]
    np.testing.assert_allclose(features, np.concatenate([spectrograms.mean(2), spectrograms.std(2)], 1), atol=1e-5)
    assert input.baselines[0][0] == "mean log-mel"


def test_pictures_are_bright_at_the_bottom_for_low_tones():
    low, high = made().figure({"sound": tones(100, 1800)}).astype(int).sum(-1)
    assert low.shape == (16, 48)
    assert low[-3:].mean() > 2 * low[:3].mean() and high[:3].mean() > 2 * high[-3:].mean()
    scale = picture(np.linspace(-3, 4, 50).reshape(1, 1, 50, 1))
    assert scale.dtype == np.uint8 and scale[0, 0, 0].tolist() == [0, 0, 4]
    assert np.all(np.diff(scale[0, 0].astype(int) @ [299, 587, 114]) >= 0)


@pytest.mark.slow
def test_two_perturbed_batches_for_the_monitors():
    batch = {"sound": jnp.asarray(tones(200, 800)), "index": jnp.arange(2)}
    a, b = made().perturb(jax.random.split(jax.random.key(0), 2), batch)
    assert a["sound"].shape == b["sound"].shape == (2, SAMPLES)
    assert np.abs(a["sound"] - b["sound"]).mean() > 1e-3 and a["index"] is batch["index"]


@pytest.mark.slow
def test_sounds_of_unknown_rate_and_silent_data_are_refused():
    with pytest.raises(ValueError, match="rate"):
        sound(FACTS._replace(about={}), recipe="byol_a")
    with pytest.raises(ValueError, match="std=0"):
        made(std=0.0)
