"""Curves over epochs: of one run, with the range of what is too long to draw, or of several laid over each other."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jssl.report.figures import Frame, class_colors, svg, tick_labels, ticks
from jssl.report.markup import Markup, element

LETTER = 7
"""Drawing units that a letter of a tick's label takes at most."""
BINS = 240
"""Points a curve is drawn with at most; longer ones show the mean and the range of each bin."""
DOTTED = 30
"""Points that are drawn as such at most, beside the line through them."""
WIDTH, HEIGHT = 300, 176


class Curve(NamedTuple):
    """Means, least and greatest values over epochs, float [n] each."""

    x: np.ndarray
    y: np.ndarray
    low: np.ndarray
    high: np.ndarray


def line_chart(
    x: np.ndarray, y: np.ndarray, *, label: str, x_max: float, from_zero: bool = False, level: float | None = None
) -> Markup:
    """A curve [n] over epochs [n], 0 to `x_max`, its axes ticked and labelled, beside a dashed line at `level`."""
    curve = binned(x, y)
    shown = [*([0.0] if from_zero else []), *([] if level is None else [level])]
    frame, parts = _axes([curve], x_max, shown)
    if level is not None:
        at = frame.at(0, level)[1]
        parts.append(element("line", class_="level", x1=frame.left, x2=frame.right, y1=at, y2=at))
    if (curve.high > curve.low).any():
        around = frame.path([*curve.x, *curve.x[::-1]], [*curve.high, *curve.low[::-1]]) + "Z"
        parts.append(element("path", class_="band", d=around))
    return svg(WIDTH, HEIGHT, label, *parts, *_drawn(curve, frame))


def overlaid(curves: Sequence[tuple[int, np.ndarray, np.ndarray]], *, label: str, from_zero: bool = False) -> Markup:
    """Curves of several runs, each (number of the run, epochs [n], values [n]), in the runs' colours."""
    drawn = [(number, binned(x, y)) for number, x, y in curves]
    frame, parts = _axes([curve for _, curve in drawn], max(c.x[-1] for _, c in drawn), [0.0] if from_zero else [])
    colors = class_colors(max(number for number, _ in drawn) + 1)
    groups = [element("g", *_drawn(curve, frame), style=f"--accent:{colors[number]}") for number, curve in drawn]
    return svg(WIDTH, HEIGHT, label, *parts, *groups)


def binned(x: np.ndarray, y: np.ndarray) -> Curve:
    """Points [n] as at most `BINS` runs of them, each with its mean and its range."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    parts = np.array_split(np.arange(len(x)), min(len(x), BINS))
    means = np.array([[x[part].mean(), y[part].mean(), y[part].min(), y[part].max()] for part in parts])
    means[-1, 0] = x[-1]
    return Curve(*means.T)


def _axes(curves: Sequence[Curve], x_max: float, shown: list[float]) -> tuple[Frame, list[Markup]]:
    """Where the data of these curves lie, and the drawn axes; `shown` are further values that must be on them."""
    seen = [value for curve in curves for value in (float(curve.low.min()), float(curve.high.max()))] + shown
    y_ticks = ticks(min(seen), max(seen))
    y_labels = tick_labels(y_ticks)
    left = max(44, 8 + LETTER * max(map(len, y_labels)))
    frame = Frame((0, x_max or 1), (y_ticks[0], y_ticks[-1]), left, WIDTH - 14, 8, HEIGHT - 32)
    parts = []
    for text, value in zip(y_labels, y_ticks, strict=True):
        at = frame.at(0, value)[1]
        parts.append(element("line", class_="grid", x1=frame.left, x2=frame.right, y1=at, y2=at))
        parts.append(element("text", text, class_="tick end", x=frame.left - 6, y=at + 3.5))
    x_ticks = [tick for tick in ticks(0, frame.x[1]) if tick <= frame.x[1]]
    for text, value in zip(tick_labels(x_ticks), x_ticks, strict=True):
        parts.append(element("text", text, class_="tick middle", x=frame.at(value, 0)[0], y=frame.bottom + 14))
    parts.append(element("text", "epoch", class_="tick end", x=frame.right, y=HEIGHT - 4))
    return frame, parts


def _drawn(curve: Curve, frame: Frame) -> list[Markup]:
    parts = []
    if len(curve.x) > 1:
        parts.append(element("path", class_="line", d=frame.path(curve.x, curve.y)))
    if len(curve.x) <= DOTTED:
        parts += [element("circle", class_="dot", cx=cx, cy=cy, r=2) for cx, cy in map(frame.at, curve.x, curve.y)]
    end = frame.at(curve.x[-1], curve.y[-1])
    parts.append(element("circle", class_="dot", cx=end[0], cy=end[1], r=3.5))
    return parts
