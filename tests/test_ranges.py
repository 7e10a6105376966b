"""Every number that a user can set has its range at its argument, or is known to need none."""

import inspect
from typing import Annotated, get_args, get_origin

import pytest

from jssl.augment.recipe import Affine, RandAugment, View
from jssl.augment.recipes import RECIPES, make_recipe
from jssl.augment.sound.mel import LogMel
from jssl.augment.sound.recipe import SoundView, make_sound_recipe
from jssl.data.sources import EMBEDDED, KINDS, MADE, _opener
from jssl.errors import DataError
from jssl.inputs import INPUTS
from jssl.methods import METHODS
from jssl.nets import NETS
from jssl.optim.duration import Duration
from jssl.optim.optimizers import OPTIMIZERS, make_optimizer
from jssl.ranges import Count, Natural, Parts, Positive, Share, Span, check, check_keywords, check_value
from jssl.run.build import build
from jssl.run.config import NUMBERS, defaults, look_up
from tests.run.test_configs import facts_for
from tests.tiny_config import get_config

OPENERS = {name: _opener(name) for name in (*EMBEDDED, *MADE, "tfds:x", *(f"{kind}:x" for kind in KINDS))}
FACTORIES = {
    **METHODS, **OPTIMIZERS, **{f"net {name}": net for name, net in NETS.items()},
    **{f"recipe {name}": recipe for name, recipe in RECIPES.items()}, **OPENERS,
    **{f"input {name}": made for name, made in INPUTS.items()},
    **{x.__name__: x for x in (make_optimizer, make_recipe, make_sound_recipe, View, Affine, RandAugment, SoundView)},
    "LogMel": LogMel,
}  # fmt: skip
BY_THE_RUN = {
    "examples", "classes", "batch_size", "steps", "steps_per_epoch", "mask_token", "separator_token", "special_tokens",
    "continuing_tokens", "vocabulary", "size",
}  # fmt: skip
"""Filled in by the run or by the data, of methods and openers; `size` has its range in `NUMBERS` and `make_recipe`."""
ELSEWHERE = {
    "rates": "a mapping of parts, whose factors `make_optimizer` checks",
    "decays": "a mapping of parts, to factors of any kind",
    "starts": "of the method, not of users",
    "drops": "durations, which `steps_of` checks",
    "affine": "a NamedTuple, which is in this list itself; jigsaw's takes the same",
    "rand_augment": "likewise",
    "frozen": "of MoCo v3, names",
    "learning_rate": "of an optimiser, a schedule",
    "weight_decay": "of an optimiser, perhaps a schedule",
}


def ranged(annotation: object) -> bool:
    """Whether every number in an annotation has a range."""
    if get_origin(annotation) is Annotated:
        return True
    if annotation in (int, float):
        return False
    return all(ranged(part) for part in get_args(annotation) if part is not Ellipsis)


@pytest.mark.parametrize("name", FACTORIES)
def test_every_number_has_its_range(name) -> None:
    for key, parameter in inspect.signature(FACTORIES[name]).parameters.items():
        if key in ELSEWHERE or parameter.annotation == Duration or (key in BY_THE_RUN and "recipe" not in name):
            continue
        assert ranged(parameter.annotation), f"{name}: {key}: {parameter.annotation}"


def test_every_number_of_the_config_itself_has_its_range() -> None:
    plain = defaults()
    own = [key for key in plain if not hasattr(plain[key], "items")]
    own += [f"{part}.{key}" for part in ("labels", "parallel", "checkpoint", "evaluate", "data") for key in plain[part]]
    numbers = {key for key in own if isinstance(look_up(plain, key), int | float) and not key.endswith(".every")}
    assert numbers - {"epochs"} == set(NUMBERS)


@pytest.mark.parametrize(
    ("annotation", "right", "wrong", "says"),
    [
        (Positive, (0.1, 3), (0, -1.0, float("nan"), float("inf"), True, "1"), "finite number above 0|above 0"),
        (Count, (1, 7), (0, 1.0, True, None), "at least 1"),
        (Natural | None, (0, None), (-1, 0.5), "at least 0"),
        (Share, (0, 1, 0.5), (-0.1, 1.1), "at least 0 and at most 1"),
        (Span, ((0, 1), [0.5, 0.5]), ((1, 0), (0,), 0.5, (0, 2)), "number"),
        (Parts | None, (None, (0.1, 1)), ((0, 1), (0.2, 0.1)), "number"),
        (Duration, (3, "5%"), (), ""),
        (str | Count, ("all", 3), (0,), "at least 1"),
        (Affine | None, (None, (1.0,), Affine()), ((-1.0,), (0.0, 2.0)), "degrees|translate"),
    ],
)
def test_what_an_annotation_says_is_what_is_checked(annotation, right, wrong, says) -> None:
    for value in right:
        check_value("x", value, annotation)
    for value in wrong:
        with pytest.raises(ValueError, match=rf"x=.* must be .*({says})"):
            check_value("x", value, annotation)


def test_an_unknown_keyword_is_named_and_one_out_of_range(tmp_path) -> None:
    with pytest.raises(ValueError, match="unknown warmth; it takes chunk, projector, temperature"):
        check_keywords(METHODS["simclr"], {"warmth": 1})
    with pytest.raises(ValueError, match=r"temperature=-1 must be above 0"):
        check(METHODS["simclr"], {"temperature": -1})
    from jssl.data.sources import open_source

    with pytest.raises(DataError, match=r"config.data of video:.*frames=0 must be at least 1"):
        open_source(f"video:{tmp_path}", frames=0)


@pytest.mark.parametrize(
    ("part", "key", "value", "says"),
    [
        ("method", "temperature", -1.0, "config.method of simclr: temperature=-1.0 must be above 0"),
        ("method", "projector", (512, 0), "projector"),
        ("encoder", "width", 0, "config.encoder: width=0 must be at least 1"),
        ("augment", "crop", (2.0, 5.0), "config.augment of image: crop"),
        ("augment", "view_2", {"blur": 1.5}, "blur=1.5"),
    ],
)
def test_the_plan_checks_them_all(part, key, value, says) -> None:
    config, facts = get_config(), facts_for(get_config())
    with config.unlocked():
        config[part][key] = value
    with pytest.raises(ValueError, match=says):
        build(config, facts)
