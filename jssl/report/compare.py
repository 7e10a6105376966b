"""Several runs on one page: what differs between them, their results side by side, their curves over each other."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from jssl.errors import WorkdirError
from jssl.report.curves import explained, finite, in_order
from jssl.report.document import header, read, read_rows, write_page
from jssl.report.figures import class_colors
from jssl.report.lines import overlaid
from jssl.report.markup import Markup, element, join
from jssl.report.page import FURTHER, method_name, named
from jssl.report.scores import LEARNED
from jssl.run.config import differing_keys, look_up
from jssl.run.workdir import check_run
from jssl.run.writers import read_metrics

SCORED = ("results", "linear_sgd", *FURTHER)
MISSING = "–"


class Run(NamedTuple):
    """What a run's folder holds."""

    name: str
    config: dict[str, Any]
    environment: dict[str, Any]
    rows: list[dict[str, Any]]
    metrics: list[dict[str, Any]]


def write_comparison(workdirs: Sequence[Path | str], out: Path | str) -> Path:
    """Write one page of several runs, from their files alone, in the order given.

    Returns:
        The path of the page.

    Raises:
        WorkdirError: fewer than two folders, one that holds no run, or a file of it that is damaged; `out` is no place
            for a file.
    """
    folders = [Path(workdir).expanduser() for workdir in workdirs]
    if len(folders) < 2:
        raise WorkdirError("to compare runs takes two or more of their folders")
    names = [folder.name for folder in folders]
    if len(set(names)) < len(names):
        names = [str(folder) for folder in folders]
    runs = [_read(folder, name) for folder, name in zip(folders, names, strict=True)]
    out = Path(out).expanduser()
    if not out.parent.is_dir() or out.is_dir():
        raise WorkdirError(f"--out={out}: it must be a file in a folder that is there")
    sets = list(dict.fromkeys(str((run.config.get("data") or {}).get("name", "")) for run in runs))
    body = [
        header("Runs compared", f"{len(runs)} runs", ", ".join(sets), [], runs[0].environment),
        _section("Runs", _legend(runs)),
        _section("What differs", _differences(runs)),
        _section("Results", _results(runs)),
        _section("Curves", _curves(runs)),
    ]
    return write_page(out, f"{', '.join(names)} compared", body, runs[0].environment)


def _read(folder: Path, name: str) -> Run:
    check_run(folder)
    metrics = read_metrics(folder / "metrics.jsonl") if (folder / "metrics.jsonl").exists() else []
    scored = {part: read_rows(folder / f"{part}.json") for part in SCORED}
    rows = [row for part, found in scored.items() for row in (named(found) if part == "linear_sgd" else found)]
    return Run(name, read(folder / "config.json"), read(folder / "environment.json"), rows, metrics)


def _section(title: str, *parts: Markup) -> Markup:
    return element("section", element("h2", title), *parts)


def _legend(runs: Sequence[Run]) -> Markup:
    keys = (
        element("li", element("i", style=f"background:{color}"), f"{run.name}: {method_name(run.config)}")
        for run, color in zip(runs, class_colors(len(runs)), strict=True)
    )
    return element("ul", *keys, class_="legend")


def _differences(runs: Sequence[Run]) -> Markup:
    """The keys of the configs that are not the same in all runs."""
    configs = [run.config for run in runs]
    keys = sorted({key for config in configs[1:] for key in differing_keys(configs[0], config)})
    if not keys:
        return element("p", "Nothing: their configs are the same.", class_="lead")
    lines = []
    for key in keys:
        values = [look_up(config, key) for config in configs]
        lines.append((key, [element("td", MISSING if x is None else json.dumps(x)) for x in values]))
    return _table(runs, "config", lines)


def _results(runs: Sequence[Run]) -> Markup:
    """What was learned, and the untrained encoders: in %, the best of each line in bold."""
    found: dict[str, dict[str, dict[int, dict[str, Any]]]] = {}
    for number, run in enumerate(runs):
        for row in run.rows:
            if row["features"].partition(",")[0] in LEARNED:
                task = ": ".join(map(str, filter(None, (row.get("target"), row["task"]))))
                found.setdefault(task, {}).setdefault(f"{row['labels']}, {row['features']}", {})[number] = row
    if not found:
        return element("p", "None of them is evaluated yet: run launch/evaluate.py on their folders.", class_="lead")
    lines = []
    for task, named_rows in found.items():
        lines.append((task, []))
        for name, rows in named_rows.items():
            best = max(row["mean"] for row in rows.values())
            best = best if best > min(row["mean"] for row in rows.values()) else None
            lines.append((name, [_cell(rows.get(number), best) for number in range(len(runs))]))
    return _table(runs, "accuracy in %, by labels", lines)


def _cell(row: dict[str, Any] | None, best: float | None) -> Markup:
    if row is None:
        return element("td", MISSING)
    value = f"{100 * row['mean']:.1f}"
    std = "" if row.get("std") is None else f" ± {100 * row['std']:.1f}"
    return element("td", element("b", value) if row["mean"] == best else value, element("small", std))


def _curves(runs: Sequence[Run]) -> Markup:
    charts = []
    for name in in_order(name for run in runs for row in run.metrics for name in row):
        curves = []
        for number, run in enumerate(runs):
            points = [(row["epoch"], row[name]) for row in run.metrics if finite(row.get(name)) and "epoch" in row]
            if points:
                curves.append((number, *np.array(points, float).T))
        if curves:
            title, note, from_zero = explained(name)
            caption = element("figcaption", element("b", title), note)
            chart = overlaid(curves, label=f"{title} over epochs", from_zero=from_zero)
            charts.append(element("figure", caption, chart))
    return element("div", *charts, class_="charts") if charts else element("p", "No metrics yet.", class_="lead")


def _table(runs: Sequence[Run], corner: str, lines: Sequence[tuple[str, Sequence[Markup]]]) -> Markup:
    """A column for each run; a line without cells is a heading."""
    head = element("tr", *(element("th", name, scope="col") for name in (corner, *(run.name for run in runs))))
    body = [
        element("tr", element("th", name, scope="row"), *cells)
        if cells
        else element("tr", element("th", name, colspan=len(runs) + 1, scope="rowgroup"), class_="task")
        for name, cells in lines
    ]
    table = element("table", element("thead", head), element("tbody", *body), class_="numbers")
    return element("div", join(table), class_="scroll")
