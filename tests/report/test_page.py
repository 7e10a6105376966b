import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from jssl.cost.units import duration
from jssl.errors import WorkdirError
from jssl.report import save_pictures, write_report
from jssl.report.curves import speed

HOSTILE = "</style><script>alert(1)</script>\"'<img src=x onerror=alert(2)>"


class Elements(HTMLParser):
    """Every element of a page, and a check that they nest."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def page_of(folder) -> Elements:
    return Elements(write_report(folder).read_text())


def change(folder, name: str, **values) -> None:
    path = folder / f"{name}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.slow
def test_page_is_self_contained(run_folder):
    page = page_of(run_folder)
    assert not page.of("script") and not page.of("link") and not page.of("iframe")
    assert len(page.of("img")) == 5 * 9 + 10 * 9
    loading = [
        attributes[key] for _, attributes in page.found for key in ("src", "srcset", "data") if key in attributes
    ]
    assert all(value.startswith("data:image/png;base64,") for value in loading)
    assert [a["href"] for a in page.of("a")] == ["https://arxiv.org/abs/2002.05709"]
    style = re.search(r"<style>(.*?)</style>", (run_folder / "report.html").read_text(), re.S)[1]
    assert "url(" not in style and "@import" not in style
    policy = [meta["content"] for meta in page.of("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:"]


@pytest.mark.slow
def test_page_shows_what_was_measured(run_folder):
    page = page_of(run_folder)
    for text in (
        "SimCLR on mnist_5k", "2 November 2026", "95.6", "88.2", "± 2.4", "untrained 71.9 · raw pixels 72.8", "91.1 %",
        "RankMe", "α-ReQ", "Uniformity", "Alignment", "Feature std", "Learning rate", "kNN accuracy (%)",
        "4,000 images", "examples/s (median)", "2 min 20 s", "0.10.2", "warmup",
    ):  # fmt: skip
        assert text in page.text, text
    assert len(page.of("svg")) == 2 + 3 + 4 + 6 + 1  # dot plots, their legend, training, monitors, map


@pytest.mark.slow
def test_chance_is_a_line_in_the_chart_of_the_loss(run_folder):
    assert not [line for line in page_of(run_folder).of("line") if line.get("class") == "level"]
    path = run_folder / "metrics.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text(
        "".join(json.dumps({**row, "train/chance": 5.541} if "train/loss" in row else row) + "\n" for row in rows)
    )
    page = page_of(run_folder)
    assert len([line for line in page.of("line") if line.get("class") == "level"]) == 1
    assert "Dashed is chance, 5.54:" in page.text
    assert len(page.of("svg")) == 2 + 3 + 4 + 6 + 1  # no chart of its own


@pytest.mark.parametrize(("epochs", "text"), [(1, "1 epoch ·"), (20, "20 epochs ·"), ("300 steps", "300 steps ·")])
def test_counts_epochs(run_folder, epochs, text):
    change(run_folder, "config", epochs=epochs)
    assert text in page_of(run_folder).text


def test_best_of_each_column_is_bold(run_folder):
    page = write_report(run_folder).read_text()
    table = re.search(r'<table class="numbers">.*?</table>', page, re.S)[0]
    assert re.findall(r"<b>([\d.]+)</b>", table) == ["95.6", "91.0", "74.5", "76.1", "96.9", "93.8", "84.6", "88.2"]


def test_everything_is_escaped(run_folder, digit_pictures):
    change(
        run_folder, "config", data={"name": HOSTILE}, encoder={"name": HOSTILE}, method={"name": HOSTILE},
        precision=HOSTILE, seed=HOSTILE, parallel={"compiler": HOSTILE}, batch_size=HOSTILE, epochs=HOSTILE,
        paper={"title": HOSTILE, "arxiv": HOSTILE, "protocol": HOSTILE, "reported": HOSTILE},
        **{HOSTILE: HOSTILE},
    )  # fmt: skip
    change(run_folder, "environment", date=HOSTILE, device_kind=HOSTILE, packages={"jssl": HOSTILE, HOSTILE: "1"})
    change(run_folder, "data", classes=[HOSTILE] * 10, skipped=[[HOSTILE, HOSTILE], ["\udcff.png", "not a picture"]])
    rows = [
        {"features": features, "task": HOSTILE, "labels": HOSTILE, "mean": 0.5, "std": 0.1, "draws": 5}
        for features in (HOSTILE, "pretrained")
    ]
    change(run_folder, "results", rows=rows, protocol={HOSTILE: HOSTILE})
    row = {"step": 1, "epoch": 1.0, "time": 1.0, f"train/{HOSTILE}": 1.0, f"monitor/{HOSTILE}": 2.0}
    (run_folder / "metrics.jsonl").write_text(json.dumps(row))
    save_pictures(run_folder / "pictures.npz", digit_pictures._replace(classes=(HOSTILE,) * 10))
    page = page_of(run_folder)
    assert not page.of("script")
    assert not any(key.startswith("on") for _, attributes in page.found for key in attributes)
    assert all(image["src"].startswith("data:") for image in page.of("img"))
    assert not page.of("a")  # an arXiv id that is none becomes no link
    assert page.text.count("<script>alert(1)</script>") > 20


def test_page_of_a_run_that_has_just_begun(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    page = page_of(tmp_path)
    assert "Not evaluated yet" in page.text and "No metrics were written yet" in page.text
    assert not page.of("img")


@pytest.mark.parametrize("missing", ["environment.json", "data.json", "metrics.jsonl", "results.json", "pictures.npz"])
def test_page_without_one_of_its_files(run_folder, missing):
    (run_folder / missing).unlink()
    page = page_of(run_folder)
    assert "mnist_5k" in page.text
    assert ("RankMe" in page.text) == (missing != "metrics.jsonl")
    assert ("Map of the features" in page.text) == (missing != "pictures.npz")
    assert ("raw pixels" in page.text) == (missing != "results.json")


def test_page_of_three_rows_without_monitors(run_folder):
    lines = (run_folder / "metrics.jsonl").read_text().splitlines()[:3]
    (run_folder / "metrics.jsonl").write_text("\n".join([*lines, '{"step": 40, "ep']))
    page = page_of(run_folder)
    assert "Loss" in page.text and "RankMe" not in page.text and "NaN" not in page.text.upper().replace("NANO", "")


def test_page_without_labels(run_folder, digit_pictures):
    change(run_folder, "results", rows=[])
    bare = digit_pictures._replace(query_labels=None, neighbour_labels=None, labels=None, classes=())
    save_pictures(run_folder / "pictures.npz", bare)
    page = page_of(run_folder)
    assert "Nearest neighbours" in page.text and "carry the query's label" not in page.text
    assert "Colours are labels" not in page.text
    assert not [image for image in page.of("img") if image.get("class") in ("same", "other")]


def test_borders_tell_whether_labels_agree(run_folder, digit_pictures):
    page = page_of(run_folder)
    same = digit_pictures.neighbour_labels == digit_pictures.query_labels[:, None]
    drawn = [image["class"] for image in page.of("img") if image.get("class") in ("same", "other")]
    assert drawn == ["same" if agrees else "other" for agrees in same.reshape(-1)]
    assert f"{same.sum()} of 80 carry the query's label" in page.text


def test_skipped_files_are_named_and_counted(run_folder):
    change(run_folder, "data", skipped=[[f"{i}.png", "truncated"] for i in range(70)])
    page = page_of(run_folder)
    assert "70 files could not be read" in page.text
    assert "49.png" in page.text and "50.png" not in page.text


def test_page_is_deterministic_and_small(run_folder):
    first = write_report(run_folder).read_bytes()
    assert write_report(run_folder).read_bytes() == first
    assert len(first) < 400_000
    assert not list(run_folder.glob("*.partial"))


def test_page_of_photographs_stays_under_two_megabytes(run_folder, digit_pictures):
    rng = np.random.default_rng(0)

    def photographs(*shape: int) -> np.ndarray:
        """Smooth fields with some noise, as photographs are."""
        waves = np.sin(np.linspace(0, 9, 64))[:, None, None] * np.cos(np.linspace(0, 7, 64))[:, None]
        return np.uint8(
            128 + 80 * waves * rng.uniform(0.3, 1, (*shape, 1, 1, 3)) + rng.normal(0, 6, (*shape, 64, 64, 3))
        )

    changed = digit_pictures._replace(
        originals=photographs(5), views=tuple(photographs(5) for _ in range(8)),
        queries=photographs(10), neighbours=photographs(10, 8),
    )  # fmt: skip
    save_pictures(run_folder / "pictures.npz", changed)
    assert write_report(run_folder).stat().st_size < 2_000_000


def test_folders_without_a_run_and_broken_files_are_named(tmp_path, run_folder):
    with pytest.raises(WorkdirError, match="holds no run"):
        write_report(tmp_path)
    for damage in ('{"rows": [', "[]", '{"rows": 5}', '{"rows": [{"task": "kNN"}]}'):
        (run_folder / "results.json").write_text(damage)
        with pytest.raises(WorkdirError, match=r"results\.json is damaged"):
            write_report(run_folder)


def test_time_of_an_interrupted_run_adds_up():
    rows = [{"step": s, "time": t} for s, t in ((1, 5.0), (2, 60.0), (3, 4.0), (4, 90.5))]
    assert ("time", "2 min 30 s") in speed(rows)  # 60 + 90.5, to the even second
    assert [duration(s) for s in (41.2, 151, 11_100)] == ["41 s", "2 min 31 s", "3 h 05 min"]
    assert speed([]) == []
