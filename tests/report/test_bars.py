import math
import re
import xml.etree.ElementTree as ET

import pytest

from jssl.report.bars import NAMED, class_chart, confidence_chart


def bars(svg: str) -> list[tuple[str, dict[str, float], str]]:
    """Class, place and what is said of each bar."""
    keys = ("x", "y", "width", "height")
    rects = ET.fromstring(svg).iter("rect")
    return [(r.get("class"), {key: float(r.get(key)) for key in keys}, r.find("title").text) for r in rects]


def test_bars_of_confidence_are_as_high_as_the_logarithm_of_their_count():
    found = bars(confidence_chart([0, 0, 9, 99], [0, 3, 0, 9], 0.6, label="a"))
    assert [(kind, said) for kind, _, said in found] == [
        ("bar right", "9 right, confidence 0.50 to 0.75"),
        ("bar right", "99 right, confidence 0.75 to 1.00"),
        ("bar wrong", "3 wrong, confidence 0.25 to 0.50"),
        ("bar wrong", "9 wrong, confidence 0.75 to 1.00"),
    ]
    # The area is 46..410 by 22..184 in drawing units, a bin 91 wide; 100 is the top.
    heights = [place["height"] for _, place, _ in found]
    assert heights == pytest.approx([81, 162, 81 * math.log10(4), 81], abs=0.1)
    assert all(place["y"] + place["height"] == pytest.approx(184) for _, place, _ in found)
    assert found[0][1]["x"] == pytest.approx(46 + 2.06 * 91, abs=0.1)
    assert found[0][1]["width"] == pytest.approx(0.88 * 91, abs=0.1) and found[2][1]["width"] < found[0][1]["width"]


def test_the_threshold_is_marked_where_it_is():
    svg = confidence_chart([1, 2], [3, 4], 0.5, label="a")
    assert re.search(r'class="threshold" x1="228.0" x2="228.0"', svg) and "threshold 0.5" in svg
    for without in (0.0, 1.01):
        assert "threshold" not in confidence_chart([1, 2], [3, 4], without, label="a")


def test_nothing_labelled_wrongly_or_nothing_at_all():
    for right in ([0, 5], [0, 0]):
        assert len(bars(confidence_chart(right, [0, 0], 0.5, label="a"))) == sum(map(bool, right))


def test_bars_of_classes_lie_end_to_end():
    svg = class_chart(["cat", "<dog>"], [10, 0], [5, 20], kinds=("sure", "unsure"), most=20, label="a")
    found = bars(svg)
    # The axis runs over 0..20 from 96 to 406.
    assert [(kind, place["x"], place["width"]) for kind, place, _ in found] == [
        ("bar", 96, 155), ("bar pale", 251, 77.5), ("bar", 96, 0), ("bar pale", 96, 310),
    ]  # fmt: skip
    assert [said for *_, said in found][-1] == "<dog>: 0 sure, 20 unsure"
    assert "&lt;dog&gt;</text>" in svg


def test_many_classes_are_drawn_thinly_and_without_names():
    names = [f"class number {i}" for i in range(1000)]
    svg = class_chart(names, [1] * 1000, [0] * 1000, kinds=("a", "b"), most=1, label="a")
    assert len(bars(svg)) == 1000 and "</text>" in svg and "class number 7</text>" not in svg
    assert float(ET.fromstring(svg).get("viewBox").split()[3]) < 500 and len(svg) < 200_000
    few = class_chart(names[:NAMED], [1] * NAMED, [0] * NAMED, kinds=("a", "b"), most=1, label="a")
    assert few.count("class number…</text>") == NAMED
