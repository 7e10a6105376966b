"""The sound track of a film: any stretch of it, and where it is not silent."""

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jssl.data.film_index import decoded, library

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

AUDIBLE = 1e-3
"""Amplitude, of a full scale of 1, below which a sound is taken for silence (-60 dB)."""
GRAIN = 0.1
"""Seconds, of each of which it is kept whether it is silent."""
EARLIER = 0.5
"""Seconds before a stretch from which on its sound is decoded: a codec's first packet after a seek lacks its half."""
MARGIN = 0.05
"""Seconds at either side that are resampled with it and cut off."""
GAP = 0.02
"""Seconds by which a packet's stamp may be off the end of the last, without there being a gap: stamps are rounded."""


def film_sound(path: Path, start: float, samples: int, rate: int) -> np.ndarray:
    """A stretch of a film's sound track, its channels' mean, float32 [samples]; zeros where there is none.

    Args:
        path: of the film.
        start: second of the film's clock, see `Index.times`.
        samples: how many, at `rate`.
        rate: samples a second.

    Raises:
        ValueError, OSError: no sound track, or not to be read.
    """
    with library().open(path) as container:
        stream = _sound_track(container)
        own, origin = stream.rate, start - MARGIN
        heard = np.zeros(round((samples / rate + 2 * MARGIN) * own), np.float32)
        if origin > EARLIER:
            container.seek(int((origin - EARLIER) / stream.time_base), stream=stream)
        for place, sound in _placed(container, stream):
            begin = place - round(origin * own)
            if begin >= len(heard):
                break
            sound = sound[max(-begin, 0) :][: len(heard) - max(begin, 0)]
            heard[max(begin, 0) :][: len(sound)] = sound
    skip = round(MARGIN * rate)
    return _resampled(heard, own, rate, skip + samples)[skip:]


def audible(path: Path) -> np.ndarray:
    """Whether each tenth of a second of a film's sound track is louder than silence, up to the last that is, bool [n].

    It is kept for when the film is read again.

    Raises:
        ValueError, OSError: as `film_sound`.
    """
    status = path.stat()
    return _kept(os.fspath(path), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=1 << 14)
def _kept(path: str, changed: int, size: int) -> np.ndarray:
    del changed, size  # they tell an older film of that name
    with library().open(path) as container:
        stream = _sound_track(container)
        grain = GRAIN * stream.rate
        loud = [
            np.unique((place + np.flatnonzero(np.abs(sound) > AUDIBLE)) // grain)
            for place, sound in _placed(container, stream)
        ]
    numbers = np.concatenate([np.zeros(0), *loud]).astype(np.int64)
    found = np.zeros(max(numbers.max(initial=-1) + 1, 0), bool)
    found[numbers[numbers >= 0]] = True
    return found


def _sound_track(container: "InputContainer") -> "AudioStream":
    if not container.streams.audio:
        raise ValueError("no sound track")
    stream = container.streams.audio[0]
    stream.codec_context.thread_count = 1
    return stream


def _placed(container: "InputContainer", stream: "AudioStream") -> Iterator[tuple[int, np.ndarray]]:
    """Pieces of the track from where the file stands, one channel, each with the number of its first sample."""
    plain, expected = library().AudioResampler(format="fltp"), None
    for frame in decoded(container, stream):
        stamped = expected if frame.pts is None else round(frame.pts * frame.time_base * stream.rate)
        place = stamped or 0
        if expected is not None and abs(place - expected) < GAP * stream.rate:
            place = expected
        sound = np.concatenate([part.to_ndarray() for part in plain.resample(frame)], axis=1).mean(0)
        expected = place + len(sound)
        yield place, sound


def _resampled(sound: np.ndarray, own: int, rate: int, samples: int) -> np.ndarray:
    """At another rate, float32 [samples]; FFmpeg's resampler delays nothing."""
    av = library()
    frame = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
    frame.sample_rate = own
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=rate)
    parts = [part.to_ndarray()[0] for given in (frame, None) for part in resampler.resample(given)]
    out = np.concatenate(parts)[:samples]
    return np.pad(out, (0, samples - len(out)))
