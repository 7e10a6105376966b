"""Clips of recordings, whatever their rate, length and channels: cut out of files or of what lies in RAM."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO, NamedTuple

import jax
import numpy as np

from jssl.augment.sound.mel import log_mel, log_mel_of
from jssl.data.source import Source, Spec, drawn
from jssl.errors import DataError

BEFORE, AFTER = 0.5, 0.05
"""Seconds at either side that are decoded with a clip and cut off: more than a resampler's filter is long, and before
it enough for MP3, whose first frames after a seek lack what they take from earlier ones."""
SAMPLE, AT_ONCE = 256, 32
"""Clips whose spectrograms give a data set's mean and standard deviation."""


class Clip(NamedTuple):
    """What is cut out of every recording."""

    rate: int
    """Hz."""
    samples: int

    @property
    def spec(self) -> Spec:
        """Of one example."""
        return {"sound": jax.ShapeDtypeStruct((self.samples,), np.float32)}


def make_clip(name: str, rate: int, seconds: float) -> Clip:
    """The clip of so many seconds. Raises `DataError` for one that holds no sample."""
    if rate < 1 or round(rate * seconds) < 1:
        raise DataError(f"{name}: rate={rate} and seconds={seconds:g} hold no sample")
    return Clip(rate, round(rate * seconds))


def length(path: Path, rate: int) -> int:
    """Samples of a file at a rate, by its header and its very end.

    Raises:
        ValueError: what is wrong with the file, in one line.
        DataError: no library to read it with.
    """
    with _opened(path) as file:
        if not file.frames:
            raise ValueError("no sample in it")
        file.seek(file.frames - 1)
        if len(file.read(1)) < 1:
            raise ValueError("cut short")
        return _scaled(file.frames, file.samplerate, rate)


def read_clip(path: Path, clip: Clip, word: int | float | None) -> np.ndarray:
    """One clip of a file, float32 [samples]: zeros after its end, only what is needed decoded.

    Args:
        word: where it begins, see `jssl.data.source.drawn`; None takes the middle.

    Raises:
        ValueError, DataError: as `length`.
    """
    with _opened(path) as file:
        own, (up, down) = file.samplerate, _ratio(file.samplerate, clip.rate)
        first = _place(_scaled(file.frames, own, clip.rate), clip.samples, up, word) // up * down
        begin = max(first - math.ceil(BEFORE * own / down) * down, 0)
        sound = _mono(file, begin, first - begin + math.ceil((clip.samples / clip.rate + AFTER) * own))
    return _fitted(resample(sound, own, clip.rate)[(first - begin) // down * up :], clip.samples)


def read_whole(path: Path | BinaryIO, rate: int) -> tuple[np.ndarray, int]:
    """A whole recording at a rate, float32 [length], and how many of its samples are the least to move by.

    Raises:
        ValueError, DataError: as `length`.
    """
    with _opened(path) as file:
        if not file.frames:
            raise ValueError("no sample in it")
        own = file.samplerate
        sound = _mono(file, 0, file.frames)
    return _fitted(resample(sound, own, rate), _scaled(len(sound), own, rate)), _ratio(own, rate)[0]


def resample(sound: np.ndarray, own: int, rate: int) -> np.ndarray:
    """A sound float32 [samples] at another rate. Raises `DataError` without the library for it."""
    if own == rate:
        return sound
    try:
        import soxr
    except ImportError as error:
        raise DataError(f'sounds of another rate than {rate} Hz need soxr: pip install "jssl[sound]"') from error
    return soxr.resample(sound, own, rate)


@dataclass(frozen=True)
class Recordings:
    """The `read` of recordings that lie in RAM, one after the other."""

    sounds: np.ndarray
    ends: np.ndarray
    grids: tuple[int, ...]
    clip: Clip

    def __call__(self, rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:  # noqa: D102
        out = np.zeros((len(rows), self.clip.samples), np.float32)
        words = [None] * len(rows) if draws is None else draws.tolist()
        for target, row, word in zip(out, rows.tolist(), words, strict=True):
            begin, end = self.ends[row - 1] if row else 0, self.ends[row]
            start = begin + _place(end - begin, self.clip.samples, self.grids[row], word)
            cut = self.sounds[start : min(start + self.clip.samples, end)]
            target[: len(cut)] = cut
        return {"sound": out}


def in_ram(sounds: Sequence[np.ndarray], grids: Sequence[int], clip: Clip) -> Recordings:
    """Clips of these recordings, float32 [length] each, at starts that are multiples of their grid."""
    return Recordings(np.concatenate(sounds), np.cumsum([len(x) for x in sounds]), tuple(grids), clip)


def about(source: Source, rate: int) -> dict[str, Any]:
    """What encoders and inputs ask a source of sounds for: its rate, and mean and deviation of its spectrograms.

    Of the log-mel spectrograms that `log_mel_of(rate)` describes, of up to 256 clips, rounded so that every machine
    finds the same.
    """
    rows = np.unique(np.linspace(0, source.length - 1, min(source.length, SAMPLE)).astype(np.int64))
    parts = np.array_split(rows, -(-len(rows) // AT_ONCE))
    found = [np.asarray(log_mel(log_mel_of(rate), source.read(part)["sound"]), np.float64) for part in parts]
    values = np.concatenate([x.reshape(-1) for x in found])
    mean, std = round(float(values.mean()), 2), round(float(values.std()), 2)
    return {"rate": rate, "log_mel_mean": mean, "log_mel_std": std or 1.0}  # nothing but silence has no deviation


@contextmanager
def _opened(path: Path | BinaryIO) -> Iterator[Any]:
    """The open file; what the library finds wrong with it, then or later, is a ValueError."""
    soundfile = _library()
    if isinstance(path, Path) and not path.stat().st_size:
        raise ValueError("empty file")
    try:
        with soundfile.SoundFile(path) as file:
            yield file
    except soundfile.LibsndfileError as error:
        raise ValueError(f"not a sound, or broken: {error.error_string or 'it cannot be decoded'}") from error


def _library() -> ModuleType:
    try:
        import soundfile
    except ImportError as error:
        raise DataError('sounds need soundfile: pip install "jssl[sound]"') from error
    return soundfile


def _mono(file: Any, begin: int, count: int) -> np.ndarray:
    """A stretch of an open file, its channels' mean, float32 [at most count]."""
    expected = min(count, file.frames - begin)
    file.seek(begin)
    sound = file.read(expected, dtype="float32", always_2d=True)
    if len(sound) < expected:
        raise ValueError("cut short")
    if not np.isfinite(sound).all():
        raise ValueError("samples that are not finite numbers")
    return sound.mean(1)


def _ratio(own: int, rate: int) -> tuple[int, int]:
    """The fewest samples at `rate`, and at `own`, that last equally long: where clips may begin on both."""
    shared = math.gcd(own, rate)
    return rate // shared, own // shared


def _scaled(frames: int, own: int, rate: int) -> int:
    return max(frames * rate // own, 1)


def _place(length: int, samples: int, grid: int, word: int | float | None) -> int:
    room = int(max(length - samples, 0)) // grid
    return grid * (room // 2 if word is None else drawn(word, room + 1))


def _fitted(sound: np.ndarray, samples: int) -> np.ndarray:
    return np.pad(sound[:samples], (0, max(samples - len(sound), 0)))
