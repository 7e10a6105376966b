"""Bars as inline SVG: how sure a teacher is, and how many examples each class has."""

import math
from collections.abc import Sequence

from jssl.report.figures import Frame, svg, tick_labels, ticks
from jssl.report.markup import Markup, element

NAMED = 40
"""Classes that a chart of bars has a name beside; of more the bars are thinner, and name themselves when pointed at."""


def confidence_chart(right: Sequence[int], wrong: Sequence[int], threshold: float, *, label: str) -> Markup:
    """Counts in even bins of confidence from 0 to 1, those of wrong labels in front, on a logarithmic scale.

    Zero has its place: a bar's height is log(1 + count).
    """
    width, height = 420, 220
    tallest = math.log10(1 + max(*right, *wrong, 9))
    frame = Frame((0, 1), (0, tallest), 46, width - 10, 22, height - 36)
    parts = []
    for count in (0, *(10**i for i in range(math.ceil(tallest)))):
        y = frame.at(0, math.log10(1 + count))[1]
        parts.append(element("line", class_="grid", x1=frame.left, x2=frame.right, y1=y, y2=y))
        parts.append(element("text", f"{count:,}", class_="tick end", x=frame.left - 6, y=y + 3.5))
    for value in (0, 0.25, 0.5, 0.75, 1):
        x = frame.at(value, 0)[0]
        parts.append(element("text", f"{value:g}", class_="tick middle", x=x, y=frame.bottom + 15))
    parts.append(element("text", "teacher's confidence", class_="tick end", x=frame.right, y=height - 4))
    for kind, counts, margin in (("right", right, 0.06), ("wrong", wrong, 0.26)):
        for i, count in enumerate(counts):
            if not count:
                continue
            left, top = frame.at((i + margin) / len(counts), math.log10(1 + count))
            side = frame.at((i + 1 - margin) / len(counts), 0)[0]
            said = f"{count:,} {kind}, confidence {i / len(counts):.2f} to {(i + 1) / len(counts):.2f}"
            parts.append(_bar(left, top, side, frame.bottom, f"bar {kind}", said))
    if 0 < threshold <= 1:
        x = frame.at(threshold, 0)[0]
        parts.append(element("line", class_="threshold", x1=x, x2=x, y1=frame.top - 6, y2=frame.bottom))
        anchor = "end" if threshold > 0.5 else "start"
        parts.append(element("text", f"threshold {threshold:g}", class_=f"tick {anchor}", x=x, y=frame.top - 10))
    return svg(width, height, label, *parts)


def class_chart(
    classes: Sequence[str], solid: Sequence[int], pale: Sequence[int], *, kinds: tuple[str, str], most: int, label: str
) -> Markup:
    """A bar for each class, of two parts one after the other.

    Args:
        classes: their names.
        solid, pale: the parts' lengths.
        kinds: what the parts are called.
        most: where the axis ends, so that charts beside each other compare.
    """
    named = len(classes) <= NAMED
    width, thickness = 420, 20 if named else max(400 / len(classes), 0.4)
    height = math.ceil(thickness * len(classes)) + 44
    x_ticks = ticks(0, most)
    frame = Frame((0, x_ticks[-1]), (0, 1), 96 if named else 16, width - 14, 6, height - 38)
    parts = []
    for text, value in zip(tick_labels(x_ticks), x_ticks, strict=True):
        x = frame.at(value, 0)[0]
        parts.append(element("line", class_="grid", x1=x, x2=x, y1=frame.top, y2=frame.bottom))
        parts.append(element("text", text, class_="tick middle", x=x, y=frame.bottom + 16))
    parts.append(element("text", "examples", class_="tick end", x=frame.right, y=height - 4))
    for row, (name, first, rest) in enumerate(zip(classes, solid, pale, strict=True)):
        top = frame.top + thickness * row
        if named:
            short = name if len(name) <= 13 else f"{name[:12]}…"
            parts.append(element("text", short, class_="row end", x=frame.left - 10, y=top + 0.7 * thickness))
        ends = [frame.at(value, 0)[0] for value in (0, first, first + rest)]
        y = (round(top + 0.14 * thickness, 2), round(top + 0.86 * thickness, 2))
        said = f"{name}: {first:,} {kinds[0]}, {rest:,} {kinds[1]}"
        parts.append(_bar(ends[0], y[0], ends[1], y[1], "bar", said))
        if rest:
            parts.append(_bar(ends[1], y[0], ends[2], y[1], "bar pale", said))
    return svg(width, height, label, *parts)


def _bar(left: float, top: float, right: float, bottom: float, class_: str, said: str) -> Markup:
    width, height = round(right - left, 2), round(bottom - top, 2)
    return element("rect", element("title", said), class_=class_, x=left, y=top, width=width, height=height)
