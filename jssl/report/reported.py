"""The paper's numbers, and beside each what was measured here by the same protocol, or that nothing was."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from jssl.report.markup import Markup, element
from jssl.run.paper import Paper, Reported, elsewhere, read_paper

Found = Mapping[str, Any]
"""What a run's files hold: "rows", of `results.json` and its likes; "protocol"; "across"; and "perplexity"."""
NOT_MEASURED = "not measured"


def found_in(evaluated: Found, rows: Sequence[dict[str, Any]], metrics: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What `measured` looks into.

    Args:
        evaluated: `results.json`.
        rows: those of it and of the run's other protocols.
        metrics: of `metrics.jsonl`.
    """
    seen = [row["monitor/perplexity"] for row in metrics if "monitor/perplexity" in row]
    return {
        "rows": list(rows), "protocol": evaluated.get("protocol", {}), "across": evaluated.get("across", []),
        "perplexity": seen[-1] if seen else None,
    }  # fmt: skip


def measured(number: Reported, found: Found) -> float | None:
    """What this run has of the number's own protocol and settings, in its unit; None where that was not measured."""
    if number.protocol == "perplexity":
        return found["perplexity"]
    wanted = {
        "knn": {"task": "kNN", "labels": "all"},
        "linear_sgd": {"task": "linear probe, SGD", "labels": "all"},
        "classifier": {"task": "its own classifier"},
        "pairs": {"task": "belong together"},
    }.get(number.protocol)
    if wanted is None:
        return None
    rows = found["across"] if number.protocol == "pairs" else found["rows"]
    for row in rows:
        if row["features"] != "pretrained" or any(row.get(key) != value for key, value in wanted.items()):
            continue
        if number.protocol == "knn" and any(found["protocol"].get(key) != x for key, x in number.settings.items()):
            continue
        if number.protocol == "linear_sgd" and row["how"]["like"] != number.settings["like"]:
            continue
        return 100 * (1 - row["mean"] if number.unit == "% error" else row["mean"])
    return None


def told(number: Reported, value: float | None) -> str:
    """A measured value in the number's unit, or that there is none."""
    return NOT_MEASURED if value is None else f"{value:.1f} {number.unit}"


def reported(config: Mapping[str, Any], found: Found) -> Markup:
    """The section of the report; nothing for a config without a paper's numbers."""
    paper = read_paper(config.get("paper") or {})
    if not paper.reported:
        return Markup()
    lines = [
        (number.by or _source(paper), number.name, number.said, told(number, measured(number, found)),
         "; ".join(elsewhere(number, config)) or "–")
        for number in paper.reported
    ]  # fmt: skip
    cells = [element("tr", *(element("td", cell) for cell in line)) for line in lines]
    names = ("reported by", "protocol", "reported", "measured here, same protocol", "settings that differ")
    lead = (
        "A number is only beside what was measured by its own protocol; results of others, above, do not compare with"
        " it. Data, budget and network may still differ."
    )
    known = [element("p", f"Known to differ: {'; '.join(paper.differences)}.", class_="note")] * bool(paper.differences)
    return element(
        "section",
        element("h2", "Reported and measured"),
        element("p", lead, class_="lead"),
        element("div", element("table", element("thead", element("tr", *(element("th", name) for name in names))),
                               element("tbody", *cells), class_="words"), class_="scroll"),
        *known,
    )  # fmt: skip


def _source(paper: Paper) -> Markup | str:
    source = paper.title or "The paper"
    if arxiv := re.fullmatch(r"(?:arXiv:)?(\d{4}\.\d{4,5}|[a-z-]+/\d{7})", paper.arxiv):
        return element("a", source, href=f"https://arxiv.org/abs/{arxiv[1]}")
    return source
