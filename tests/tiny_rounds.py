"""Rounds of seconds: the tiny run's digits and network, with as little noise as lets a few steps teach something."""

import copy

from ml_collections import ConfigDict

from tests import tiny_config


def rounds_config(count: int = 2) -> ConfigDict:
    config = tiny_config.get_config()
    config.method = {"name": "supervised", "average": 0.9}
    config.labels.which = "10 per class"
    config.optimizer = {"name": "adamw", "learning_rate": 3e-2, "warmup": 0.0}
    config.augment.update({"crop": None, "affine": None})
    config.encoder = {"name": "convnet", "width": 8, "depth": 2, "features": 32}
    config.epochs, config.checkpoint.every = 10, 10
    each = {"threshold": 0.0, "per_class": 32, "ratio": 4, "soft": True, "epochs": 12}
    each["method"] = {"average": 0.9, "dropout": 0.0}
    config.rounds = {f"round_{i + 1}": copy.deepcopy(each) for i in range(count)}
    config.teacher = ""
    return config.lock()  # as the command line gives it


def get_config() -> ConfigDict:
    return rounds_config()
