"""A run's folder: one config, one folder; a folder is never taken over by another config's run."""

import datetime
import json
import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jssl.convert.origins import is_origin
from jssl.data.fingerprint import fingerprint
from jssl.data.labelled import Labelled
from jssl.data.source import Facts, Source, picture_spec
from jssl.errors import DataError, WorkdirError
from jssl.optim.duration import agree
from jssl.run.config import defaults, differing_keys, look_up, to_json

FREE = (
    "log_every", "checkpoint.keep", "data.data_dir", "data.manual_dir", "data.route", "data.pseudo", "parallel.",
    "paper.",
)  # fmt: skip
"""Keys that may change between the parts of an interrupted run: they do not change its result, or the data's
fingerprint tells where they do."""
ASSESSED = ("data.test", "evaluate.per_class", "evaluate.draws")
"""Keys that are read after the training alone."""


WHOLE = ("data", "augment", "encoder", "method", "optimizer", "batch_size", "epochs", "seed")
"""Keys that a config of every version has."""
DURATIONS = ("optimizer.warmup", "evaluate.every", "checkpoint.every", "epochs")


def claim(workdir: Path | str, config: dict[str, Any]) -> Path:
    """Make the folder this config's own, or find it to be so already.

    Args:
        config: as `jssl.run.config.to_json` gives it.

    Raises:
        WorkdirError: it holds a run of another config; the message names the keys that differ. It cannot be written.
    """
    workdir = Path(workdir).expanduser().absolute()
    path = workdir / "config.json"
    try:
        if path.exists():
            refuse_change(workdir, read_json(path), config, free=FREE + ASSESSED)
        if jax.process_index() == 0:
            workdir.mkdir(parents=True, exist_ok=True)
            write_json(path, config)
    except OSError as error:
        raise WorkdirError(f"--workdir={workdir} cannot hold a run: {error}") from error
    return workdir


def refuse_change(
    workdir: Path, saved: dict[str, Any], config: dict[str, Any], *, free: tuple[str, ...] = FREE
) -> None:
    """Refuse to go on under another config than a folder's own.

    A key that the folder's does not know, as it came with a later version, is no change at its default.

    Args:
        free: beginnings of the keys that may change.

    Raises:
        WorkdirError: the message names the keys that differ.
    """
    plain, saved = to_json(defaults()), migrated(saved)
    whole = saved.get("epochs"), config.get("epochs")

    def new(key: str) -> bool:
        return look_up(saved, key) is None and look_up(config, key) == look_up(plain, key)

    def as_long(key: str) -> bool:
        """Said another way: "5%" of 60 epochs are 3."""
        values = look_up(saved, key), look_up(config, key)
        return key in DURATIONS and None not in (*values, *whole) and agree(*values, whole)

    different = [key for key in differing_keys(saved, config) if not (key.startswith(free) or new(key) or as_long(key))]
    if different:
        changes = ", ".join(f"{key}: {look_up(saved, key)!r} there, {look_up(config, key)!r} here" for key in different)
        raise WorkdirError(
            f"{workdir} holds a run of another config ({changes}). Choose another --workdir, or the same values."
        )


def migrated(saved: dict[str, Any]) -> dict[str, Any]:
    """A config read from a folder, in the words of this version: `optimizer.warmup` was `warmup_epochs`."""
    if "warmup_epochs" not in saved.get("optimizer", {}):
        return saved
    optimizer = dict(saved["optimizer"])
    optimizer["warmup"] = optimizer.pop("warmup_epochs")
    return {**saved, "optimizer": optimizer}


def keep_labels(workdir: Path, labelled: Labelled) -> None:
    """Write which examples have their label, as `labels-4_per_class-seed0.json`, for all who ask later.

    Raises:
        DataError: others had it when the run began.
    """
    drawn = {
        "data": labelled.source.name, "which": labelled.which, "seed": labelled.seed,
        "indices": labelled.indices.tolist(), "validation": labelled.validation.tolist(),
    }  # fmt: skip
    path = workdir / f"labels-{labelled.which.replace(' ', '_')}-seed{labelled.seed}.json"
    if not path.exists():
        write_json(path, drawn)
    elif read_json(path) != drawn:
        raise DataError(f"{path} says that other examples were labelled: the data set has changed since this run began")


