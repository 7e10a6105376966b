"""Clips of hand-written digits that move: MNIST's 5,000, each on its way across a black square."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import jax
import numpy as np

from jssl.data.bounces import FRAME, RATE, clicks, moments
from jssl.data.recordings import about, make_clip
from jssl.data.source import Labels, Source, parse_split, part
from jssl.errors import DataError
from jssl.ranges import Below1, Count, NotNegative

DIRECTIONS = ("right", "down right", "down", "down left", "left", "up left", "up", "up right")
DEFAULT_SIZE = 32
STREAMS = {"train": 0, "test": 1}
"""A split's random words, the same for ever."""
APART = 1009
"""From a clip's own digit to the next that is with it, and so on, in rows."""
VISIBLE = 64
"""Of 255: the light from which on a pixel belongs to a digit."""
COLOURS = np.array(
    [[226, 149, 172], [223, 155, 131], [191, 169, 113], [144, 181, 129], [93, 187, 170], [77, 184, 211],
     [132, 174, 229], [193, 158, 212]], np.uint8,
)  # fmt: skip
"""Of the same lightness in Lab, 70, and as far from grey as each other, 32: a grey picture does not tell them apart."""


@dataclass(frozen=True)
class _Moving:
    """The `read`: frames are drawn as they are asked for, a thousand clips taking less room than a hundred films."""

    digits: np.ndarray
    """uint8 [length, side, side]."""
    corners: np.ndarray
    """int16 [length, frames, 2]: row and column of the digit's upper left pixel."""
    size: int
    count: int
    """Of digits in a clip."""
    coloured: bool
    masks: bool
    heard: Callable[[np.ndarray], np.ndarray] | None
    """Sounds of clips by their rows."""

    def __call__(self, rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:
        del draws
        side, shape = self.digits.shape[1], (len(rows), self.corners.shape[1], self.size, self.size)
        light, mask = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
        clips = np.zeros((*shape, 3 if self.coloured else 1), np.uint8)
        for i in range(self.count):
            for j, row in enumerate((rows + i * APART) % len(self.digits)):
                digit, colour = self.digits[row], COLOURS[row % len(COLOURS)] / 255 if self.coloured else 1.0
                for frame, (top, left) in enumerate(self.corners[row]):
                    at = (j, frame, slice(top, top + side), slice(left, left + side))
                    over = digit > light[at]
                    light[at][over] = digit[over]
                    mask[at][over] = np.where(digit[over] >= VISIBLE, i + 1, 0)
                    clips[at][over] = np.round(digit[over][:, None] * colour)
        found = {"clip": clips, **({"mask": mask} if self.masks else {})}
        if self.heard:
            sounds = sum(self.heard((rows + i * APART) % len(self.digits)) for i in range(self.count))
            found |= {"sound": np.clip(sounds, -1, 1), "length": np.full(len(rows), sounds.shape[1], np.int32)}
        return found


def open_moving_digits(
    split: str, size: int | None, data_dir: Path, manual_dir: str | os.PathLike | None, route: str,
    *, frames: Count = 12, speed: NotNegative = 1.5, damping: Below1 = 0.0, digits: Count = 1, coloured: bool = False,
    arrays: Sequence[str] = (), sound: bool = False,
) -> Source:  # fmt: skip
    """Clips uint8 [frames, size, size, 1] of one digit each, that moves in a straight line and bounces off the border.

    Its targets are "digit" and "direction", the one of eight in which it moves in the middle of the clip: at the ends
    it may have bounced. Digits have 28 pixels, on a square of less than 56 half as many. A picture of one frame tells
    the digit, and only several tell the direction. Arguments as in `open_source`; frames are drawn whatever the route.

    Args:
        split: of mnist_5k: "train", "test" or a part of one.
        size: side of the square; by default 32 pixels.
        frames: of a clip.
        speed: pixels from a frame to the next; with damping, in the middle of the clip.
        damping: share of its speed that a digit loses from each frame to the next. Without any, a clip is as likely
            backwards as it is forwards; with some, digits slow down, and backwards they speed up.
        digits: in a clip, each on its own way; targets are those of the first. The brighter one is in front.
        coloured: clips have three channels, and each digit one of eight colours, which are equally light.
        arrays: ("mask",) gives clips "mask" uint8 [frames, size, size], too: 0 or which of its digits a pixel is of.
        sound: clips are heard, too: a click for each bounce, see `jssl.data.bounces`.

    Raises:
        DataError: as `mnist_5k`; a square without room to move, no frame, no speed; other arrays.
    """
    from jssl.data.sources import open_source

    size = size or DEFAULT_SIZE
    side = 28 if size >= 56 else 14
    if size <= side or frames < 1 or speed <= 0:
        raise DataError(
            f"moving_digits: size={size} must be above {side}, frames={frames} 1 or more, speed={speed} above 0"
        )
    if unknown := set(arrays) - {"mask"}:
        raise DataError(f"moving_digits: no {', '.join(sorted(unknown))} in arrays; it has mask")
    base, chosen = parse_split("moving_digits", split)
    still = open_source("mnist_5k", split=base, data_dir=data_dir, manual_dir=manual_dir, route="ram")
    shapes = still.read(np.arange(still.length))["image"][..., 0]
    if side == 14:
        shapes = shapes.reshape(-1, 14, 2, 14, 2).mean((2, 4)).round().astype(np.uint8)
    start, direction = _drawn(still.length, STREAMS[base])
    room = size - side
    at_frames = np.arange(frames) - (frames - 1) / 2
    corners = _bounced(_ways(start, direction, at_frames, speed, damping, room), room).astype(np.int16)
    targets = {"digit": still.targets["label"], "direction": Labels(direction, DIRECTIONS)}
    spec = {"clip": jax.ShapeDtypeStruct((frames, size, size, 3 if coloured else 1), np.uint8)}
    if arrays:
        spec["mask"] = jax.ShapeDtypeStruct((frames, size, size), np.uint8)
    heard = None
    if sound:
        spec |= make_clip("moving_digits", RATE, frames * FRAME / RATE).spec
        heard = partial(_heard, start, direction, moments(frames), speed, damping, room)
    read = _Moving(shapes, corners, size, digits, coloured, bool(arrays), heard)
    whole = part(Source("moving_digits", still.length, spec, read, targets), chosen(still.length))
    return whole._replace(about=about(whole, RATE)) if sound else whole


def _drawn(length: int, stream: int) -> tuple[np.ndarray, np.ndarray]:
    """Where each digit is in the middle of its clip, float [length, 2] in [0, 1), and its direction, int32 [length]."""
    words = np.random.Philox(key=np.array([stream, 0], np.uint64)).random_raw(length * 3).reshape(length, 3)
    return (words[:, :2] >> np.uint64(11)) / 2.0**53, (words[:, 2] % len(DIRECTIONS)).astype(np.int32)


def _ways(
    start: np.ndarray, direction: np.ndarray, times: np.ndarray, speed: float, damping: float, room: int
) -> np.ndarray:
    """Row and column, in pixels, float [length, times, 2], of what goes straight on, through all borders.

    Args:
        times: in frames from the middle of the clip.
    """
    angle = direction * (2 * np.pi / len(DIRECTIONS))
    velocity = speed * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    if damping:  # the integral of (1 - damping)^t, from the middle on
        rate = np.log1p(-damping)
        times = np.expm1(rate * times) / rate
    return start[:, None] * room + velocity[:, None] * times[None, :, None]


def _heard(
    start: np.ndarray, direction: np.ndarray, times: np.ndarray, speed: float, damping: float, room: int,
    rows: np.ndarray,
) -> np.ndarray:  # fmt: skip
    return clicks(_ways(start[rows], direction[rows], times, speed, damping, room), room)


def _bounced(ways: np.ndarray, room: int) -> np.ndarray:
    """The same of what bounces between 0 and `room`, in whole pixels."""
    return np.round(room - np.abs(room - ways % (2 * room))).astype(int)
