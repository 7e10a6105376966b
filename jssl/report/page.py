"""The report of a run: its results, curves, pictures and config on one page."""

import inspect
from pathlib import Path
from typing import Any

import numpy as np

from jssl.errors import WorkdirError
from jssl.methods import METHODS
from jssl.report import gallery
from jssl.report.collect import load_pictures
from jssl.report.curves import curves, speed
from jssl.report.document import definitions, devices, folded, folded_environment, header, read, read_rows, write_page
from jssl.report.exhibits import load_exhibit
from jssl.report.markup import Markup, element
from jssl.report.reported import found_in, reported
from jssl.report.scores import across, results, tiles
from jssl.run.writers import read_metrics

SKIPPED_SHOWN = 50
FURTHER = ("finetune", "propagation", "ttt", "ctc", "dense", "tracking", "ram")
"""Files of protocols that are run by name, with rows like those of results.json."""


def write_report(workdir: Path | str) -> Path:
    """Write `report.html` from a run's files alone; parts whose files are missing are left out or say so.

    Reads config.json, and where they are environment.json, data.json, metrics.jsonl, results.json, finetune.json,
    linear_sgd.json, propagation.json, ttt.json, ctc.json, dense.json, tracking.json, ram.json, exhibit.npz, dense.npz,
    pictures.npz, and views_*.npz of further inputs.

    Returns:
        The path of the report.

    Raises:
        WorkdirError: no run in this folder, or a file of it that is not JSON.
    """
    workdir = Path(workdir).expanduser()
    if not (workdir / "config.json").exists():
        raise WorkdirError(f"{workdir} holds no run (no config.json): name the folder of one")
    config, environment, data, evaluated = (
        read(workdir / f"{name}.json") for name in ("config", "environment", "data", "results")
    )
    frozen, probed = (read_rows(workdir / f"{name}.json") for name in ("results", "linear_sgd"))
    further = [row for name in FURTHER for row in read_rows(workdir / f"{name}.json")]
    metrics = read_metrics(workdir / "metrics.jsonl") if (workdir / "metrics.jsonl").exists() else []
    rows, protocol = frozen + further + named(probed), evaluated.get("protocol", {})
    body = [
        _header(config, environment, data),
        tiles(rows),
        element("section", element("h2", "Results"), results(rows, protocol)),
        across(evaluated.get("across", [])),
        reported(config, found_in(evaluated, frozen + probed, metrics)),
        element("section", element("h2", "Curves"), curves(metrics)),
    ]
    for name in ("exhibit.npz", "dense.npz"):
        if (workdir / name).exists():
            body.append(gallery.exhibit(load_exhibit(workdir / name)))
    if (workdir / "pictures.npz").exists():
        pictures = load_pictures(workdir / "pictures.npz")
        others = [gallery.exhibit(load_exhibit(path)) for path in sorted(workdir.glob("views_*.npz"))]
        if any(not np.array_equal(view, pictures.views[0]) for view in pictures.views[1:]):  # else nothing is random
            body.append(gallery.views(pictures))
        body += [*others, gallery.neighbours(pictures), gallery.feature_map(pictures)]
    body += [_run(config, environment, data, metrics), _skipped(data.get("skipped", []))]
    details = folded("Config", "config.json", config), folded_environment(environment)
    body.append(element("section", element("h2", "Config and environment"), *details))
    title = f"{method_name(config)} on {_get(config, 'data', 'name')}"
    return write_page(workdir / "report.html", title, body, environment)


def named(probed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of `linear_sgd.json` whose tasks say whose probe it was: those of two papers are two tasks."""
    return [{**row, "task": f"{row['task']} as {row['how']['like']}"} for row in probed]


def method_name(config: dict[str, Any]) -> str:
    """How a method writes its own name: what its module's first line has before the colon."""
    name = _get(config, "method", "name")
    module = inspect.getmodule(METHODS.get(name))
    own = module is not None and module.__name__.startswith("jssl.")  # and none of a notebook
    return (inspect.getdoc(module) or name).partition(":")[0] if own else name


def _header(config: dict[str, Any], environment: dict[str, Any], data: dict[str, Any]) -> Markup:
    facts = [_encoders(config.get("encoder", {}))]
    facts.append(_examples(data))
    epochs = config.get("epochs", "")  # or steps, in words
    facts.append(epochs if isinstance(epochs, str) else f"{epochs} epoch{'s' * (epochs != 1)}")
    facts.append(f"batch {config['batch_size']}" if "batch_size" in config else "")
    name = _get(config, "data", "name")
    return header("Self-supervised pretraining", method_name(config), name, facts, environment)


def _encoders(options: dict[str, Any]) -> str:
    """What an encoder is called; of several inputs, each."""
    if "name" in options:
        return f"{options['name']} encoder" if options["name"] else ""
    return " and ".join(f"{part['name']} encoder of {key}" for key, part in options.items() if isinstance(part, dict))


def _examples(data: dict[str, Any]) -> str:
    pictures = set(data.get("spec", {"image": {}})) <= {"image", "extent"}
    return f"{data['examples']:,} {'images' if pictures else 'examples'}" if "examples" in data else ""


def _run(
    config: dict[str, Any], environment: dict[str, Any], data: dict[str, Any], metrics: list[dict[str, Any]]
) -> Markup:
    facts = speed(metrics)
    facts += [("devices", devices(environment)), ("precision", config.get("precision", ""))]
    if parallel := config.get("parallel"):
        facts.append(("compiled by", f"{parallel.get('compiler', '')}, fsdp {parallel.get('fsdp', 1)}"))
    if "examples" in data:
        parts = {name: part["shape"] for name, part in data.get("spec", {}).items()} or {"image": data.get("shape", [])}
        shapes = [
            " × ".join(map(str, shape)) + f" ({name})" * (len(parts) > 1) for name, shape in parts.items() if shape
        ]
        facts.append(("training data", _examples(data) + f" of {', '.join(shapes)}" * bool(shapes)))
    facts.append(("seed", config.get("seed", "")))
    return element(
        "section", element("h2", "The run"), definitions([(name, value) for name, value in facts if value != ""])
    )


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


def _get(values: dict[str, Any], *keys: str) -> str:
    for key in keys:
        values = values.get(key, {}) if isinstance(values, dict) else {}
    return "" if isinstance(values, dict) else str(values)
