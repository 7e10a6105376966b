"""The data sets of the comparisons, and the configs for the one moved to the other: as many steps, other pictures."""

import hashlib
import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.cifar10 import EPOCHS, moved

if TYPE_CHECKING:
    from ml_collections import ConfigDict

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
CHANGES: dict[str, dict[str, dict[str, Any]]] = {
    "mnist5k": {},
    "fashion_mnist": {
        "data": {"name": "tfds:fashion_mnist"},
        "augment": {"mean": (0.2860,), "std": (0.3530,), "flip": 0.5},  # a mirrored shirt is a shirt
        # As large a share of each class as of the digits, and the paper's threshold: by 0.8 no shirt is taken for one.
        "rounds": {name: {"per_class": 4500, "threshold": 0.3} for name in ("round_1", "round_2")},
    },
    "cifar10": {"rounds": {name: {"per_class": 700, "threshold": 0.3} for name in ("round_1", "round_2")}},
}
"""What each changes in the configs for digits, beside what is counted in epochs; of CIFAR-10, `benchmarks.cifar10`."""
EXAMPLES = {"mnist5k": 4000, "fashion_mnist": 60_000, "cifar10": 10_000}
NORMALISED = {"mean", "std"}
COUNTED = ("warmup", "freeze", "epochs")
"""Keys that are counted in epochs, wherever they stand, unless they are shares of the run."""


def methods_of(data: str) -> list[str]:
    """The methods that have a config for a data set."""
    if data == "cifar10":
        return sorted(EPOCHS)
    return sorted(path.stem.removesuffix("_mnist5k") for path in (ROOT / "configs").glob("*_mnist5k.py"))


def config_for(method: str, data: str, seed: int) -> "ConfigDict":
    """The config of `configs/<method>_mnist5k.py`, moved to a data set, with no looks on the way."""
    if data == "cifar10":
        config = moved(method)
        shorter = EPOCHS[method] / config.epochs
    else:
        config = importlib.import_module(f"configs.{method}_mnist5k").get_config()
        shorter = EXAMPLES["mnist5k"] / EXAMPLES[data]
    for part, changes in CHANGES[data].items():
        if part in config:
            # A config that says how its colours are normalised means it: units of a Boltzmann machine are 0 to 1.
            config[part].update({key: x for key, x in changes.items() if key not in NORMALISED & set(config[part])})
    if shorter != 1:
        with config.ignore_type():  # epochs are whole in a config, but need not be
            _scale(config, shorter)
        config.checkpoint.every = 1
    config.evaluate.every = 0
    config.seed = seed
    return config


def digest(*configs: dict[str, Any]) -> str:
    """Of what configs, as JSON, change of the defaults: a new key with a default leaves old results what they are."""
    from jssl.run.config import defaults, differing_keys, look_up, to_json

    plain = to_json(defaults())
    values = [{key: look_up(config, key) for key in differing_keys(config, plain)} for config in configs]
    text = json.dumps(values[0] if len(values) == 1 else values, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _scale(part: "ConfigDict", factor: float) -> None:
    for key, value in part.items():
        if hasattr(value, "items"):
            _scale(value, factor)
        elif key in COUNTED and not isinstance(value, str):  # a share moves by itself
            part[key] = value * factor
