"""Every config of the repository is one that could run."""

import importlib
import json
from pathlib import Path

import jax
import pytest
from ml_collections import ConfigDict

from jssl.run.config import build, defaults, differing_keys, to_json

EXAMPLES = 50_000
CONFIGS = sorted(path.stem for path in (Path(__file__).parents[2] / "configs").glob("*_*.py"))


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_builds_and_tells_what_it_is(name: str) -> None:
    module = importlib.import_module(f"configs.{name}")
    config = module.get_config()
    rounds = {"rounds", "teacher"} & set(config)
    launcher = "selftrain" if rounds else "pretrain"
    assert f"python -m launch.{launcher} --config=configs/{name}" in module.__doc__
    assert set(config) - rounds == set(defaults())
    method, recipe = build(config, EXAMPLES, classes=10)
    shape = jax.ShapeDtypeStruct((2, 32, 32, len(recipe.mean)), "uint8")
    batch = {"image": shape, "index": jax.ShapeDtypeStruct((2,), "int32")}
    params, _ = jax.eval_shape(method.init, jax.random.key(0), batch)
    assert jax.tree.leaves(params)


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_survives_json(name: str) -> None:
    config = to_json(importlib.import_module(f"configs.{name}").get_config())
    assert json.loads(json.dumps(config)) == config
    build(ConfigDict(config), EXAMPLES, classes=10)


def test_differing_keys_are_dotted_and_sorted() -> None:
    a = {"x": 1, "s": {"b": 1, "a": 2}, "only_a": None}
    b = {"x": 1, "s": {"b": 2, "a": 2, "c": 3}}
    assert differing_keys(a, b) == ["s.b", "s.c"]
    assert differing_keys(a, a) == []


def test_none_turns_a_part_of_a_recipe_off() -> None:
    config = importlib.import_module("configs.simclr_mnist5k").get_config()
    config.augment.crop = None
    _, recipe = build(config, EXAMPLES)
    assert [view.crop for view in recipe.views] == [None, None]
