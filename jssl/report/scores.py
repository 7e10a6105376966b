"""The report's results: headline numbers, the table with its baselines."""

from collections.abc import Sequence
from typing import Any

from jssl.report.document import headlines
from jssl.report.figures import Series, dot_plot, legend
from jssl.report.markup import Markup, element, join

LEAD = "Top-1 accuracy in % of simple classifiers on frozen features, and of networks trained with labels."
LEARNED = {
    "pretrained": "pretrained",
    "untrained": "untrained",
    "scratch": "",
    "fine-tuned": "",
    "adapted": "",
    "adapted online": "",
}
"""Styles of what was learned. Any other row is a baseline that needs no learning, such as raw pixels."""

Row = dict[str, Any]
"""{"features", "task", "labels", "mean" in [0, 1], "std" or None, "draws"}, as in `results.json`."""


def tiles(rows: Sequence[Row]) -> Markup:
    """The few numbers to remember, each beside the same for the baselines."""
    rows = of_target(rows, targets(rows)[0]) if rows else rows
    wanted = [("kNN", "all"), ("linear probe", "all")]
    wanted += [("linear probe", name) for name in _unique(rows, "labels") if name.endswith("per class")][:1]
    shown = []
    for task, labels in wanted:
        if (ours := _find(rows, "pretrained", task, labels)) is None:
            continue
        others = [
            f"{name} {_percent(row)}"
            for name in _unique(rows, "features")
            if name != "pretrained" and (row := _find(rows, name, task, labels))
        ]
        name = f"{task}, {labels} labels" if labels == "all" else f"{task}, {labels.replace('per', 'labels per')}"
        shown.append((name, _percent(ours), " · ".join(others)))
    return headlines(shown)


def results(rows: Sequence[Row], protocol: dict[str, Any]) -> Markup:
    """The table of accuracies, and the same as a plot."""
    if not rows:
        return element("p", "Not evaluated yet: run launch/evaluate.py on this folder.", class_="lead")
    draws = sorted({int(row["draws"]) for row in rows if int(row.get("draws") or 1) > 1})
    note = "Best of each column and task in bold."
    if draws:
        note = f"± is one standard deviation over {' or '.join(map(str, draws))} draws of the labelled examples. {note}"
    if protocol:
        said = {name: value for name, value in protocol.items() if not isinstance(value, dict)}
        note += " Protocol: " + ", ".join(f"{name.replace('_', ' ')} {_plain(v)}" for name, v in said.items()) + "."
    shown = []
    for target in targets(rows):
        own = of_target(rows, target)
        shown += [element("h3", target)] if len(targets(rows)) > 1 else []
        shown += [element("div", _table(own), class_="scroll"), _plots(own)]
    return join(element("p", LEAD, class_="lead"), *shown, element("p", note, class_="note"))


def across(rows: Sequence[Row]) -> Markup:
    """The table of what was found across two senses, beside chance."""
    if not rows:
        return Markup()
    names, chance = _unique(rows, "features"), {row["task"]: f"{100 * row['chance']:.1f}" for row in rows}
    found = {(row["task"], row["features"]): _percent(row) for row in rows}
    head = element("tr", *(element("th", name, scope="col") for name in ("task", *names, "chance")))
    body = [
        element("tr", element("th", task, scope="row"), *(element("td", found[task, name]) for name in names),
                element("td", of_chance))
        for task, of_chance in chance.items()
    ]  # fmt: skip
    lead = (
        "Whether the network tells what belongs together, and what it finds in one sense by an example of the other:"
        " R@5 is how often one of the first five is right, in %. Chance is a random order, or a coin."
    )
    return element(
        "section",
        element("h2", "Across the senses"),
        element("p", lead, class_="lead"),
        element("div", element("table", element("thead", head), element("tbody", *body), class_="numbers"),
                class_="scroll"),
    )  # fmt: skip


def targets(rows: Sequence[Row]) -> list[str]:
    """Names of the targets that there are rows of, the default one first; [""] where no row names one."""
    return list(dict.fromkeys(str(row["target"]) for row in rows if "target" in row)) or [""]


def of_target(rows: Sequence[Row], target: str) -> list[Row]:
    """The rows of one target. Those that name none, such as fine-tuning's, are of the default one."""
    first = targets(rows)[0]
    return [row for row in rows if row.get("target", first) == target]


def _table(rows: Sequence[Row]) -> Markup:
    budgets, body = _unique(rows, "labels"), []
    spread = {row["labels"] for row in rows if row.get("std") is not None}
    for task in _unique(rows, "task"):
        body.append(element("tr", element("th", task, colspan=len(budgets) + 1, scope="rowgroup"), class_="task"))
        best = {
            labels: max(row["mean"] for row in rows if (row["task"], row["labels"]) == (task, labels))
            for labels in budgets
            if any((row["task"], row["labels"]) == (task, labels) for row in rows)
        }
        for features in _unique(rows, "features"):
            found = [_find(rows, features, task, labels) for labels in budgets]
            if any(found):
                cells = [_cell(row, best, labels in spread) for row, labels in zip(found, budgets, strict=True)]
                body.append(element("tr", element("th", features, scope="row"), *cells))
    head = [element("th", "labels", scope="col")]
    head += [element("th", labels, _std("" if labels in spread else None), scope="col") for labels in budgets]
    return element("table", element("thead", element("tr", *head)), element("tbody", *body), class_="numbers")


def _cell(row: Row | None, best: dict[str, float], spread: bool) -> Markup:
    if row is None:
        return element("td", "–", _std("" if spread else None))
    value = _percent(row)
    value = element("b", value) if row["mean"] == best[row["labels"]] else value
    std = "" if row.get("std") is None else f"± {100 * row['std']:.1f}"
    return element("td", value, _std(std if spread else None))


def _std(text: str | None) -> Markup:
    """What follows a mean; empty, it keeps the column's means below each other."""
    return Markup() if text is None else element("small", text)


def _plots(rows: Sequence[Row]) -> Markup:
    budgets, names = _unique(rows, "labels"), _unique(rows, "features")
    ends = [100 * (row["mean"] + side * (row.get("std") or 0)) for row in rows for side in (-1, 1)]
    panels = []
    for task in _unique(rows, "task"):
        series = []
        for name in names:
            found = [_find(rows, name, task, labels) for labels in budgets]
            means = [100 * row["mean"] if row else None for row in found]
            stds = [100 * (row.get("std") or 0.0) if row else None for row in found]
            series.append(Series(name, _style(name), means, stds))
        chart = dot_plot(
            budgets,
            series,
            label=f"{task}: accuracy by number of labels",
            x_label="accuracy (%)",
            x=(min(ends), max(ends)),
        )
        panels.append(element("figure", element("figcaption", element("b", task)), chart))
    keys = legend([(name, _style(name)) for name in names])
    return join(element("div", *panels, class_="panels"), keys)


def _style(name: str) -> str:
    return LEARNED.get(name.partition(",")[0], "pixels")


def _find(rows: Sequence[Row], features: str, task: str, labels: str) -> Row | None:
    return next((r for r in rows if (r["features"], r["task"], r["labels"]) == (features, task, labels)), None)


def _unique(rows: Sequence[Row], key: str) -> list[str]:
    return list(dict.fromkeys(str(row[key]) for row in rows))


def _percent(row: Row) -> str:
    return f"{100 * row['mean']:.1f}"


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
