"""Every config of the repository is one that could run."""

import importlib
import json
from pathlib import Path

import jax
import numpy as np
import pytest
from ml_collections import ConfigDict

from jssl.augment.clip.recipe import make_clip_recipe
from jssl.augment.recipes import make_recipe
from jssl.data.bounces import FRAME, RATE
from jssl.data.source import Facts, Spec, picture_spec
from jssl.inputs import INPUTS
from jssl.run.build import build
from jssl.run.config import defaults, differing_keys, to_json
from jssl.run.step import example_batch
from tests.methods.cases import SENSES

EXAMPLES = 50_000
CONFIGS = sorted(path.stem for path in (Path(__file__).parents[2] / "configs").glob("[!_]*_*.py"))


LARGE = {
    "audioset", "atari100k", "books", "imagenet", "kinetics", "librispeech", "ucf101", "vctk", "webtext", "wikipedia",
    "youtube",
}  # fmt: skip
"""Data of the papers, whose networks take seconds to be made, even without numbers. `make test-slow` makes them."""


def facts_for(config: ConfigDict) -> Facts:
    """What the suite's senses are like; but pictures and clips with as many channels as the recipes have."""
    parts = {key: part for key, part in config.augment.items() if key in INPUTS and isinstance(part, ConfigDict)}
    facts = Facts(EXAMPLES, {}, tuple("0123456789"))
    for key, part in (parts or {config.get("input") or "image": config.augment}).items():
        own = SENSES[key].facts
        facts = facts._replace(
            spec={**facts.spec, **own.spec, **shaped(key, part, config)},
            about={
                **facts.about,
                **own.about,
                **({"rate": heard(config)[0]} if key == "sound" else {}),
            },
            assets={**facts.assets, **own.assets},
        )
    return facts


def heard(config: ConfigDict) -> tuple[int, int]:
    """Rate and samples of a sound."""
    if config.data.name == "moving_digits":
        return RATE, config.data.frames * FRAME
    rate = config.data.get("rate") or 16_000
    return rate, round(rate * config.data.get("seconds", 1.0))


def shaped(key: str, augment: ConfigDict, config: ConfigDict) -> Spec:
    options = augment.to_dict()
    if key == "image":
        return picture_spec(32, 32, len(make_recipe(options.pop("recipe"), **options).mean))
    if key == "sound":
        samples = heard(config)[1]
        return {"sound": jax.ShapeDtypeStruct((samples,), np.float32), "length": jax.ShapeDtypeStruct((), np.int32)}
    if key == "clip":
        recipe = make_clip_recipe(options.pop("recipe"), length=40, **options)
        shape = (config.data.get("frames", 12), 40, 40, len(recipe.frame.mean))
        return {"clip": jax.ShapeDtypeStruct(shape, np.uint8)}
    return {}


@pytest.mark.parametrize(
    "name", [pytest.param(x, marks=pytest.mark.long) if x.rpartition("_")[2] in LARGE else x for x in CONFIGS]
)
def test_a_config_builds_and_tells_what_it_is(name: str) -> None:
    module = importlib.import_module(f"configs.{name}")
    config = module.get_config()
    rounds = {"rounds", "teacher"} & set(config)
    launcher = "selftrain" if "rounds" in config else "pretrain"
    assert f"python -m launch.{launcher} --config=configs/{name}" in module.__doc__
    assert set(config) - rounds == set(defaults())
    facts = facts_for(config)
    method = build(config, facts).method
    params, _ = jax.eval_shape(method.init, jax.random.key(0), example_batch(facts.spec, 2))
    assert jax.tree.leaves(params)


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_survives_json(name: str) -> None:
    config = to_json(importlib.import_module(f"configs.{name}").get_config())
    assert json.loads(json.dumps(config)) == config
    build(ConfigDict(config), facts_for(ConfigDict(config)))


def test_differing_keys_are_dotted_and_sorted() -> None:
    a = {"x": 1, "s": {"b": 1, "a": 2}, "only_a": None}
    b = {"x": 1, "s": {"b": 2, "a": 2, "c": 3}}
    assert differing_keys(a, b) == ["s.b", "s.c"]
    assert differing_keys(a, a) == []


def test_none_turns_a_part_of_a_recipe_off() -> None:
    config = importlib.import_module("configs.simclr_mnist5k").get_config()
    config.augment.crop = None
    seen = build(config, facts_for(config)).inputs["image"]
    assert [view.crop for view in seen.recipe.views] == [None, None]
