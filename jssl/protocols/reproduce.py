"""A paper's numbers again: the run of its config, measured by the protocols that they are of."""

import datetime
import json
import os
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax

from jssl.errors import ConfigError
from jssl.protocols.frozen import assess
from jssl.protocols.linear_sgd import PROBES, linear_sgd
from jssl.report.document import read, read_rows
from jssl.report.page import write_report
from jssl.report.reported import found_in, measured, told
from jssl.run.config import differing_keys, look_up, to_json
from jssl.run.paper import Reported, elsewhere, read_paper
from jssl.run.train import fit
from jssl.run.workdir import FREE
from jssl.run.writers import read_metrics

if TYPE_CHECKING:
    from ml_collections import ConfigDict

ASSESSED = ("knn", "classifier", "pairs")
"""Protocols that `assess` measures."""


def reproduce(config: "ConfigDict", original: "ConfigDict", workdir: Path | str, results: Path) -> list[dict[str, Any]]:
    """Run a config, or go on, or take what is finished; measure it, and append to a file of results.

    Args:
        config: what is run.
        original: as its file has it: what was changed on the command line is a difference.
        results: JSON lines, one more for each of the paper's numbers.

    Returns:
        What was appended: "paper", "arxiv", "protocol", "reported", "by", "unit", "measured" in that unit or None,
        "differences", "workdir", "seed", "epochs", "date".

    Raises:
        ConfigError: a config without a paper's numbers; results that cannot be written.
        Refused, Preempted: as `fit`, `assess` and `linear_sgd`.
    """
    numbers = check(config)
    workdir, results = Path(workdir).expanduser(), results.expanduser()
    if results.is_dir() or not os.access(results if results.exists() else results.parent, os.W_OK):
        raise ConfigError(f"--results={str(results)!r} cannot be written to: name a file in a folder that is there")
    fit(config, workdir)
    if any(number.protocol in ASSESSED for number in numbers):
        assess(workdir)
    for like in dict.fromkeys(n.settings["like"] for n in numbers if n.protocol == "linear_sgd"):
        linear_sgd(workdir, PROBES[like])
    rows = outcome(config, original, workdir)
    if jax.process_index() == 0:
        write_report(workdir)
        with results.open("a") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    return rows


def check(config: "ConfigDict") -> tuple[Reported, ...]:
    """The numbers of a config's paper.

    Raises:
        ConfigError: there are none, or none that can be measured here, or one of an unknown probe.
    """
    numbers = read_paper(config.paper).reported
    if not numbers:
        raise ConfigError("config.paper reports no number: there is nothing to reproduce. launch.pretrain runs it")
    for number in numbers:
        if number.protocol == "linear_sgd" and number.settings["like"] not in PROBES:
            raise ConfigError(f"config.paper: {number.settings['like']!r} is no probe of {', '.join(PROBES)}")
    return numbers


def outcome(config: "ConfigDict", original: "ConfigDict", workdir: Path) -> list[dict[str, Any]]:
    """Every number of the paper, beside what the files of a run have of the same protocol."""
    evaluated = read(workdir / "results.json")
    rows = read_rows(workdir / "results.json") + read_rows(workdir / "linear_sgd.json")
    metrics = read_metrics(workdir / "metrics.jsonl") if (workdir / "metrics.jsonl").exists() else []
    found, paper = found_in(evaluated, rows, metrics), read_paper(config.paper)
    return [
        {
            "paper": paper.title, "arxiv": paper.arxiv, "protocol": number.name, "reported": number.value,
            "unit": number.unit, "by": number.by or "the paper", "measured": measured(number, found),
            "differences": [
                *elsewhere(number, config), *paper.differences, *changed(config, original, without=number.at),
            ],
            "workdir": str(workdir), "seed": config.seed,
            "epochs": config.epochs, "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        }
        for number in paper.reported
    ]  # fmt: skip


def changed(config: "ConfigDict", original: "ConfigDict", without: Collection[str] = ()) -> list[str]:
    """What is not as the config's file has it, a line each, but for what changes no result, and for some keys."""
    ours, theirs = to_json(config), to_json(original)
    keys = [key for key in differing_keys(theirs, ours) if not key.startswith(FREE) and key not in without]
    return [f"{key}: {look_up(theirs, key)!r} in its file, {look_up(ours, key)!r} here" for key in keys]


def table(config: "ConfigDict", rows: list[dict[str, Any]]) -> str:
    """Measured beside reported, each with its protocol; under each, where the settings differ."""
    lines = []
    for row, number in zip(rows, read_paper(config.paper).reported, strict=True):
        lines += [
            f"{row['protocol']}", f"  reported  {number.said}, by {row['by']}",
            f"  measured  {told(number, row['measured'])}",
            *(f"  differs   {difference}" for difference in row["differences"]),
        ]  # fmt: skip
    return "\n".join(lines)
