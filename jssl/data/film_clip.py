"""A clip of a film: frames at even distances, made square, with the sound of the same stretch."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import jax
import numpy as np

from jssl.data.film_arrays import rows_beside
from jssl.data.film_index import film_index, frames_at
from jssl.data.film_sound import GRAIN, audible, film_sound
from jssl.data.source import Spec, drawn

if TYPE_CHECKING:
    from av.video.frame import VideoFrame


MASK = "mask"
"""The array beside films that is a picture of what each frame shows: it is made square as frames are."""


class Clips(NamedTuple):
    """How clips are taken from films."""

    frames: int
    """Of a clip."""
    stride: int
    """From each of its frames to the next, in frames of the film."""
    size: int
    """Side in pixels: the shorter side of the film is resized, the middle is cut out."""
    fps: float
    """Frames a second that every film is taken to have, those nearest in time; 0 takes each film's own."""
    rate: int
    """Samples a second of the sound; 0 is without."""
    heard: bool
    """Whether clips that are silent are left out, where a film has others."""
    arrays: Spec
    """Of a row of each array beside the film that clips have too, as `Source.spec`."""

    @property
    def spec(self) -> Spec:
        """As `Source.spec`."""
        spec = {"clip": jax.ShapeDtypeStruct((self.frames, self.size, self.size, 3), np.uint8)}
        if self.rate:
            spec["sound"] = jax.ShapeDtypeStruct((self.samples,), np.float32)
        for name, x in self.arrays.items():
            shape = (self.size, self.size) if name == MASK else x.shape
            spec[name] = jax.ShapeDtypeStruct((self.frames, *shape), x.dtype)
        return spec

    @property
    def samples(self) -> int:
        """Of a clip's sound: from its first frame on, as long as all its frames and those between them are shown."""
        return round(self.rate * self.frames * self.stride / self.fps)


def read_clip(path: Path, clips: Clips, draw: int | float | None) -> dict[str, np.ndarray]:
    """A clip: "clip" uint8 [frames, size, size, 3], and what is asked for: "sound" float32 [samples]; arrays [frames,
    ...] with the rows of its frames, of which "mask" is of as many pixels as they are.

    A film that is shorter than a clip is begun at its start; its last frame stays, and its sound ends in silence.

    Args:
        draw: which of the possible clips it is, see `jssl.data.source.drawn`; None is the one in the middle.

    Raises:
        ValueError, OSError: a file that cannot be read.
    """
    index = film_index(path)
    clock = index.times if clips.fps else np.arange(len(index.times), dtype=np.float64)
    step = clips.stride / clips.fps if clips.fps else clips.stride
    starts = possible_starts(clock, clips.frames * step)
    if clips.heard:
        starts = _with_sound(starts, index.times, clips, audible(path))
    first = starts[len(starts) // 2 if draw is None else drawn(draw, len(starts))]
    wanted = nearest(clock, clock[first] + step * np.arange(clips.frames))
    clip = np.empty((clips.frames, clips.size, clips.size, 3), np.uint8)
    square = _Square(clips.size, index.aspect)
    for i, frame in enumerate(frames_at(path, index, wanted)):
        clip[i] = square(frame)
    found = {"clip": clip}
    if clips.rate:
        found["sound"] = film_sound(path, index.times[first], clips.samples, clips.rate)
    if clips.arrays:
        for name, rows in rows_beside(path, tuple(clips.arrays)).items():
            if len(rows) != len(index.times):
                raise ValueError(f"{len(rows)} rows of {name} beside {len(index.times)} frames")
            found[name] = square_mask(rows[wanted], clips.size, index.aspect) if name == MASK else rows[wanted]
    return found


def possible_starts(clock: np.ndarray, length: float) -> np.ndarray:
    """Numbers of the frames at which a clip of some length can begin, int [m]: the first, if the film is too short.

    Args:
        clock: times of the frames, float64 [n], and
        length: the clip's, of one unit.
    """
    spacing = (clock[-1] - clock[0]) / max(len(clock) - 1, 1)
    last = clock[-1] + spacing - length + spacing / 4  # stamps are rounded
    return np.arange(max(1, np.searchsorted(clock, last, side="right")))


def nearest(clock: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The numbers of the frames that are shown nearest to some times, int [m]."""
    return np.searchsorted((clock[1:] + clock[:-1]) / 2, times)


def _with_sound(starts: np.ndarray, times: np.ndarray, clips: Clips, loud: np.ndarray) -> np.ndarray:
    """The starts of clips that are not silent throughout; all, if there are none."""
    counts = np.concatenate([[0], np.cumsum(loud)])
    begin, end = (
        np.clip((t / GRAIN).astype(int), 0, len(loud))
        for t in (times[starts], times[starts] + clips.samples / clips.rate)
    )
    heard = starts[counts[end] > counts[begin]]
    return heard if len(heard) else starts


def square_mask(masks: np.ndarray, size: int, aspect: float = 1.0) -> np.ndarray:
    """Masks of whole frames as their squares are cut, pixels being those nearest: [n, h, w] -> [n, size, size].

    Args:
        aspect: width of a pixel over its height.

    Raises:
        ValueError: rows that are no pictures.
    """
    if masks.ndim != 3:
        raise ValueError(f"{MASK} beside a film has rows {list(masks.shape[1:])}, and must have height and width")
    lengths, (top, left) = _square(masks.shape[1], masks.shape[2] * aspect, size)
    rows, columns = (
        ((np.arange(start, start + size) + 0.5) * there / length).astype(int)
        for start, there, length in zip((top, left), masks.shape[1:], lengths, strict=True)
    )
    return masks[:, rows][:, :, columns]


def _square(height: float, width: float, size: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Height and width whose shorter one is `size`, and where the square in the middle begins."""
    scale = size / min(height, width)
    height, width = (max(size, round(side * scale)) for side in (height, width))
    return (height, width), ((height - size) // 2, (width - size) // 2)


class _Square:
    """Frames of one film as squares uint8 [size, size, 3], upright, of square pixels."""

    def __init__(self, size: int, aspect: float) -> None:
        from av.video.reformatter import Interpolation, VideoReformatter

        self.size, self.aspect, self.how, self.scaler = size, aspect, Interpolation.AREA, VideoReformatter()

    def __call__(self, frame: "VideoFrame") -> np.ndarray:
        (height, width), (top, left) = _square(frame.height, frame.width * self.aspect, self.size)
        # One thread: several films are read at a time.
        scaled = self.scaler.reformat(frame, width, height, "rgb24", interpolation=self.how, threads=1).to_ndarray()
        square = scaled[top : top + self.size, left : left + self.size]
        return np.rot90(square, frame.rotation // 90)
