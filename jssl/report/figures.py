"""Figures as inline SVG, and pictures as PNG data: no plotting library, sharp at any size, coloured by the style."""

import base64
import io
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from jssl.report.markup import Markup, element, join

PALETTE = 10
"""Class colours that the style defines, for light and for dark paper; more classes get computed ones."""


class Frame(NamedTuple):
    """Maps data to the drawing area of an SVG: x and y ranges, and the area's edges in drawing units."""

    x: tuple[float, float]
    y: tuple[float, float]
    left: float
    right: float
    top: float
    bottom: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        """The drawing position of a data point, rounded to a tenth."""
        u = (x - self.x[0]) / (self.x[1] - self.x[0])
        v = (y - self.y[0]) / (self.y[1] - self.y[0])
        return (
            round(float(self.left + u * (self.right - self.left)), 1),
            round(float(self.bottom - v * (self.bottom - self.top)), 1),
        )

    def path(self, x: Sequence[float], y: Sequence[float]) -> str:
        """SVG path data through the points."""
        return "M" + "L".join("{} {}".format(*self.at(*point)) for point in zip(x, y, strict=True))


class Series(NamedTuple):
    """Measurements of one group on a dot plot: a mark and whiskers a row."""

    name: str
    style: str
    means: Sequence[float | None]
    stds: Sequence[float | None]


def dot_plot(
    rows: Sequence[str], series: Sequence[Series], *, label: str, x_label: str, x: tuple[float, float]
) -> Markup:
    """Marks with whiskers of one standard deviation, a row for each name in `rows`, over a shared range of x."""
    width, apart = 420, 10
    row_height = max(48, apart * len(series) + 12)
    height = row_height * len(rows) + 44
    x_ticks = ticks(*x)
    frame = Frame((x_ticks[0], x_ticks[-1]), (0, 1), 96, width - 14, 6, height - 38)
    parts = []
    for text, value in zip(tick_labels(x_ticks), x_ticks, strict=True):
        at = frame.at(value, 0)[0]
        parts.append(element("line", class_="grid", x1=at, x2=at, y1=frame.top, y2=frame.bottom))
        parts.append(element("text", text, class_="tick middle", x=at, y=frame.bottom + 16))
    parts.append(element("text", x_label, class_="tick end", x=frame.right, y=height - 4))
    for row, name in enumerate(rows):
        middle = frame.top + row_height * (row + 0.5)
        if row:
            edge = middle - row_height / 2
            parts.append(element("line", class_="between", x1=0, x2=frame.right, y1=edge, y2=edge))
        parts.append(element("text", name, class_="row end", x=frame.left - 12, y=middle + 4))
        for i, one in enumerate(series):
            mean, std = one.means[row], one.stds[row] or 0.0
            if mean is None:
                continue
            y = round(middle + apart * (i - (len(series) - 1) / 2), 1)
            (low, _), (at, _), (high, _) = (frame.at(value, 0) for value in (mean - std, mean, mean + std))
            tip = element("title", f"{one.name}, {name}: {mean:.1f}" + (f" ± {std:.1f}" if std else ""))
            whisker = element("line", class_="whisker", x1=low, x2=high, y1=y, y2=y)
            parts.append(element("g", tip, whisker, mark(i, at, y), class_=one.style))
    return svg(width, height, label, *parts)


def mark(kind: int, x: float, y: float) -> Markup:
    """A circle, a square, a diamond or a triangle up or down, so that groups are told apart without colour."""
    if kind == 0:
        return element("circle", cx=x, cy=y, r=4.5)
    if kind > 2:
        up = 4.6 if kind % 2 else -4.6
        return element("path", d=f"M{x - 4.6:.1f} {y + up:.1f}H{x + 4.6:.1f}L{x:.1f} {y - up:.1f}Z")
    turn = None if kind == 1 else f"rotate(45 {x} {y})"
    return element("rect", x=round(x - 3.8, 1), y=round(y - 3.8, 1), width=7.6, height=7.6, transform=turn)


