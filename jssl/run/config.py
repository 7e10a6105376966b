"""Configs: the defaults every experiment starts from.

A config file holds `get_config()`, which fills in `defaults()`. Values are plain, so that a config prints, serialises
and is overridden from the command line, type-checked, with unknown keys refused by `ml_collections`.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jssl.data.loader import steps_per_epoch
from jssl.data.source import NOTHING, Source, with_target
from jssl.data.sources import open_source
from jssl.errors import ConfigError
from jssl.optim.duration import steps_of
from jssl.ranges import Below1, Count, Natural, Positive, Seed, check_value

if TYPE_CHECKING:
    from ml_collections import ConfigDict


STANDARD = ("name", "train", "test", "validation", "target", "size", "data_dir", "manual_dir", "pseudo", "route")
"""Keys of `config.data` that every kind of data has; further ones are options of that kind's own."""


def defaults() -> "ConfigDict":
    """What an experiment need not say. `data.name`, `encoder.name` and `method.name` have no default."""
    from ml_collections import ConfigDict, config_dict

    return ConfigDict(
        {
            "seed": 0,
            "data": {
                "name": "",
                "train": "train",  # split to pretrain on; its labels are only read by evaluations
                "test": "test",  # split that evaluations score; "" when there is none
                "validation": "",  # split on which a method scores its own task, to choose "best" by; "" is none
                "target": "",  # which of the data's labels are meant; "" is the first
                "size": 0,  # side in pixels that folder pictures are resized to; 0 keeps a data set's own
                "data_dir": "",  # where prepared data sets lie; "" is JSSL_DATA or the user's cache
                "manual_dir": "",  # files that a data set's licence or host makes you fetch by hand
                "pseudo": "",  # folder of pseudo-labels, to learn from in place of unlabelled examples
                "route": "auto",  # "ram" decodes once, "stream" decodes on demand, "auto" chooses by size
            },
            # For methods that see labels; "all", "10%" or "4 per class". `ratio` is how many examples without their
            # label come with each labelled one; 0 trains on the labelled ones alone. `validation` is the share of the
            # labelled ones that is not trained on, and scored at each look instead of kNN.
            "labels": {"which": "", "seed": 0, "ratio": 0, "validation": 0.0},
            "start": "",  # of the encoder: the folder of a run, timm:FILE, torchvision:FILE or hf:FOLDER
            "input": "",  # which kind of input the method sees, where the data has several
            "augment": {"recipe": "", "size": 0},
            "encoder": {"name": ""},
            "method": {"name": ""},
            "optimizer": {
                "name": "lars",
                "learning_rate": 0.3,  # per 256 examples
                "weight_decay": 1e-6,
                "warmup": _any(10.0),  # a duration, see jssl.optim.duration; so are "epochs" and "every"
                "clip": config_dict.placeholder(float),  # global gradient norm
            },
            "batch_size": 256,  # global: over all devices and accumulated micro-batches
            "accumulate": 1,
            "epochs": _any(100),
            "precision": "float32",  # or "bf16": matmuls and convolutions of all networks; losses stay float32
            "parallel": {"compiler": "jit", "fsdp": 1},
            "log_every": 10,  # steps
            "checkpoint": {"every": _any(10), "keep": 2},  # how many to keep beside the best; 0 saves at the end alone
            "evaluate": {
                "every": _any(10),  # between monitors; 0 turns them off
                "examples": 4096,  # of the train split that monitors look at
                "k": 20,
                "temperature": 0.07,
                "per_class": 10,  # labels per class of the smallest probe
                "draws": 5,
            },
            "paper": {"title": "", "arxiv": "", "data": "", "reported": (), "differences": ()},  # see jssl.run.paper
        }
    )


def total_steps(config: "ConfigDict", examples: int) -> int:
    """Optimiser steps of the whole run on a data set of that many examples.

    Raises:
        ConfigError: a run that is no duration or has no step, or more than can be counted, fewer examples than a batch.
    """
    try:
        steps = steps_of(config.epochs, steps_per_epoch=steps_per_epoch(examples, config.batch_size))
    except ValueError as error:
        raise ConfigError(f"config.epochs or batch_size: {error}") from error
    if not steps:
        raise ConfigError(f"config.epochs={config.epochs!r} trains for no step")
    if steps >= 2**31:  # the state counts them in an int32
        raise ConfigError(f"config.epochs={config.epochs!r} is {steps:.3g} steps, more than the 2147483647 of a run")
    return steps


def open_split(config: "ConfigDict", split: str, assets: Mapping[str, str] = NOTHING) -> Source:
    """One split of the config's data set.

    Args:
        assets: of the data set when the run began, such as its tokenizer, to be used again.

    Raises:
        DataError: it is not there.
    """
    data = config.data.to_dict()
    own = {key: value for key, value in data.items() if key not in STANDARD}
    own |= {Path(asset).stem: text for asset, text in assets.items()}
    source = open_source(
        data["name"], split=split, size=data["size"] or None, data_dir=data["data_dir"] or None,
        manual_dir=data["manual_dir"] or None, route=data["route"], **own,
    )  # fmt: skip
    return with_target(source, data.get("target", ""))


def to_json(config: "ConfigDict") -> dict[str, Any]:
    """The config as JSON has it: tuples become lists, so that it compares equal after a round trip."""
    return json.loads(json.dumps(config.to_dict()))


def differing_keys(a: dict[str, Any], b: dict[str, Any], prefix: str = "") -> list[str]:
    """Dotted keys whose values differ, sorted."""
    keys = []
    for key in sorted(set(a) | set(b)):
        left, right = a.get(key), b.get(key)
        if isinstance(left, dict) and isinstance(right, dict):
            keys += differing_keys(left, right, f"{prefix}{key}.")
        elif left != right:
            keys.append(prefix + key)
    return keys


def look_up(config: "dict[str, Any] | ConfigDict", dotted: str) -> Any:
    """The value at a dotted key; None where there is none."""
    value: Any = config
    for key in dotted.split("."):
        value = value.get(key) if hasattr(value, "get") else None
    return value


NUMBERS = {
    "seed": Seed, "batch_size": Count, "accumulate": Count, "log_every": Count, "checkpoint.keep": Count,
    "data.size": Natural, "labels.seed": Seed, "labels.ratio": Natural, "labels.validation": Below1,
    "parallel.fsdp": Count, "evaluate.examples": Count, "evaluate.k": Count, "evaluate.temperature": Positive,
    "evaluate.per_class": Count, "evaluate.draws": Count,
}  # fmt: skip
"""The ranges of a config's own numbers; those of its parts stand at the arguments of their factories."""


def check_numbers(config: "ConfigDict") -> None:
    """Refuse numbers out of their range, before any data is opened.

    Raises:
        ConfigError: naming the key and what it must be.
    """
    for key, annotation in NUMBERS.items():
        try:
            check_value(f"config.{key}", look_up(config, key), annotation)
        except ValueError as error:
            raise ConfigError(str(error)) from error
    total_steps(config, config.batch_size)


def _any(value: Any) -> Any:
    """A field that may be set to a value of another type, too: a duration."""
    from ml_collections import FieldReference

    return FieldReference(value, field_type=object)
