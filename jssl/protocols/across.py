"""What a run of two senses knows across them: pairs that belong together, and search both ways."""

from functools import partial
from typing import Any

import jax
import numpy as np

from jssl.data.senses import only
from jssl.data.source import Source, part
from jssl.encoder import Encoder
from jssl.evaluate.retrieval import across

EXAMPLES = 1000
"""Pairs grow with the square of it."""


def evaluate_across(encoders: dict[str, Encoder], source: Source, *, seed: int = 0) -> list[dict[str, Any]]:
    """The rows of `jssl.evaluate.retrieval.across` for up to `EXAMPLES` examples, drawn by `seed`.

    Args:
        encoders: by what their rows are called: "pretrained", "untrained"; all of the same two senses.
        source: examples with both.

    Returns:
        Rows with "features", too.
    """
    rows = np.random.default_rng(seed).permutation(source.length)[:EXAMPLES]
    source, found = part(source, np.sort(rows)), []
    for name, encoder in encoders.items():
        senses = sorted(encoder.inputs)
        features = {sense: encoder.embed(only(source, encoder.inputs[sense])) for sense in senses}
        logits = np.asarray(jax.jit(partial(encoder.method.together, encoder.params, encoder.extra))(features))
        own = across(logits, tuple(senses))
        for target, known in source.targets.items():
            own += across(logits, tuple(senses), known.labels, target)
        found += [{"features": name, **row} for row in own]
    return found


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as plain text, in percent: a line a task."""
    names = list(dict.fromkeys(row["features"] for row in rows))
    lines = []
    for task in dict.fromkeys(row["task"] for row in rows):
        of_task = {row["features"]: row for row in rows if row["task"] == task}
        said = ", ".join(f"{name} {100 * of_task[name]['mean']:.1f}" for name in names)
        lines.append(f"{task}: {said} (chance {100 * next(iter(of_task.values()))['chance']:.1f})")
    return "\n".join(["", "Across the senses, in %:", *lines])