def legend(series: Sequence[tuple[str, str]]) -> Markup:
    """What the marks of a dot plot stand for: (name, style) of each of its series."""
    keys = (
        element("li", element("svg", mark(i, 8, 8), viewBox="0 0 16 16", class_=style), name)
        for i, (name, style) in enumerate(series)
    )
    return element("ul", *keys, class_="legend")


def scatter(
    points: np.ndarray, labels: np.ndarray | None, classes: Sequence[str], *, label: str, axes: tuple[str, str]
) -> Markup:
    """Points [m, 2], coloured by label [m] where given; up to 12 classes with short names are named in place."""
    width, height, pad = 640, 520, 24
    low, high = points.min(axis=0), points.max(axis=0)
    span = np.where(high > low, high - low, 1)
    frame = Frame((low[0], low[0] + span[0]), (low[1], low[1] + span[1]), pad + 6, width - pad, pad, height - pad - 12)
    at = np.array([frame.at(*point) for point in points])
    colors = class_colors(len(classes)) if labels is not None else ("var(--accent)",)
    groups = np.zeros(len(points), int) if labels is None else labels
    parts, names = [], []
    for group, color in enumerate(colors):
        members = at[groups == group]
        if not len(members):
            continue
        # A line of no length with round ends is a dot: one path for a class, not an element for a point.
        dots = element("path", d="".join(f"M{x:g} {y:g}h0" for x, y in members))
        name = [element("title", classes[group])] if labels is not None else []
        parts.append(element("g", *name, dots, class_="points", style=f"stroke:{color}"))
        if labels is not None and len(colors) <= 12 and len(classes[group]) <= 14:
            x, y = np.median(members, axis=0)
            names.append(element("text", classes[group], class_="place middle", x=round(x, 1), y=round(y + 5, 1)))
    parts.append(element("text", axes[0], class_="tick middle", x=width / 2, y=height - 8))
    parts.append(element("text", axes[1], class_="tick middle", transform=f"translate(16 {height / 2}) rotate(-90)"))
    return svg(width, height, label, *parts, *names)


def svg(width: int, height: int, label: str, *parts: Markup) -> Markup:
    """A drawing of so many units, and what it shows in words."""
    return element("svg", join(*parts), viewBox=f"0 0 {width} {height}", role="img", aria_label=label)


def class_colors(count: int) -> tuple[str, ...]:
    """One CSS colour a class: ten that survive colour blindness (arXiv:2107.02270), else hues a golden angle apart."""
    if count <= PALETTE:
        return tuple(f"var(--class-{i})" for i in range(count))
    return tuple(f"oklch({0.56 + 0.09 * (i % 3):.2f} 0.15 {i * 137.508 % 360:.2f})" for i in range(count))


def picture(image: np.ndarray, *, alt: str, class_: str | None = None) -> Markup:
    """An `<img>` of uint8 [h, w, c], inlined."""
    data = base64.b64encode(png(image)).decode()
    title = alt or None
    return element("img", src=f"data:image/png;base64,{data}", alt=alt, title=title, class_=class_)


def png(image: np.ndarray) -> bytes:
    """A PNG of uint8 [h, w, c]: grey, grey with alpha, RGB or RGBA; of more channels the first is shown as grey."""
    if image.shape[-1] > 4:
        image = image[..., :1]
    stored = io.BytesIO()
    Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(stored, "PNG", optimize=True)
    return stored.getvalue()


def ticks(low: float, high: float, count: int = 4) -> list[float]:
    """About `count` round numbers that enclose [low, high]."""
    if not high > low:
        pad = abs(low) * 0.1 or 1.0
        low, high = low - pad, high + pad
    raw = (high - low) / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [i * step for i in range(first, last + 1)]


def tick_labels(values: Sequence[float]) -> list[str]:
    """Evenly spaced numbers, with the decimals that tell them apart, or an exponent where all are tiny."""
    step = values[1] - values[0]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if round(step * 10**decimals, 6) % 1:
        decimals += 1
    if max(map(abs, values)) < 1e-3:
        return [f"{value:.2g}".replace("e-0", "e−") if value else "0" for value in values]
    return [f"{value:,.{decimals}f}".replace("-", "−") for value in values]
