"""What the comparisons of sounds, films and play share: frozen probes of several targets, and the table of them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.resumable import Row
from benchmarks.tables import markdown, spread

if TYPE_CHECKING:
    from ml_collections import ConfigDict

    from jssl.data.source import Source

TASKS = ("kNN", "linear probe")


def probe(
    config: "ConfigDict",
    embeddings: Mapping[str, Callable[["Source"], np.ndarray]],
    targets: Mapping[str, tuple[str, str]],
    seed: int,
) -> dict[str, float]:
    """What features tell of each target, in %: "<prefix><target>, kNN" and "<prefix><target>, linear probe".

    Args:
        config: whose data is opened.
        embeddings: prefix of the row's keys -> a source's features.
        targets: what is told -> the splits that a probe learns from and is scored on.
        seed: of the probe's held-out part.
    """
    from jssl.evaluate.protocol import evaluate
    from jssl.run.config import open_split

    found = {}
    for target, names in targets.items():
        train, test = (open_split(config, name) for name in names)
        labels, truth = train.targets[target], test.targets[target]
        results = evaluate(
            {prefix: (embed(train), embed(test)) for prefix, embed in embeddings.items()}, labels.labels, truth.labels,
            classes=len(labels.classes), fractions=(), draws=1, seed=seed, k=config.evaluate.k,
            temperature=config.evaluate.temperature,
        )  # fmt: skip
        for each in results["rows"]:
            if each["labels"] == "all":
                found[f"{each['features']}{target}, {each['task']}"] = 100 * each["mean"]
    return found


def trained(config: "ConfigDict", workdir: Path) -> tuple[dict[str, Callable[["Source"], np.ndarray]], dict[str, int]]:
    """Train a config, or go on; what embeds by it and by its untrained encoder, as for `probe`, and its "steps"."""
    from jssl.encoder import load
    from jssl.run.train import fit

    fit(config, workdir)
    encoder = load(workdir)
    return {"": encoder.embed, "untrained ": encoder.untrained().embed}, {"steps": encoder.step}


def unlearned(config: "ConfigDict", baseline: str) -> dict[str, Callable[["Source"], np.ndarray]]:
    """What embeds by a baseline of the config's one input, which needs no learning; as `probe` takes it."""
    from jssl.data.source import facts
    from jssl.run.build import build_inputs
    from jssl.run.config import open_split

    (input,) = build_inputs(config, facts(open_split(config, config.data.train))).values()
    return {"": dict(input.baselines)[baseline](None)}


def columns(targets: Mapping[str, Any]) -> tuple[str, ...]:
    """The table's columns of some targets."""
    return tuple(f"{target}, {task}" for target in targets for task in TASKS)


def table(rows: Sequence[Row], names: Sequence[str], columns: Sequence[str]) -> str:
    """Markdown: a line for each name, the mean over its rows, ± their standard deviation; untrained in brackets."""
    lines = [["", *columns, "steps", "CPU minutes"], ["---"] * (len(columns) + 3)]
    for name in names:
        found = [row for row in rows if row["row"] == name]
        if not found:
            continue
        cells = []
        for column in columns:
            untrained = spread([row[f"untrained {column}"] for row in found if f"untrained {column}" in row])
            learnt = spread([row[column] for row in found if column in row])
            cells.append(learnt + (f" ({untrained})" if untrained else ""))
        trained = [row for row in found if "steps" in row]
        minutes = f"{np.mean([row['CPU minutes'] for row in trained]):.1f}" if trained else ""
        lines.append([name, *cells, str(trained[0]["steps"]) if trained else "", minutes])
    return markdown(lines) + "\n"
