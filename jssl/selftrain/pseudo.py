"""A data set of pseudo-labels: pictures of a pool, each with what a teacher takes it for."""

from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax.experimental.multihost_utils import sync_global_devices

from jssl.data.pseudo import SELECTION, read_labels
from jssl.data.source import NOTHING, Source
from jssl.encoder import load
from jssl.report.collect import save_arrays
from jssl.run.workdir import read_json, refuse_change, write_json
from jssl.selftrain.evidence import examples, histogram
from jssl.selftrain.label import label
from jssl.selftrain.select import select

EXAMPLES = "examples.npz"
"""Beside it: some of them in pictures."""


def make_pseudo(
    folder: Path, teacher: Path, pool: Source, known: np.ndarray, *, threshold: float, per_class: int, soft: bool
) -> dict[str, Any]:
    """Label a pool, and select what a student learns from. What is there already is used; `open_pseudo` reads it.

    All processes of a run call it: each labels shards of its own, and the first one writes what is selected.

    Args:
        teacher: folder of a run with a classifier.
        known: positions of the examples whose label is known, which are learnt from with that: int [m].
        threshold, per_class: see `jssl.selftrain.select`.
        soft: labels are probabilities, and not classes.

    Returns:
        What a manifest tells of it.

    Raises:
        Refused: a run that is no classifier, a threshold that keeps nothing; a selection by other values.
    """
    chosen_by = {"threshold": threshold, "per_class": per_class, "soft": soft}
    if (folder / SELECTION).exists():
        selection = read_json(folder / SELECTION)
        refuse_change(folder, {key: selection[key] for key in chosen_by}, chosen_by)
        return selection["found"]
    place = {"process_index": jax.process_index(), "process_count": jax.process_count()}
    run = load(teacher, devices=jax.local_devices())  # processes label at their own pace
    label(run.classify, pool._replace(targets=NOTHING), folder, **place)
    sync_global_devices("the pool is labelled")
    probabilities = read_labels(folder, pool.length)
    unknown = np.setdiff1d(np.arange(pool.length), known)
    chosen = select(probabilities[unknown], threshold=threshold, per_class=per_class, classes=pool.classes)
    indices = unknown[chosen.indices]
    unique = np.unique(indices)
    found = {
        "counts": chosen.counts,
        "kept": len(unique) / len(unknown),
        "examples": len(indices),
        "pseudo_accuracy": float(np.mean(probabilities[unique].argmax(1) == pool.labels[unique])),
        "confidence": histogram(probabilities[unknown], pool.labels[unknown]),
    }
    if jax.process_index() == 0:
        shown = next(iter(run.inputs.values()))
        save_arrays(folder / EXAMPLES, examples(shown, pool, unknown, probabilities, threshold))
        written = {"pool": pool.length, **chosen_by, "found": found, "indices": indices.tolist()}
        write_json(folder / SELECTION, written)
    sync_global_devices("the selection is written")
    return found
