"""`Play`: what one game played once leaves behind."""

from fractions import Fraction
from typing import NamedTuple

import numpy as np


class Play(NamedTuple):
    """A game played once. `arrays` has one row a frame, for probes, for methods that know how the player moved, ..."""

    frames: np.ndarray
    """uint8 [n, h, w, 3]"""
    fps: Fraction
    """Frames a second of the game's own time."""
    sound: np.ndarray
    """float32 [samples] in -1..1, heard from the first frame on."""
    rate: int
    """Its samples a second."""
    arrays: dict[str, np.ndarray]
    """name -> [n, ...]"""
