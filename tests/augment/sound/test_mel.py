import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.sound.mel import FLOOR, LogMel, log_mel, log_mel_of, mel, mel_bank

PEER = np.load(Path(__file__).parents[2] / "fixtures/log_mel.npz")
SETTINGS = [key.removesuffix("_powers") for key in PEER.files if key.endswith("_powers")]


def recorded(name: str) -> LogMel:
    options = json.loads(str(PEER[f"{name}_options"]))
    return LogMel(
        options["rate"], options["n_fft"], options["hop_length"], options["n_mels"], options["fmin"], options["fmax"],
        "htk" if options.get("htk") else "slaney", options.get("norm", "slaney") is not None,
        options.get("pad_mode", "constant"),
    )  # fmt: skip


@pytest.mark.parametrize("name", SETTINGS)
def test_powers_are_librosas_and_torchaudios(name):
    powers = PEER[f"{name}_powers"]
    ours = jax.jit(lambda x: mel(recorded(name), x))(PEER[f"{name}_sounds"].astype(np.float32))
    np.testing.assert_allclose(ours, powers, rtol=2e-3, atol=1e-6 * powers.max())
    np.testing.assert_allclose(np.log(ours + FLOOR), np.log(powers + FLOOR), atol=2e-3)


def test_a_naive_fourier_transform_gives_the_same():
    how = LogMel(1000, 8, 3, 3, 0.0, 500.0, "htk", norm=False)
    sound = np.random.default_rng(0).normal(size=10).astype(np.float32)
    padded = np.pad(sound, 4)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(8) / 8)
    powers = np.zeros((3, 4))
    for frame in range(4):
        for band in range(3):
            for k in range(5):
                wave = np.exp(-2j * np.pi * k * np.arange(8) / 8)
                total = (padded[3 * frame : 3 * frame + 8] * window * wave).sum()
                powers[band, frame] += mel_bank(how)[band, k] * abs(total) ** 2
    np.testing.assert_allclose(mel(how, jnp.asarray(sound)[None])[0], powers, rtol=1e-4)


def test_byol_as_clip_has_96_frames_of_64_bands():
    how = log_mel_of(16000)
    assert (how.n_fft, how.hop, how.mels, how.low, how.high) == (1024, 160, 64, 60.0, 7800.0)
    assert jax.eval_shape(lambda x: log_mel(how, x), jnp.zeros((2, 15200))).shape == (2, 64, 96, 1)
    assert how.frames(15200) == 96


def test_windows_keep_their_length_in_seconds_at_another_rate():
    how = log_mel_of(8000, mels=40, hop=100)
    assert (how.n_fft, how.hop, how.mels, how.high) == (512, 100, 40, 3900.0)


def test_a_tone_is_loudest_in_its_band():
    how = log_mel_of(16000)
    tone = jnp.sin(2 * jnp.pi * 1000 * jnp.arange(15200) / 16000)[None]
    band = int(log_mel(how, tone)[0, :, 48, 0].argmax())
    centre = np.average(np.linspace(0, 8000, 513), weights=mel_bank(how)[band])
    assert abs(centre - 1000) < 60


def test_silence_is_the_floor():
    assert np.allclose(log_mel(log_mel_of(8000), jnp.zeros((1, 100))), np.log(FLOOR))


@pytest.mark.parametrize(
    ("options", "message"),
    [({"scale": "bark"}, "bark"), ({"padding": "wrap"}, "wrap"), ({"high": 9000.0}, "9000"), ({"hop": 0}, "hop=0")],
)
def test_what_is_no_spectrogram_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        log_mel_of(16000, **options)
