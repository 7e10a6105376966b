import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from jssl.report.figures import Series, class_colors, dot_plot, mark, png, scatter, tick_labels, ticks
from jssl.report.lines import BINS, line_chart
from jssl.report.markup import Markup, element, join


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("smooth", [False, True])
def test_png_decodes_to_the_same_pixels(channels, smooth):
    from PIL import Image

    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (9, 5, channels), dtype=np.uint8)
    if smooth:  # so that each filter is the smallest for some picture
        image = np.cumsum(np.full_like(image, 3), axis=rng.integers(2), dtype=np.uint8)
    decoded = np.asarray(Image.open(io.BytesIO(png(image))))
    np.testing.assert_array_equal(decoded.reshape(image.shape), image)


def test_png_of_many_channels_shows_the_first():
    from PIL import Image

    image = np.arange(2 * 3 * 5, dtype=np.uint8).reshape(2, 3, 5)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(png(image)))), image[..., 0])


def test_ticks_are_round_and_enclose():
    assert ticks(0, 40) == [0, 10, 20, 30, 40]
    assert ticks(3.61, 5.4) == pytest.approx([3.5, 4.0, 4.5, 5.0, 5.5])
    assert tick_labels(ticks(3.61, 5.4)) == ["3.5", "4.0", "4.5", "5.0", "5.5"]
    assert tick_labels(ticks(-3.1, -1.2)) == ["−3.5", "−3.0", "−2.5", "−2.0", "−1.5", "−1.0"]
    assert tick_labels(ticks(0, 3e-6)) == ["0", "1e−6", "2e−6", "3e−6"]
    flat = ticks(7.0, 7.0)
    assert flat[0] < 7 < flat[-1]


@pytest.mark.parametrize("low, high", [(0, 1e-9), (-5, 1e6), (0.9999, 1.0001), (1e12, 3e12)])
def test_ticks_enclose_any_range(low, high):
    values = ticks(low, high)
    assert values[0] <= low < high <= values[-1]
    assert 3 <= len(values) <= 8
    assert len(set(tick_labels(values))) == len(values)


def path_points(svg: str, css: str) -> np.ndarray:
    found = re.search(rf'class="{css}" d="M([^"Z]+)', svg)[1]
    return np.array([[float(v) for v in pair.split(" ")] for pair in found.split("L")])


def test_line_chart_is_drawn_where_the_data_is():
    svg = line_chart(np.array([0.0, 5.0, 10.0]), np.array([0.0, 40.0, 20.0]), label="a", x_max=10)
    drawn = path_points(svg, "line")
    # The area is 44..286 by 144..8 in drawing units; y runs over the ticks 0..40.
    np.testing.assert_allclose(drawn, [[44, 144], [165, 8], [286, 76]])


def test_a_level_is_drawn_within_the_axes():
    x, y = np.array([0.0, 10.0]), np.array([1.0, 2.0])
    (line,) = re.findall(r'class="level" x1="44" x2="286" y1="([^"]+)" y2="([^"]+)"', curve(x, y, level=4.0))
    assert line == ("8.0", "8.0")  # above the curve: the axis reaches up to it
    assert "level" not in curve(x, y)


def curve(x, y, **more):
    return line_chart(x, y, label="a", x_max=10, **more)


def test_long_labels_have_room():
    svg = line_chart(np.array([0.0, 10.0]), np.array([0.00025, 0.001]), label="a", x_max=10, from_zero=True)
    assert ">0.00100<" in svg
    assert path_points(svg, "line")[0, 0] == 8 + 7 * len("0.00100")


def test_long_curves_are_binned_with_their_range():
    x = np.linspace(0, 10, 10_000)
    y = np.where(np.arange(len(x)) == 5000, 100.0, 1.0)
    svg = line_chart(x, y, label="a", x_max=10)
    assert len(path_points(svg, "line")) == BINS
    assert path_points(svg, "band")[:, 1].min() == 8  # the lone peak is not averaged away
    assert len(svg) < 20_000


def test_one_point_and_flat_curves_are_drawn():
    for x, y in (([3.0], [0.5]), ([1.0, 2.0], [0.0, 0.0])):
        ET.fromstring(line_chart(np.array(x), np.array(y), label="a", x_max=3))
    ET.fromstring(line_chart(np.array([0.0]), np.array([1.0]), label="a", x_max=0))


@pytest.mark.parametrize("count", [1, 10, 11, 100, 1000])
def test_one_colour_per_class(count):
    assert len(set(class_colors(count))) == count


def test_scatter_has_a_group_for_each_class_with_its_points():
    rng = np.random.default_rng(0)
    labels = np.array([0, 0, 1, 2, 2, 2])
    svg = scatter(rng.normal(size=(6, 2)), labels, ("a", "b", "<c>"), label="map", axes=("x", "y"))
    groups = re.findall(r'style="stroke:([^"]+)"><title>([^<]+)</title><path d="([^"]+)"', svg)
    assert [(name, path.count("M")) for _, name, path in groups] == [("a", 2), ("b", 1), ("&lt;c&gt;", 3)]
    assert len({color for color, _, _ in groups}) == 3
    ET.fromstring(svg)


def test_scatter_of_one_place_and_without_labels():
    ET.fromstring(scatter(np.zeros((3, 2)), None, (), label="map", axes=("x", "y")))


def test_dot_plot_leaves_out_what_is_missing():
    series = [Series("ours", "pretrained", [50.0, None], [5.0, None]), Series("raw", "pixels", [40.0, 60.0], [None, 0])]
    svg = dot_plot(["all", "1%"], series, label="a", x_label="accuracy", x=(40, 60))
    ET.fromstring(svg)
    assert re.findall(r"<title>([^<]+)", svg) == ["ours, all: 50.0 ± 5.0", "raw, all: 40.0", "raw, 1%: 60.0"]


def test_rows_of_a_dot_plot_keep_apart_however_many_series():
    series = [Series(f"s{i}", "pixels", [50.0, 50.0], [0, 0]) for i in range(8)]
    svg = dot_plot(["all", "1%"], series, label="a", x_label="accuracy", x=(40, 60))
    heights = [float(y) for y in re.findall(r'class="whisker"[^>]*y1="([\d.]+)"', svg)]
    assert len(heights) == 16 and max(heights[:8]) + 10 <= min(heights[8:])


def test_markup_escapes_all_but_markup():
    hostile = "<script>\"&'"
    inner = element("b", hostile, title=hostile)
    assert inner == ('<b title="&lt;script&gt;&quot;&amp;&#x27;">&lt;script&gt;&quot;&amp;&#x27;</b>')
    assert element("p", inner) == f"<p>{inner}</p>"
    assert join("<", Markup("<br>")) == "&lt;<br>"
    assert element("img", class_="a", alt=None, aria_label="b") == '<img class="a" aria-label="b">'


def test_five_marks_are_all_different():
    assert len({str(mark(kind, 8, 8)) for kind in range(5)}) == 5
