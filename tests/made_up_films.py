"""Films that tests make up."""

from pathlib import Path

import numpy as np

from jssl.data.film_write import write_film


def numbered(frames: int, height: int = 32, width: int = 48, seed: int = 0):
    """Frames of a picture that moves sideways, with the frame's number in the brightness of the upper half."""
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    for i in range(frames):
        frame = np.roll(picture, 2 * i, axis=1)
        frame[: height // 2] = number_to_grey(i)
        yield frame


def number_to_grey(number: int) -> int:
    """Below 60: colour is kept in fewer levels than 256."""
    return 4 * number + 8


def numbers_of(clip: np.ndarray) -> list[int]:
    """The numbers of the frames of a clip, uint8 [t, h, w, 3]."""
    height = clip.shape[1] // 4
    return np.round((clip[:, :height].mean((1, 2, 3)) - 8) / 4).astype(int).tolist()


def noise(seconds: float, rate: int, seed: int = 0) -> np.ndarray:
    """A loud sound without a pitch, float32 [samples]."""
    return np.random.default_rng(seed).uniform(-0.5, 0.5, round(seconds * rate)).astype(np.float32)


def write_numbered(path: Path, frames: int = 50, fps: int = 25, **options) -> None:
    """A film of `numbered` frames."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_film(path, numbered(frames, seed=sum(path.name.encode())), fps, **options)
