"""What every round trains: the config of the first teacher, and what the rounds change of it for their students."""

import copy
import logging
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import jax

from jssl.data.source import Source, facts
from jssl.errors import ConfigError, DataError
from jssl.run.build import build
from jssl.run.config import to_json
from jssl.run.start import shapes
from jssl.run.step import example_batch
from jssl.run.workdir import read_config

if TYPE_CHECKING:
    from ml_collections import ConfigDict

log = logging.getLogger(__name__)
SELECTION = ("threshold", "per_class", "soft")
"""Keys of a round that say which pseudo-labels are used, and how."""


class Round(NamedTuple):
    """A network, and of all rounds but the first which pseudo-labels it learns from."""

    folder: Path
    config: "ConfigDict"
    """That it is trained by."""
    network: Path
    """The run that trains it."""
    selection: dict[str, Any]
    """"threshold", "per_class" and "soft"; none of the first teacher's."""
    teacher: str
    """What `config.teacher` named in its place, or ""."""
    parameters: int
    """Of its encoder."""

    @property
    def identity(self) -> dict[str, Any]:
        """What a finished round must have been run by: this, as JSON."""
        chosen = {"rounds": {self.folder.name: self.selection}} if self.selection else {"teacher": self.teacher}
        return {**to_json(self.config), **chosen}


def plan_rounds(config: "ConfigDict", workdir: Path, pool: Source) -> list[Round]:
    """All rounds of a config, see `jssl.selftrain.rounds.self_train`; a student smaller than its teacher is warned of.

    Raises:
        Refused: a round that lacks a key or has one that is none, an option that a student's network, augmentation or
            method does not take; a teacher that is no classifier, or of another data set.
    """
    base = copy.deepcopy(config).unlock()  # a round may set what the first teacher's config does not have
    del base["rounds"], base["teacher"]
    first = read_teacher(config) if config.teacher else base
    network = Path(config.teacher or workdir / "round_0" / "student").expanduser()
    parameters = _size(_encoder(first, pool))
    rounds = [Round(workdir / "round_0", first, network, {}, config.teacher, parameters)]
    for number, (name, options) in enumerate(_in_order(config.rounds.to_dict()), 1):
        folder = workdir / f"round_{number}"
        student = _student(base, name, options)
        student.data.pseudo = str(folder / "labels")
        encoder = _encoder(student, pool)
        if student.start and "start" not in options and encoder != _encoder(base, pool):
            student.start = ""  # of another size: those weights are not its own
        selection = {key: options[key] for key in SELECTION}
        rounds.append(Round(folder, student, folder / "student", selection, "", _size(encoder)))
        _warn_of_small(name, *(each.parameters for each in rounds[-2:]))
    return rounds


def read_teacher(config: "ConfigDict") -> "ConfigDict":
    """The config of the run that takes the first teacher's place.

    Raises:
        Refused: no run, or one of another data set or without a classifier.
    """
    teacher = read_config(config.teacher)
    if teacher.data.name != config.data.name:
        raise DataError(
            f"config.teacher={config.teacher!r} was trained on {teacher.data.name}, and the pool is"
            f" {config.data.name}: its classes would be others"
        )
    if not teacher.labels.which:
        raise ConfigError(
            f"config.teacher={config.teacher!r} is a run of {teacher.method.name}, which trains no classifier: name"
            " one that saw labels, or let the teacher start from its encoder by config.start"
        )
    return teacher


def _in_order(rounds: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    def number(name: str) -> int:
        found = re.fullmatch(r"round_(\d+)", name)
        if not found:
            raise ConfigError(f"config.rounds.{name} is no round: name them round_1, round_2, ...")
        return int(found[1])

    return sorted(rounds.items(), key=lambda item: number(item[0]))


def _student(base: "ConfigDict", name: str, options: dict[str, Any]) -> "ConfigDict":
    if missing := [key for key in (*SELECTION, "ratio") if key not in options]:
        raise ConfigError(f"config.rounds.{name} lacks {missing}: see configs/noisy_student_mnist5k.py")
    config = copy.deepcopy(base)
    config.method = {"name": "noisy_student"}
    config.labels.ratio = options["ratio"]
    for key, value in options.items():
        if key in (*SELECTION, "ratio"):
            continue
        if key not in base:
            raise ConfigError(f"config.rounds.{name}.{key}: a config has no {key}; it has {sorted(base)}")
        if isinstance(value, dict):
            config[key].update(value)
        else:
            config[key] = value
    return config


def _encoder(config: "ConfigDict", pool: Source) -> dict[str, tuple[int, ...]]:
    """The shapes of an encoder's parameters, by name; nothing is computed."""
    method = build(config, facts(pool)).method
    params, _ = jax.eval_shape(method.init, jax.random.key(0), example_batch(pool.spec, 1))
    return shapes(params["encoder"])


def _size(encoder: dict[str, tuple[int, ...]]) -> int:
    return sum(map(math.prod, encoder.values()))


def _warn_of_small(name: str, teacher: int, student: int) -> None:
    if student < teacher:
        log.warning(
            "%s: the student's encoder has %s parameters, fewer than its teacher's %s. The paper found that a student"
            " should be as large as its teacher or larger.", name, f"{student:,}", f"{teacher:,}",
        )  # fmt: skip
