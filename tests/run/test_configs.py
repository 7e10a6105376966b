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
from jssl.data.source import Facts, picture_spec
from jssl.run.build import build
from jssl.run.config import defaults, differing_keys, to_json
from jssl.run.step import example_batch
from tests.methods.cases import SENSES

EXAMPLES = 50_000
CONFIGS = sorted(path.stem for path in (Path(__file__).parents[2] / "configs").glob("*_*.py"))


def facts_for(config: ConfigDict) -> Facts:
    """Of pictures and clips, as many channels as the recipe normalises; of another sense, if named, the suite's."""
    classes = tuple("0123456789")
    augment = config.augment.to_dict()
    if config.get("input") == "clip":
        recipe = make_clip_recipe(augment.pop("recipe"), length=40, **augment)
        shape = (config.data.get("frames", 12), 40, 40, len(recipe.frame.mean))
        return Facts(EXAMPLES, {"clip": jax.ShapeDtypeStruct(shape, np.uint8)}, classes)
    if sense := config.get("input") or "+".join(sorted(set(SENSES) & set(config.augment))):
        return SENSES[sense].facts._replace(examples=EXAMPLES, classes=classes)
    recipe = make_recipe(augment.pop("recipe"), **augment)
    return Facts(EXAMPLES, picture_spec(32, 32, len(recipe.mean)), classes)


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_builds_and_tells_what_it_is(name: str) -> None:
    module = importlib.import_module(f"configs.{name}")
    config = module.get_config()
    rounds = {"rounds", "teacher"} & set(config)
    launcher = "selftrain" if rounds else "pretrain"
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
