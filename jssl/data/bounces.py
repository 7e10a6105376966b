"""What is heard of digits that move: a click whenever one bounces off the border, at another pitch at the sides."""

import numpy as np

RATE, FRAME = 8000, 640
"""Hz, and samples of a frame: 12.5 frames a second."""
GRAIN = 8
"""Samples to which it is known when a digit bounces."""
PITCHES = 1600.0, 700.0
"""Hz, of what bounces off the top or the bottom, and off a side."""
LASTS, FADES = 480, 120
"""Samples of a click, and after how many of them it has 1/e of its loudness."""


def clicks(ways: np.ndarray, room: float) -> np.ndarray:
    """Sounds of clips, float32 [n, frames * FRAME]: clicks wherever a way crosses a multiple of `room`.

    Args:
        ways: float [n, moments, 2]: rows and columns of digits that have been let go straight on, see `moments`.
        room: between the borders, in the same unit.
    """
    sounds = np.zeros((len(ways), GRAIN * ways.shape[1]), np.float32)
    rooms = np.floor(ways / room)
    for axis, click in enumerate(_clicks()):
        example, moment = np.nonzero(np.diff(rooms[..., axis], axis=1))
        for i, begin in zip(example, GRAIN * (moment + 1), strict=True):
            heard = sounds[i, begin : begin + LASTS]
            heard += click[: len(heard)]
    return np.clip(sounds, -1, 1)


def moments(frames: int) -> np.ndarray:
    """When each GRAIN of a clip is, in frames from its middle, float [frames * FRAME / GRAIN].

    Frames last, and are drawn where a digit is half-way through.
    """
    return (np.arange(frames * FRAME // GRAIN) + 0.5) * GRAIN / FRAME - frames / 2


def _clicks() -> tuple[np.ndarray, ...]:
    times = np.arange(LASTS)
    return tuple(
        (0.7 * np.exp(-times / FADES) * np.sin(2 * np.pi * pitch / RATE * times)).astype(np.float32)
        for pitch in PITCHES
    )
