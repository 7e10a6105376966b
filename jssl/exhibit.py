"""What a method can show of itself: pictures in rows, under named columns, for the report."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Column(NamedTuple):
    """One column of an exhibit, a picture for each row."""

    name: str
    images: np.ndarray
    """float [rows, h, w, c] in [0, 1]; c = 1 or 3. What lies outside that range is clipped."""
    captions: Sequence[str] = ()
    """What is said of each picture, if anything: "turned by 90°"."""
    right: Sequence[bool] = ()
    """Whether that is right, where it can be: marks the pictures."""


class Exhibit(NamedTuple):
    """A section of the report."""

    title: str
    lead: str
    """One or two sentences: what is seen here, and what to look for."""
    columns: tuple[Column, ...]
