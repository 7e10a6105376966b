"""Log-mel spectrograms, equal to librosa's (and, with HTK's scale and reflection, to torchaudio's)."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jssl.ranges import Count, NotNegative, Positive, check

WINDOW, HOP, LOW, HIGH = 0.064, 0.01, 60.0, 7800.0
"""Seconds and Hz of BYOL-A (arXiv:2103.06695)."""
FLOOR = float(np.finfo(np.float32).eps)
"""Added to the power, so that silence has a logarithm."""


class LogMel(NamedTuple):
    """How a log-mel spectrogram is made: powers under a periodic Hann window, summed in triangles over frequency."""

    rate: Count
    """Of the sound, Hz."""
    n_fft: Count
    """Samples of a window, and of its Fourier transform."""
    hop: Count
    """Samples from one frame to the next."""
    mels: Count
    low: NotNegative
    """Lower edge of the first triangle, Hz."""
    high: Positive
    """Upper edge of the last."""
    scale: str = "slaney"
    """Of frequency: "slaney", linear to 1 kHz (librosa's default), or "htk" (torchaudio's)."""
    norm: bool = True
    """Whether the triangles have equal areas, as in librosa; else equal heights, as in torchaudio."""
    padding: str = "constant"
    """What lies beyond the ends, where the first and last windows reach: "constant", zeros, or "reflect"."""

    def frames(self, samples: int) -> int:
        """How many frames so many samples make: one at each hop, the first centred at the first sample."""
        return 1 + samples // self.hop


def log_mel_of(rate: int, *, mels: int = 64, **changes: float) -> LogMel:
    """BYOL-A's spectrogram at any rate: windows of 64 ms every 10 ms, 60 to 7800 Hz or just below half the rate.

    At 16 kHz: 1024 samples every 160, and .95 s are 96 frames.

    Args:
        rate: of the sound, Hz.
        mels: bands.
        changes: other fields of `LogMel`.

    Raises:
        ValueError: an unknown scale or padding; edges that are no band of frequencies below half the rate.
    """
    check(LogMel, {"mels": mels, **changes})
    high = min(HIGH, rate / 2 * HIGH / 8000)
    found = LogMel(rate, round(rate * WINDOW), round(rate * HOP), mels, LOW, high)._replace(**changes)
    if found.scale not in ("slaney", "htk"):
        raise ValueError(f'scale={found.scale!r} is neither "slaney" nor "htk"')
    if found.padding not in ("constant", "reflect"):
        raise ValueError(f'padding={found.padding!r} is neither "constant" nor "reflect"')
    if not 0 <= found.low < found.high <= rate / 2:
        raise ValueError(f"low={found.low} and high={found.high} are no band of a sound at {rate} Hz")
    return found


@lru_cache
def mel_bank(how: LogMel) -> np.ndarray:
    """The triangles, float32 [mels, n_fft // 2 + 1]."""
    to, back = _HTK if how.scale == "htk" else _SLANEY
    edges = back(np.linspace(to(np.float64(how.low)), to(np.float64(how.high)), how.mels + 2))
    frequencies = np.fft.rfftfreq(how.n_fft, 1 / how.rate)[None]
    lower, centre, upper = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    bank = np.minimum((frequencies - lower) / (centre - lower), (upper - frequencies) / (upper - centre))
    bank = np.maximum(bank, 0) * (2 / (upper - lower) if how.norm else 1)
    bank.flags.writeable = False
    return bank.astype(np.float32)


def mel(how: LogMel, sounds: jax.Array) -> jax.Array:
    """Powers float32 [n, mels, frames] of sounds float32 [n, samples]."""
    half = how.n_fft // 2
    padded = jnp.pad(sounds, ((0, 0), (half, half)), mode=how.padding)
    starts = np.arange(how.frames(sounds.shape[1])) * how.hop
    window = np.hanning(how.n_fft + 1)[:-1].astype(np.float32)
    frames = padded[:, starts[:, None] + np.arange(how.n_fft)[None]] * window[None, None]
    spectrum = jnp.fft.rfft(frames)
    power = spectrum.real**2 + spectrum.imag**2
    return jnp.einsum("ntf,mf->nmt", power, mel_bank(how), precision="highest")


def log_mel(how: LogMel, sounds: jax.Array) -> jax.Array:
    """Natural logarithms of these powers, above a floor of 1.2e-7: float32 [n, mels, frames, 1], a picture each."""
    return jnp.log(mel(how, sounds) + FLOOR)[..., None]


def _slaney(frequency: np.ndarray) -> np.ndarray:
    above = 15 + np.log(np.maximum(frequency, 1e-9) / 1000) / (np.log(6.4) / 27)
    return np.where(frequency < 1000, frequency * 3 / 200, above)


def _from_slaney(mel: np.ndarray) -> np.ndarray:
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * (np.log(6.4) / 27)))


Scale = tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray]]
_SLANEY: Scale = (_slaney, _from_slaney)
_HTK: Scale = (lambda f: 2595 * np.log10(1 + f / 700), lambda m: 700 * (10 ** (m / 2595) - 1))
"""From Hz to the scale, and back."""
