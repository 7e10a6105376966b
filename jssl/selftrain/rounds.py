"""Noisy-student rounds (arXiv:1911.04252): a teacher labels the pool, a student learns from it and becomes the teacher.

A folder holds everything, and a run that was killed anywhere goes on from what is there:

    round_0/student         the first teacher, trained on labels alone
    round_1/labels          what it takes the pool for, and which of that is used
    round_1/student         trained on both
    round_1/manifest.json   written last: the round is finished
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax

from jssl.data.labelled import draw_labels
from jssl.data.source import Source
from jssl.encoder import load
from jssl.errors import ConfigError, DataError, WorkdirError
from jssl.run.config import open_split
from jssl.run.lock import only_one
from jssl.run.train import fit
from jssl.run.workdir import read_facts, read_json, refuse_change, write_json
from jssl.selftrain.overlap import overlap
from jssl.selftrain.plan import Round, plan_rounds
from jssl.selftrain.pseudo import make_pseudo

if TYPE_CHECKING:
    from ml_collections import ConfigDict

MANIFEST = "manifest.json"


def self_train(config: "ConfigDict", workdir: Path | str) -> list[dict[str, Any]]:
    """Run all rounds, or what is left of them; of many processes, all call it.

    Args:
        config: of the first teacher, a run of `supervised`. Beside that, `rounds`: "round_1", "round_2", ..., each with
            "threshold" and "per_class" (see `jssl.selftrain.select`), "ratio" (see `config.labels`), "soft" and what
            the student's config changes: {"encoder": {...}, "epochs": 40}. And `teacher`: the folder of a finished run
            that takes the first teacher's place, or "". `config.start` is every network's start whose encoder has the
            first teacher's shapes; a round may name its own, or "".

    Returns:
        The manifests: "accuracy" on the test split, the counts of each class, the share kept and how many of the
        pseudo-labels are right.

    Raises:
        Refused: as `jssl.run.train.fit`; no rounds; a pool that holds pictures of the test split; a teacher of another
            data set; a threshold that keeps nothing; a round that was finished by another config; a
            folder that holds a run.
    """
    if not config.get("rounds"):
        raise ConfigError("config.rounds names no round: see configs/noisy_student_mnist5k.py, or use launch.pretrain")
    if not config.data.test:
        raise ConfigError('config.data.test is "": rounds are told apart by their accuracy on it')
    workdir = Path(workdir).expanduser()
    if (workdir / "config.json").exists():
        raise WorkdirError(f"{workdir} holds a run: rounds need a --workdir of their own")
    first = Path(config.get("teacher") or workdir / "round_0" / "student").expanduser()
    assets = read_facts(first).assets if (first / "data.json").exists() else {}
    pool, test = (open_split(config, split, assets) for split in (config.data.train, config.data.test))
    rounds = plan_rounds(config, workdir, pool)
    with only_one(workdir):
        return _run(rounds, pool, test)


def _run(rounds: list[Round], pool: Source, test: Source) -> list[dict[str, Any]]:
    if not (rounds[0].folder / MANIFEST).exists():
        _check_overlap(pool, test)
    manifests: list[dict[str, Any]] = []
    for number, each in enumerate(rounds):
        path = each.folder / MANIFEST
        if path.exists():
            manifests.append(read_json(path))
            refuse_change(each.folder, manifests[-1]["config"], each.identity)
            continue
        found = _labels(rounds[number - 1], each, pool) if number else {}
        if not each.teacher:
            fit(each.config, each.network)
        score = load(each.network).accuracy(test)
        manifests.append(
            {"round": number, "accuracy": score, "parameters": each.parameters, **found, "config": each.identity}
        )
        if jax.process_index() == 0:
            each.folder.mkdir(parents=True, exist_ok=True)
            write_json(path, manifests[-1])
    return manifests


def _labels(before: Round, each: Round, pool: Source) -> dict[str, Any]:
    seen = each.config.labels
    known = draw_labels(pool, seen.which, seen.seed).indices
    return make_pseudo(each.folder / "labels", before.network, pool, known, **each.selection)


def _check_overlap(pool: Source, test: Source) -> None:
    if both := overlap(pool, test):
        raise DataError(
            f"{len(both)} pictures of the test split are in the pool too, the first at {both[:5]}: a student would"
            " learn what it is scored on. Take them out, or name disjoint splits as config.data.train and .test"
        )
