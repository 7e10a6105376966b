"""The report of a run: one HTML file that needs no network, no script and nothing beside it."""

import datetime
import inspect
import json
from pathlib import Path
from typing import Any

from jssl.errors import WorkdirError
from jssl.methods import METHODS
from jssl.report import gallery
from jssl.report.collect import load_pictures
from jssl.report.curves import curves, speed
from jssl.report.exhibits import load_exhibit
from jssl.report.markup import Markup, element, join
from jssl.report.scores import reported, results, tiles
from jssl.report.style import STYLE
from jssl.writers import read_metrics

# Nothing may load or run, whatever a class or a file is called: a second lock behind the escaping.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
SKIPPED_SHOWN = 50


def write_report(workdir: Path | str) -> Path:
    """Write `report.html` from a run's files alone; parts whose files are missing are left out or say so.

    Reads config.json, and where they are environment.json, data.json, metrics.jsonl, results.json, exhibit.npz,
    pictures.npz.

    Returns:
        The path of the report.

    Raises:
        WorkdirError: no run in this folder, or a file of it that is not JSON.
    """
    workdir = Path(workdir).expanduser()
    if not (workdir / "config.json").exists():
        raise WorkdirError(f"{workdir} holds no run (no config.json): name the folder of one")
    path = workdir / "report.html"
    partial = path.with_name(path.name + ".partial")
    # A file name that is not UTF-8 reaches here as lone surrogates.
    partial.write_text(_page(workdir), encoding="utf-8", errors="replace")
    return partial.replace(path)


def _page(workdir: Path) -> str:
    config = _read(workdir, "config.json")
    environment, data, evaluated = (_read(workdir, name) for name in ("environment.json", "data.json", "results.json"))
    metrics = read_metrics(workdir / "metrics.jsonl") if (workdir / "metrics.jsonl").exists() else []
    rows, protocol = evaluated.get("rows", []), evaluated.get("protocol", {})
    body = [
        _header(config, environment, data),
        tiles(rows),
        element("section", element("h2", "Results"), results(rows, protocol)),
        reported(rows, config.get("paper", {})),
        element("section", element("h2", "Curves"), curves(metrics)),
    ]
    if (workdir / "exhibit.npz").exists():
        body.append(gallery.exhibit(load_exhibit(workdir / "exhibit.npz")))
    if (workdir / "pictures.npz").exists():
        pictures = load_pictures(workdir / "pictures.npz")
        body += [gallery.views(pictures), gallery.neighbours(pictures), gallery.feature_map(pictures)]
    body += [_run(config, environment, data, metrics), _skipped(data.get("skipped", []))]
    body.append(element("section", element("h2", "Config and environment"), _details(config, environment)))
    title = f"{method_name(config)} on {_get(config, 'data', 'name')}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("title", title),
        element("style", Markup(STYLE)),
    )
    footer = element("footer", f"Written by jssl {_get(environment, 'packages', 'jssl')}".rstrip())
    page = element("html", head, element("body", element("main", *body), footer), lang="en")
    return f"<!doctype html>\n{page}\n"


def method_name(config: dict[str, Any]) -> str:
    """How a method writes its own name: what its module's first line has before the colon."""
    name = _get(config, "method", "name")
    factory = METHODS.get(name)
    doc = inspect.getdoc(inspect.getmodule(factory)) if factory else None
    return doc.partition(":")[0] if doc else name


def _header(config: dict[str, Any], environment: dict[str, Any], data: dict[str, Any]) -> Markup:
    facts = [f"{_get(config, 'encoder', 'name')} encoder" if _get(config, "encoder", "name") else ""]
    facts.append(f"{data['examples']:,} images" if "examples" in data else "")
    facts.append(f"{config['epochs']} epochs" if "epochs" in config else "")
    facts.append(f"batch {config['batch_size']}" if "batch_size" in config else "")
    facts.append(_devices(environment))
    title = element("h1", method_name(config), element("span", " on "), _get(config, "data", "name"))
    kicker = " · ".join(filter(None, ("Self-supervised pretraining", _day(environment.get("date")))))
    return element(
        "header",
        element("p", kicker, class_="kicker"),
        title,
        element("p", " · ".join(filter(None, facts)), class_="facts"),
    )


def _run(
    config: dict[str, Any], environment: dict[str, Any], data: dict[str, Any], metrics: list[dict[str, Any]]
) -> Markup:
    facts = speed(metrics)
    facts += [("devices", _devices(environment)), ("precision", config.get("precision", ""))]
    if parallel := config.get("parallel"):
        facts.append(("compiled by", f"{parallel.get('compiler', '')}, fsdp {parallel.get('fsdp', 1)}"))
    if "examples" in data:
        shape = " × ".join(map(str, data.get("shape", [])))
        facts.append(("training data", f"{data['examples']:,} images" + (f" of {shape}" if shape else "")))
    facts.append(("seed", config.get("seed", "")))
    return element("section", element("h2", "The run"), _list([(name, value) for name, value in facts if value != ""]))


def _skipped(pairs: list[list[str]]) -> Markup:
    if not pairs:
        return Markup()
    rows = [element("tr", *(element("td", str(text)) for text in pair)) for pair in pairs[:SKIPPED_SHOWN]]
    more = f" The first {SKIPPED_SHOWN} are listed; data.json has all." if len(pairs) > SKIPPED_SHOWN else ""
    head = element("thead", element("tr", element("th", "file"), element("th", "why")))
    count = f"{len(pairs):,} file{'s' if len(pairs) > 1 else ''} could not be read and took no part.{more}"
    return element(
        "section",
        element("h2", "Skipped files"),
        element("p", count, class_="lead"),
        element("table", head, element("tbody", *rows), class_="words"),
    )


def _details(config: dict[str, Any], environment: dict[str, Any]) -> Markup:
    shown = element("pre", json.dumps(config, indent=2, ensure_ascii=False))
    parts = [element("details", element("summary", "Config", element("small", "config.json")), shown)]
    if environment:
        summary = element("summary", "Environment", element("small", "versions and devices"))
        parts.append(element("details", summary, _list(_flat(environment))))
    return join(*parts)


def _list(facts: list[tuple[str, Any]]) -> Markup:
    return element("dl", *(join(element("dt", str(name)), element("dd", str(value))) for name, value in facts))


def _devices(environment: dict[str, Any]) -> str:
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


def _get(values: dict[str, Any], *keys: str) -> str:
    for key in keys:
        values = values.get(key, {}) if isinstance(values, dict) else {}
    return "" if isinstance(values, dict) else str(values)


def _read(workdir: Path, name: str) -> dict[str, Any]:
    path = workdir / name
    if not path.exists():
        return {}
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise WorkdirError(f"{path} is not valid JSON ({error}): put it right or delete it, then try again") from error
