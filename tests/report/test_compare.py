"""Several runs on one page."""

import json
import re
import shutil

import numpy as np
import pytest

from jssl.errors import WorkdirError
from jssl.report.compare import write_comparison
from tests.report.conftest import write_run


@pytest.fixture
def two(tmp_path):
    first, second = write_run(tmp_path / "first", epochs=3), write_run(tmp_path / "second", epochs=5)
    config = json.loads((second / "config.json").read_text())
    config["method"]["temperature"] = 0.123
    (second / "config.json").write_text(json.dumps(config))
    results = json.loads((second / "results.json").read_text())
    for row in results["rows"]:
        row["mean"] = 0.999 if row["features"] == "pretrained" else row["mean"]
    (second / "results.json").write_text(json.dumps(results))
    return first, second


def test_what_differs_stands_there_and_nothing_else(two, tmp_path):
    page = write_comparison(two, tmp_path / "page.html").read_text()
    differs = page[page.index("What differs") : page.index("<h2>Results")]
    assert "method.temperature" in differs and "0.123" in differs
    assert "encoder.name" not in differs


def test_results_stand_in_columns_and_the_best_is_bold(two, tmp_path):
    page = write_comparison(two, tmp_path / "page.html").read_text()
    table = page[page.index("<h2>Results") : page.index("<h2>Curves")]
    assert re.findall(r'<th scope="col">([^<]*)<', table) == ["accuracy in %, by labels", "first", "second"]
    line = re.search(r"all, pretrained</th>(.*?)</tr>", table)[1]
    first, second = line.split("</td>")[:2]
    assert "<b>99.9</b>" in second and "<b>" not in first
    assert "raw pixels" not in table


def test_each_run_s_curve_has_its_own_colour_and_its_own_length(two, tmp_path):
    page = write_comparison(two, tmp_path / "page.html").read_text()
    chart = page[page.index('aria-label="Loss over epochs"') :].partition("</svg>")[0]
    groups = re.findall(r'<g style="--accent:(var\(--class-\d\))"><path class="line" d="M([^"]+)"', chart)
    assert [color for color, _ in groups] == ["var(--class-0)", "var(--class-1)"]
    ends = [float(path.split("L")[-1].split(" ")[0]) for _, path in groups]
    np.testing.assert_allclose((ends[0] - 44) / (ends[1] - 44), 3 / 5, atol=0.02)


def test_runs_of_one_name_are_told_apart_and_text_is_escaped(two, tmp_path):
    other = tmp_path / "<i>" / "first"
    shutil.copytree(two[0], other)
    page = write_comparison([two[0], other], tmp_path / "page.html").read_text()
    assert str(two[0]) in page and "&lt;i&gt;" in page and "<i>/" not in page
    assert "their configs are the same" in page


def test_what_cannot_be_compared_is_refused(two, tmp_path):
    with pytest.raises(WorkdirError, match="two or more"):
        write_comparison(two[:1], tmp_path / "page.html")
    with pytest.raises(WorkdirError, match="holds no run"):
        write_comparison([two[0], tmp_path], tmp_path / "page.html")
    with pytest.raises(WorkdirError, match="must be a file"):
        write_comparison(two, tmp_path / "nowhere" / "page.html")
