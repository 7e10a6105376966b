"""Label propagation over a run: few labels of the train split spread along a graph of both splits' features."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
from scipy.sparse import issparse

from jssl.data.labelled import draw_labels
from jssl.data.source import Source
from jssl.encoder import load
from jssl.errors import ConfigError, DataError
from jssl.evaluate.label_propagation import propagate
from jssl.evaluate.protocol import summary
from jssl.run.config import open_split
from jssl.run.workdir import write_json


def propagate_labels(
    workdir: Path | str,
    labels: str = "",
    *,
    checkpoint: str | int = "latest",
    draws: int = 3,
    k: int = 50,
    power: float = 3.0,
    alpha: float = 0.99,
) -> list[dict[str, Any]]:
    """How many of the test split's examples get their class by labels of the train split's that spread to them.

    Transductive: the test split's examples, without their labels, are in the graph. Of features of the run's encoder,
    of the same one untrained, and of its input's baseline, such as raw pixels.

    Args:
        workdir: of a finished run.
        labels: as `config.labels.which`; "" is what the run saw, drawn as it was, or "10 per class" of a run without.
        checkpoint: "latest", "best" or a step.
        draws: of these labels, of which the first is the run's own.
        k, power, alpha: see `propagate`.

    Returns:
        Rows like those of `results.json`, with the task "label propagation"; also written to `propagation.json`.

    Raises:
        Refused: no run, no labels, too few of a class; numbers that do not fit.
    """
    workdir = Path(workdir).expanduser()
    encoder = load(workdir, checkpoint)
    config = encoder.config
    if not config.data.test:
        raise ConfigError("config.data.test is empty: there is no test split to spread labels to")
    train, test = (open_split(config, split, encoder.facts.assets) for split in (config.data.train, config.data.test))
    if train.labels is None or test.labels is None:
        raise DataError(f"{train.name} has no labels on both splits: there is nothing to spread, or to score by")
    if len(encoder.inputs) > 1:
        raise ConfigError(f"label propagation takes a run of one input, not of {sorted(encoder.inputs)}")
    labels = labels or config.labels.which or "10 per class"
    name, fit = next(iter(encoder.inputs.values())).baselines[0]
    untrained = encoder.untrained()
    compared = {"pretrained": encoder.embed, "untrained": untrained.embed, name: fit(train)}
    known = [_seen(train, test, labels, config.labels.seed + draw) for draw in range(draws)]
    rows = []
    for features, embed in compared.items():
        both = np.concatenate([x.toarray() if issparse(x) else x for x in (embed(train), embed(test))])
        try:
            found = [
                propagate(both, seen, classes=len(train.classes), layout=encoder.layout, k=k, power=power, alpha=alpha)
                for seen in known
            ]
        except ValueError as error:
            raise ConfigError(f"label propagation: {error}") from error
        right = [float(np.mean(scores[train.length :].argmax(1) == test.labels)) for scores in found]
        rows.append({"features": features, "task": "label propagation", "labels": labels, **summary(right)})
    if jax.process_index() == 0:
        write_json(workdir / "propagation.json", {"rows": rows, "k": k, "power": power, "alpha": alpha})
    return rows


def _seen(train: Source, test: Source, labels: str, seed: int) -> np.ndarray:
    """The labels of both splits' examples, int [n], -1 for those that are not seen."""
    seen = np.full(train.length + test.length, -1)
    chosen = draw_labels(train, labels, seed).indices
    seen[chosen] = train.labels[chosen]
    return seen


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as plain text, in percent."""
    lines = [f"label propagation, {rows[0]['labels']}: % of the test split right, its examples in the graph"]
    for row in rows:
        spread = "" if row["std"] is None else f" ± {100 * row['std']:.1f}"
        lines.append(f"  {row['features']}: {100 * row['mean']:.1f}{spread}")
    return "\n".join(lines)