def keep_facts(workdir: Path, facts: Facts, train: Source) -> None:
    """Write `data.json` and the data's assets, so that a run can be loaded without its data.

    Raises:
        DataError: examples, labels, files or an asset, such as a tokenizer, that are others than when the run began.
    """
    for name, text in facts.assets.items():
        if (workdir / name).exists() and (workdir / name).read_text() != text:
            raise DataError(f"{workdir / name} is not what the data has now: it has changed since this run began")
        if not (workdir / name).exists():
            write_text(workdir / name, text)
    path, now = workdir / "data.json", fingerprint(train)
    before = read_json(path).get("fingerprint", {}) if path.exists() else {}  # an earlier version wrote none
    if changed := [part for part, known in before.items() if now.get(part) != known]:
        raise DataError(
            f"the {' and '.join(changed)} of {train.name} are not those that the run in {workdir} began with. Bring "
            f'them back, choose another --workdir, or take "fingerprint" out of {path} to go on with what there is now'
        )
    described = {
        "examples": facts.examples,
        "spec": {name: {"shape": list(x.shape), "dtype": np.dtype(x.dtype).name} for name, x in facts.spec.items()},
        "classes": list(facts.classes),
        "skipped": [list(pair) for pair in train.skipped],
        "about": dict(facts.about),
        "assets": sorted(facts.assets),
        "fingerprint": now,
    }
    write_json(path, described)


def read_facts(workdir: Path) -> Facts:
    """What `keep_facts` wrote; or an earlier version, which knew only pictures."""
    data = read_json(workdir / "data.json", "examples", "classes")
    if "spec" in data:
        spec = {name: jax.ShapeDtypeStruct(tuple(x["shape"]), x["dtype"]) for name, x in data["spec"].items()}
    else:
        spec = picture_spec(*data["shape"])
    assets = {name: (workdir / name).read_text() for name in data.get("assets", [])}
    return Facts(data["examples"], spec, tuple(data["classes"]), data.get("about", {}), assets)


def read_config(workdir: Path | str) -> Any:
    """The `ConfigDict` of the run in this folder.

    Raises:
        WorkdirError: there is no run.
    """
    from ml_collections import ConfigDict

    check_run(workdir)
    return ConfigDict(migrated(read_json(Path(workdir).expanduser() / "config.json", *WHOLE)))


def check_run(workdir: Path | str) -> None:
    """Refuse a folder without a run.

    Raises:
        WorkdirError: there is none.
    """
    if is_origin(str(workdir)):
        raise WorkdirError(
            f"{workdir} is no run: jssl.load, launch.embed and launch.convert take weights of others, and config.start"
            " begins a run with them"
        )
    if not (Path(workdir).expanduser() / "config.json").exists():
        raise WorkdirError(f"{workdir} holds no run (no config.json): pretrain one there, or name the folder of a run")


def environment() -> dict[str, Any]:
    """What a result depends on beside the config: versions, devices, machine, time."""
    packages = ("jssl", "jax", "jaxlib", "flax", "optax", "orbax-checkpoint", "tensorflow-datasets", "grain", "numpy")
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu_cores": os.cpu_count(),
        "backend": jax.default_backend(),
        "devices": jax.device_count(),
        "device_kind": jax.devices()[0].device_kind,
        "processes": jax.process_count(),
        "packages": {name: _version(name) for name in packages},
    }


def read_json(path: Path, *needed: str) -> dict[str, Any]:
    """Read a JSON file of ours, an object.

    Args:
        needed: keys that it must have.

    Raises:
        WorkdirError: it holds no JSON, nothing of that kind, or lacks a key.
    """
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(read, dict):
            raise ValueError(f"it holds {type(read).__name__}, not an object")
        if lacking := [key for key in needed if key not in read]:
            raise ValueError(f"it lacks {', '.join(lacking)}")
    except ValueError as error:  # of JSON, of bytes that are no text, and ours
        raise WorkdirError(f"{path} is damaged ({error}): bring it back, or choose another --workdir") from error
    return read


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file in one move, so that a reader or a kill never meets half of it."""
    write_text(path, json.dumps(value, indent=1) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file in one move."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text)
    partial.replace(path)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
