"""Noisy-student rounds (arXiv:1911.04252): a teacher labels the pool, a student learns from it and becomes the teacher.

A folder holds everything, and a run that was killed anywhere goes on from what is there:

    round_0/student         the first teacher, trained on labels alone
    round_1/labels          what it takes the pool for, and which of that is used
    round_1/student         trained on both
    round_1/manifest.json   written last: the round is finished
"""

import copy
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from jssl.config import open_split, to_json
from jssl.data.labelled import draw_labels
from jssl.data.source import Source
from jssl.encoder import Encoder, load
from jssl.errors import ConfigError, DataError
from jssl.selftrain.label import label, read_labels
from jssl.selftrain.overlap import overlap
from jssl.selftrain.pseudo import SELECTION
from jssl.selftrain.select import select
from jssl.train import fit
from jssl.workdir import read_json, write_json

if TYPE_CHECKING:
    from ml_collections import ConfigDict

log = logging.getLogger(__name__)
ROUND = ("threshold", "per_class", "ratio", "soft")
"""Keys of a round that are not those of a config."""


def self_train(config: "ConfigDict", workdir: Path | str) -> list[dict[str, Any]]:
    """Run all rounds, or what is left of them.

    Args:
        config: of the first teacher, a run of `supervised`. Beside that, `rounds`: "round_1", "round_2", ..., each with
            "threshold" and "per_class" (see `jssl.selftrain.select`), "ratio" (see `config.labels`), "soft" and what
            the student's config changes: {"encoder": {...}, "epochs": 40}. And `teacher`: the folder of a finished run
            that takes the first teacher's place, or "".

    Returns:
        The manifests: "accuracy" on the test split, the counts of each class, the share kept and how many of the
        pseudo-labels are right, where the pool's true labels are known.

    Raises:
        Refused: as `jssl.train.fit`; a pool that holds pictures of the test split; a teacher of another data set; a
            threshold that keeps nothing.
    """
    workdir = Path(workdir).expanduser()
    rounds = [options for _, options in sorted(config.rounds.to_dict().items(), key=lambda item: _number(item[0]))]
    pool, test = open_split(config, config.data.train), open_split(config, config.data.test)
    _check_overlap(pool, test)
    base = copy.deepcopy(config).unlock()  # a round may set what the first teacher's config does not have
    del base["rounds"], base["teacher"]
    teacher = _first_teacher(config, base, workdir / "round_0" / "student")
    manifest = {"round": 0, "accuracy": accuracy(teacher, test), "config": to_json(teacher.config)}
    manifests = [_finish(workdir / "round_0", manifest)]
    for number, options in enumerate(rounds, 1):
        folder = workdir / f"round_{number}"
        found = _labelled(teacher, pool, base, options, folder / "labels")
        student_config = _student(base, options, folder / "labels")
        fit(student_config, folder / "student")
        student = load(folder / "student")
        _warn_of_small(teacher, student, number)
        manifest = {"round": number, "accuracy": accuracy(student, test), **found, "options": options}
        manifests.append(_finish(folder, {**manifest, "config": to_json(student_config)}))
        teacher = student
    return manifests


def _number(name: str) -> int:
    found = re.fullmatch(r"round_(\d+)", name)
    if not found:
        raise ConfigError(f"config.rounds.{name} is no round: name them round_1, round_2, ...")
    return int(found[1])


def accuracy(run: Encoder, source: Source) -> float:
    """Share of a split that a run's classifier gets right."""
    return float(np.mean(run.predict(source).argmax(1) == source.labels))


def _first_teacher(config: "ConfigDict", base: "ConfigDict", folder: Path) -> Encoder:
    if not config.teacher:
        fit(base, folder)
        return load(folder)
    teacher = load(config.teacher)
    if teacher.config.data.name != config.data.name:
        raise DataError(
            f"config.teacher={config.teacher!r} was trained on {teacher.config.data.name}, and the pool is"
            f" {config.data.name}: its classes would be others"
        )
    return teacher


def _labelled(
    teacher: Encoder, pool: Source, base: "ConfigDict", options: dict[str, Any], folder: Path
) -> dict[str, Any]:
    """Label, filter and balance; what is there already is used. Returns what a manifest tells of it."""
    if (folder / SELECTION).exists():
        return read_json(folder / SELECTION)["found"]
    label(
        teacher.classify, pool._replace(labels=None), folder, process_index=jax.process_index(),
        process_count=jax.process_count(),
    )  # fmt: skip
    probabilities = read_labels(folder, pool.length)
    # Pictures whose label is known are learnt from with that.
    unknown = np.setdiff1d(np.arange(pool.length), draw_labels(pool, base.labels.which, base.labels.seed).indices)
    chosen = select(
        probabilities[unknown], threshold=options["threshold"], per_class=options["per_class"], classes=pool.classes
    )
    indices = unknown[chosen.indices]
    unique = np.unique(indices)
    found = {
        "counts": chosen.counts,
        "kept": len(unique) / len(unknown),
        "examples": len(indices),
        "pseudo_accuracy": float(np.mean(probabilities[unique].argmax(1) == pool.labels[unique])),
    }
    write_json(
        folder / SELECTION,
        {"pool": pool.length, "indices": indices.tolist(), "soft": options["soft"], "found": found},
    )
    return found


def _student(base: "ConfigDict", options: dict[str, Any], labels: Path) -> "ConfigDict":
    config = copy.deepcopy(base)
    config.method = {"name": "noisy_student"}
    config.labels.ratio = options["ratio"]
    config.data.pseudo = str(labels)
    for key, value in options.items():
        if key in ROUND:
            continue
        if isinstance(value, dict):
            config[key].update(value)
        else:
            config[key] = value
    return config


def _finish(folder: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    if jax.process_index() == 0:
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "manifest.json", manifest)
    return manifest


def _check_overlap(pool: Source, test: Source) -> None:
    if both := overlap(pool, test):
        raise DataError(
            f"{len(both)} pictures of the test split are in the pool too, the first at {both[:5]}: a student would"
            " learn what it is scored on. Take them out, or name disjoint splits as config.data.train and .test"
        )


def _warn_of_small(teacher: Encoder, student: Encoder, number: int) -> None:
    sizes = [sum(leaf.size for leaf in jax.tree.leaves(run.params["encoder"])) for run in (teacher, student)]
    if sizes[1] < sizes[0]:
        log.warning(
            "round %d: the student's encoder has %s parameters, fewer than its teacher's %s. The paper found that a"
            " student should be as large as its teacher or larger.", number, f"{sizes[1]:,}", f"{sizes[0]:,}",
        )  # fmt: skip
