"""One cell of a gallery: a picture, or words with what is marked in them."""

import re

import numpy as np

from jssl.exhibit import END, MARKS
from jssl.report.figures import picture
from jssl.report.markup import Markup, element

KINDS = {mark: kind for kind, mark in MARKS.items()}
SQUARE = 4.6
"""Side of a square picture, in rem; others have about the same area."""
PAGE, COLUMN = 56, 14
"""Width of the page, and of a column of words, in rem."""


def cell(figure: np.ndarray | str, *, alt: str, class_: str | None = None) -> Markup:
    """A picture uint8 [h, w, c], described by `alt`, or a text."""
    if isinstance(figure, str):
        return element("q", *_parts(str(figure)), class_=class_)
    return picture(figure, alt=alt, class_=class_)


def gallery(cells: list[Markup], columns: int, figures: np.ndarray) -> Markup:
    """Cells in rows of so many, as wide as these figures [n, ...] need."""
    if figures.dtype.kind == "U":
        return element("div", *cells, class_="gallery texts", style=f"--columns:{columns}")
    height, width = figures.shape[-3:-1]
    wide = _width(figures)
    style = f"--columns:{columns}" + (f";--cell:{wide:.1f}rem;--aspect:{width}/{height}" if width != height else "")
    return element("div", *cells, class_="gallery", style=style)


def fitting(figures: np.ndarray, wanted: int) -> int:
    """How many of these figures [n, ...] stand side by side on the page, of so many wanted."""
    return min(wanted, max(2, int(PAGE / _width(figures))))


def _width(figures: np.ndarray) -> float:
    if figures.dtype.kind == "U":
        return COLUMN
    height, width = figures.shape[-3:-1]
    return SQUARE * max(1.0, (width / height) ** 0.5)


def _parts(text: str) -> list[Markup | str]:
    parts: list[Markup | str] = []
    for piece in re.split(f"([{''.join(KINDS)}][^{END}]*{END})", text):
        known = piece[:1] in KINDS
        parts.append(element("mark", piece[1:-1], class_=KINDS[piece[0]]) if known and piece else piece)
    return parts
