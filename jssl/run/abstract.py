"""Data sets of which only the shapes are known: what a config's step is fed, without any examples."""

import json
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from jssl.augment.recipes import RECIPES, make_recipe
from jssl.data.source import NOTHING, Labels, Source, picture_spec
from jssl.errors import DataError
from jssl.inputs import INPUTS
from jssl.run.config import open_split

if TYPE_CHECKING:
    from ml_collections import ConfigDict

RATE = 16_000
"""Hz, of sounds whose config does not say it."""


def shaped_like(config: "ConfigDict", length: int) -> Source:
    """`length` examples of what the config's step is fed, without any to read.

    Pictures are as large as `data.size`, or else the largest view; nothing is opened for them. What other inputs are
    fed depends on the data, which is opened.

    Raises:
        ConfigError, DataError: a recipe or data that is not there.
    """
    augment = config.augment.to_dict()
    if augment.get("recipe") in RECIPES and (config.get("input") or "image") == "image":
        return Source("abstract", length, _picture(config, augment), _nothing)
    data = open_split(config, config.data.train)
    return data._replace(name="abstract", length=length, read=_nothing, targets=NOTHING, files=(), skipped=())


def without_data(config: "ConfigDict", length: int, classes: int) -> Source:
    """The same, of data that is nowhere: what the config says of its examples, and labels in turn.

    Args:
        classes: how many; 0 for examples without labels.

    Raises:
        ConfigError: a recipe that is not there.
        DataError: texts, and no library for their tokenizer; series and tables.
    """
    augment = config.augment.to_dict()
    parts = {key: part for key, part in augment.items() if isinstance(part, dict) and key in INPUTS}
    spec: dict[str, Any] = {}
    about: dict[str, Any] = {}
    assets: dict[str, str] = {}
    for key, part in (parts or {config.get("input") or "image": augment}).items():
        if key == "image":
            spec |= _picture(config, part)
        elif key == "clip":
            picture = _picture(config, {name: x for name, x in part.items() if name not in ("frames", "stride")})
            spec["clip"] = jax.ShapeDtypeStruct((config.data.get("frames", 16), *picture["image"].shape), np.uint8)
        elif key == "sound":
            about |= {"rate": config.data.get("rate") or RATE, "log_mel_mean": 0.0, "log_mel_std": 1.0}
            samples = round(about["rate"] * config.data.get("seconds", 1.0))
            spec |= {
                "sound": jax.ShapeDtypeStruct((samples,), np.float32),
                "length": jax.ShapeDtypeStruct((), np.int32),
            }
        elif key in ("series", "table"):
            raise DataError(f"how long or wide a {key} is, the data alone know: open them, or run with them")
        else:
            from jssl.data.tokenizer import ASSET, describe

            assets[ASSET] = _tokenizer(config.data.vocabulary)
            about |= describe(assets[ASSET])
            spec |= {
                "tokens": jax.ShapeDtypeStruct((config.data.length,), np.int32),
                "length": jax.ShapeDtypeStruct((), np.int32),
            }
    targets = NOTHING
    if classes:
        names = tuple(map(str, range(classes)))
        targets = {"label": Labels(np.arange(length, dtype=np.int32) % classes, names)}
    return Source("abstract", length, spec, _nothing, targets, about=about, assets=assets)


def _picture(config: "ConfigDict", augment: dict[str, Any]) -> dict[str, jax.ShapeDtypeStruct]:
    recipe = make_recipe(augment.pop("recipe"), **augment)
    side = config.data.size or max(view.size for view in recipe.views)
    return picture_spec(side, side, len(recipe.mean))


def _tokenizer(vocabulary: int) -> str:
    """A tokenizer of as many tokens, most of which stand for nothing."""
    from jssl.data.tokenizer import train_tokenizer

    known = json.loads(train_tokenizer(["a b"], min(vocabulary, 300)))
    words = known["model"]["vocab"]
    words |= {f"[UNUSED{i}]": i for i in range(max(words.values()) + 1, vocabulary)}
    return json.dumps(known)


def _nothing(rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:
    raise NotImplementedError("there are no examples here")
