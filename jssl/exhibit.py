"""What a method can show of itself: pictures, words or sounds in rows, under named columns, for the report."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

MARKS = {"hidden": "\ue000", "same": "\ue001", "other": "\ue002"}
"""What begins a marked part of words, by what it is: hidden from the network, rightly guessed, wrongly guessed."""
END = "\ue003"
"""What ends it. Characters of private use, so that no text of a user's has them by chance."""


def marked(text: str, kind: str) -> str:
    """A part of words that the report highlights; `kind` is a key of `MARKS`."""
    return f"{MARKS[kind]}{text}{END}"


class Column(NamedTuple):
    """One column of an exhibit, a picture or a text for each row."""

    name: str
    figures: np.ndarray
    """Pictures, float [rows, h, w, c] in [0, 1] or uint8 in 0..255, c = 1 or 3, what lies outside being clipped; or
    words, str [rows], parts of which may be `marked`."""
    captions: Sequence[str] = ()
    """What is said of each, if anything: "turned by 90°"."""
    right: Sequence[bool] = ()
    """Whether that is right, where it can be: marks the pictures."""
    sounds: np.ndarray | None = None
    """What can be heard of each, float [rows, samples] in [-1, 1], what lies outside being clipped."""
    rate: int = 0
    """Of the sounds, Hz."""


class Exhibit(NamedTuple):
    """A section of the report."""

    title: str
    lead: str
    """One or two sentences: what is seen here, and what to look for."""
    columns: tuple[Column, ...]
