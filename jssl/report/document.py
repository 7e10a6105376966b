"""A page of the reports: one HTML file that needs no network, no script and nothing beside it."""

import datetime
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from jssl.errors import WorkdirError
from jssl.report.markup import Markup, element, join
from jssl.report.style import STYLE
from jssl.run.workdir import read_json

# Nothing may load or run, whatever a class or a file is called: a second lock behind the escaping.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:"

ROW = {"features", "task", "labels", "mean"}
"""What every row of scores has."""


def write_page(path: Path, title: str, body: list[Markup], environment: dict[str, Any]) -> Path:
    """Write a whole page in one move.

    Args:
        body: its sections.
        environment: as environment.json has it, or {}; names the version in the footer.
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("title", title),
        element("style", Markup(STYLE)),
    )
    version = (environment.get("packages") or {}).get("jssl", "")
    footer = element("footer", f"Written by jssl {version}".rstrip())
    page = element("html", head, element("body", element("main", *body), footer), lang="en")
    partial = path.with_name(path.name + ".partial")
    # A file name that is not UTF-8 reaches here as lone surrogates.
    partial.write_text(f"<!doctype html>\n{page}\n", encoding="utf-8", errors="replace")
    return partial.replace(path)


def read(path: Path) -> dict[str, Any]:
    """A JSON file of a run; {} where there is none.

    Raises:
        WorkdirError: it is no JSON, or no object.
    """
    return read_json(path) if path.exists() else {}


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The scores in a JSON file of a run; [] where there is none.

    Raises:
        WorkdirError: as `read`, or its rows are none.
    """
    rows = read(path).get("rows", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.keys() >= ROW for row in rows):
        raise WorkdirError(f"{path} is damaged (its rows need {', '.join(sorted(ROW))}): evaluate the run again")
    return rows


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """For a file of arrays to be read in.

    Raises:
        WorkdirError: it is damaged.
    """
    try:
        yield path
    except (ValueError, KeyError, EOFError, OSError, BadZipFile) as error:
        raise WorkdirError(f"{path} is damaged ({error}): delete it, and evaluate the run again") from error


def header(kicker: str, subject: str, data: str, facts: list[str], environment: dict[str, Any]) -> Markup:
    """What a page is about: subject and data set, what kind of page on which day, and a line of facts."""
    small = " · ".join(filter(None, (kicker, _day(environment.get("date")))))
    return element(
        "header",
        element("p", small, class_="kicker"),
        element("h1", subject, element("span", " on "), data),
        element("p", " · ".join(filter(None, [*facts, devices(environment)])), class_="facts"),
    )


def headlines(shown: Iterable[tuple[str, str, str]]) -> Markup:
    """The few numbers to remember: of each its name, the number in per cent, and what is to be read beside it."""
    items = [
        element(
            "li",
            element("span", name, class_="name"),
            element("span", value, element("small", " %"), class_="value"),
            element("span", beside, class_="beside"),
        )
        for name, value, beside in shown
    ]
    return element("ul", *items, class_="tiles") if items else Markup()


def folded(title: str, beside: str, values: Any) -> Markup:
    """JSON that a reader opens."""
    shown = element("pre", json.dumps(values, indent=2, ensure_ascii=False))
    return element("details", element("summary", title, element("small", beside)), shown)


def folded_environment(environment: dict[str, Any]) -> Markup:
    """The versions and devices of a run, for a reader to open."""
    if not environment:
        return Markup()
    summary = element("summary", "Environment", element("small", "versions and devices"))
    return element("details", summary, definitions(_flat(environment)))


def definitions(facts: list[tuple[str, Any]]) -> Markup:
    """Names and values, below each other."""
    return element("dl", *(join(element("dt", str(name)), element("dd", str(value))) for name, value in facts))


def devices(environment: dict[str, Any]) -> str:
    """How many of what kind a run computed on; "" if that is unknown."""
    if "devices" not in environment:
        return ""
    kind = str(environment.get("device_kind") or environment.get("backend") or "device")
    kind = "CPU" if kind.lower() == "cpu" else kind
    cores = f" ({environment['cpu_cores']} cores)" if kind == "CPU" and environment.get("cpu_cores") else ""
    return f"{environment['devices']} × {kind}{cores}".replace(" ", "\N{NO-BREAK SPACE}")


def _day(date: Any) -> str:
    try:
        day = datetime.datetime.fromisoformat(str(date))
    except ValueError:
        return ""
    return f"{day.day} {day:%B %Y}"


def _flat(values: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    facts: list[tuple[str, Any]] = []
    for key, value in values.items():
        facts += _flat(value, f"{prefix}{key} ") if isinstance(value, dict) else [(f"{prefix}{key}", value)]
    return facts
