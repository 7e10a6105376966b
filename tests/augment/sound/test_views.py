from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.sound import spectrogram, wave
from jssl.augment.sound.recipe import make_sound_recipe
from jssl.augment.sound.views import draw_sound_views, perturbed, prepare

RATE, SAMPLES = 4000, 1900
STATISTICS = {"rate": RATE, "mean": -6.0, "std": 3.0, "mels": 16}


def recipe(name="byol_a", **options):
    return make_sound_recipe(name, **STATISTICS, **options)


def sounds(n=6, seed=0):
    rng = np.random.default_rng(seed)
    time = np.arange(SAMPLES) / RATE
    tones = np.sin(2 * np.pi * rng.uniform(100, 1500, (n, 1)) * time[None])
    return jnp.asarray(tones + 0.1 * rng.normal(size=(n, SAMPLES)), jnp.float32)


def keys(n=6, seed=1):
    return jax.random.split(jax.random.key(seed), n)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.4])
def test_mixup_of_constants(share):
    a, b = 1.5, -0.7
    mixed = spectrogram.mix(jnp.full((4, 5, 1), a), jnp.full((4, 5, 1), b), jnp.float32(share))
    np.testing.assert_allclose(mixed, np.log((1 - share) * np.exp(a) + share * np.exp(b)), rtol=1e-5)


@pytest.mark.slow
def test_a_crop_of_the_whole_is_the_identity():
    x = jax.random.normal(jax.random.key(0), (16, 24, 1))
    np.testing.assert_allclose(spectrogram.resized_crop(x, 0.0, 0.0, 16.0, 24.0), x, atol=1e-6)


def naive_cubic(line, start, length):
    """Out of a rectangle of a line that is 0 beyond its ends, corner to corner, its border repeated."""
    inside = [line[i] if 0 <= i < len(line) else 0.0 for i in range(start, start + length)]
    out = []
    for i in range(len(line)):
        place = i * (length - 1) / (len(line) - 1)
        whole, total = int(np.floor(place)), 0.0
        for tap in range(whole - 1, whole + 3):
            d, a = abs(place - tap), -0.75
            weight = (a + 2) * d**3 - (a + 3) * d**2 + 1 if d <= 1 else a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a
            total += weight * inside[min(max(tap, 0), length - 1)]
        out.append(total)
    return np.array(out)


@pytest.mark.parametrize(("start", "length"), [(2, 7), (-3, 14), (-4, 18), (5, 1)])
def test_a_crop_is_what_a_naive_one_gives(start, length):
    x = np.random.default_rng(0).normal(size=(3, 12)).astype(np.float32)
    ours = spectrogram.resized_crop(jnp.asarray(x)[..., None], 0.0, float(start), 3.0, float(length))[..., 0]
    np.testing.assert_allclose(ours, [naive_cubic(line, start, length) for line in x], atol=1e-5)


@pytest.mark.slow
def test_crops_are_pytorchs():
    peer = np.load(Path(__file__).parents[2] / "fixtures/sound_crop.npz")
    x = jnp.asarray(peer["x"])[..., None]
    for box, crop in zip(peer["boxes"].astype(np.float32), peer["crops"], strict=True):
        np.testing.assert_allclose(spectrogram.resized_crop(x, *box)[..., 0], crop, atol=2e-5)


def test_a_fader_is_a_line_and_a_mask_a_stripe():
    x = jnp.ones((3, 5, 1))
    np.testing.assert_allclose(spectrogram.fade(x, -1.0, 1.0)[0, :, 0], [0, 0.5, 1, 1.5, 2])
    assert spectrogram.mask(x, 1, 2, axis=0)[:, 0, 0].tolist() == [1, 0, 0]
    assert spectrogram.mask(x, 1, 2, axis=1)[0, :, 0].tolist() == [1, 0, 0, 1, 1]


def test_waves_gain_shift_and_noise():
    x = jnp.asarray([1.0, 0, 0, 0])
    np.testing.assert_allclose(wave.gain(x, 20.0), [10, 0, 0, 0], rtol=1e-6)
    assert wave.shift(x, 3).tolist() == [0, 0, 0, 1]
    noise = jnp.asarray([1.0, -1, 1, -1])
    added = wave.add_noise(x, noise, 20.0) - x
    np.testing.assert_allclose(jnp.mean(added**2), jnp.mean(x**2) / 100, rtol=1e-5)
    assert not np.any(wave.add_noise(jnp.zeros(4), noise, 0.0))


@pytest.mark.slow
def test_a_recipe_of_nothing_is_the_spectrogram():
    plain = recipe(mix=0.0, crop=None)
    assert plain.past == 0
    for view in draw_sound_views(plain, keys(), sounds()):
        np.testing.assert_allclose(view, prepare(plain, sounds()), atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["byol_a", "byol_a_v2", "masked", "multi_crop"])
def test_views_differ_by_key_and_view_and_by_nothing_else(name):
    made = recipe(name)
    past = jnp.stack([sounds(seed=2), sounds(seed=3)], axis=1) if made.past else None
    draw = jax.jit(lambda k, x, p: draw_sound_views(made, k, x, p))
    views = draw(keys(), sounds(), past)
    frames = [round(view.length * 48) for view in made.views]
    assert [view.shape for view in views] == [(6, 16, frame, 1) for frame in frames]
    assert all(np.isfinite(view).all() for view in views)
    assert np.abs(views[0] - views[1]).mean() > 0.05
    assert np.abs(draw(keys(seed=2), sounds(), past)[0] - views[0]).mean() > 0.05
    flipped = draw(keys()[::-1], sounds()[::-1], past if past is None else past[::-1])
    np.testing.assert_allclose(flipped[0][::-1], views[0], atol=1e-4)


@pytest.mark.slow
def test_each_view_has_a_background_of_its_own():
    made = recipe(crop=None)
    past = jnp.stack([sounds(seed=2), jnp.zeros((6, SAMPLES))], axis=1)
    first, second = draw_sound_views(made, keys(), sounds(), past)
    plain = prepare(made, sounds())
    assert np.all(second <= plain + 1e-5)  # silence only takes power away
    assert np.mean(first > plain + 1e-3) > 0.2
    assert np.all(plain - second < -np.log(1 - 0.4) + 1e-5)  # and at most the largest share


@pytest.mark.slow
def test_perturbed_sounds_stay_alike():
    x = sounds()
    moved = perturbed(keys(), x)
    assert moved.shape == x.shape and np.abs(moved - x).mean() > 1e-3


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [("nonsense", {}, "byol_a"), ("byol_a", {"jitter": 1}, "jitter"), ("byol_a", {"scale": "bark"}, "bark")],
)
def test_unknown_names_and_options_are_refused(name, options, message):
    with pytest.raises(ValueError, match=message):
        recipe(name, **options)
    with pytest.raises(ValueError, match="std=0"):
        make_sound_recipe("byol_a", rate=RATE, mean=0.0, std=0.0)
