"""Every keyword of a config's factories can be set from the command line, by its type, and leaves no trace unset."""

import importlib
import json

import pytest
from absl import flags

from jssl.errors import ConfigError
from jssl.optim.optimizers import make_optimizer
from jssl.run.build import build
from jssl.run.config import to_json, total_steps
from jssl.run.plan import make_plan
from launch import command
from tests.run.test_configs import facts_for
from tests.tiny_config import get_config

TINY = "--config=tests/tiny_config.py"


@pytest.fixture
def parsed(monkeypatch):
    """The config of a command line; its flags are forgotten after the test."""

    def parse(*arguments: str):
        monkeypatch.setattr(flags, "FLAGS", flags.FlagValues())
        holder = command.define_config()
        assert command.parse(["launch", *arguments]) == ["launch"]
        return holder.value

    return parse


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("method.chunk=32", 32),
        ("method.projector=(8, 4)", (8, 4)),
        ("optimizer.clip=1", 1.0),
        ("optimizer.warmup=10%", "10%"),
        ("optimizer.warmup=500 steps", "500 steps"),
        ("optimizer.b2=0.95", 0.95),
        ("optimizer.drops=(1, '50%')", (1, "50%")),
        ("optimizer.rates={'vectors': 0.5}", {"vectors": 0.5}),
        ("encoder.batch_norm=ghost:32", "ghost:32"),
        ("augment.crop=(0.2,1.0)", (0.2, 1.0)),
        ("augment.crop=None", None),
        ("augment.jitter=(0.1, 0.1, 0.0, 0.0)", (0.1, 0.1, 0.0, 0.0)),
        ("augment.mean=(0.5,)", (0.5,)),
        ("augment.puzzle=9", 9),
        ("augment.view_2.blur=0.1", 0.1),
        ("epochs=2", 2),
        ("epochs=0.5", 0.5),
        ("epochs=300 steps", "300 steps"),
        ("checkpoint.every=10%", "10%"),
        ("evaluate.every=40 steps", "40 steps"),
    ],
)
def test_a_key_that_the_file_does_not_name(argument, value, parsed) -> None:
    config = parsed(TINY, f"--config.{argument}")
    part = config
    for name in argument.partition("=")[0].split("."):
        part = part[name]
    assert (part.to_dict() if hasattr(part, "to_dict") else part) == value
    build(config, facts_for(config))


def test_a_default_leaves_the_config_as_the_file_says(parsed) -> None:
    config = parsed(TINY, "--config.method.chunk=0", "--config.optimizer.b2=0.999", "--config.augment.grey=0.2")
    assert to_json(config) == to_json(get_config())
    json.dumps(to_json(config))


def test_another_name_brings_its_own_keys(parsed) -> None:
    named = ("--config.optimizer.momentum=0.5", "--config.optimizer.name=sgd")
    assert parsed(TINY, *named).optimizer.to_dict()["momentum"] == 0.5
    assert parsed(TINY, "--config.data.name=tfds:mnist", "--config.data.train=test").data.train == "test"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--config.method.chnk=3",), r"config\.method\.chnk.*did you mean chunk"),
        (("--config.epoch=3",), r"config\.epoch: .*did you mean epochs"),
        (("--config.augment.view_2.blurr=0.1",), r"blurr.*did you mean blur\?"),
        (("--config.nothing.at.all=1",), r"config\.nothing"),
        (("--config.encoder.heads=3",), r"config\.encoder\.heads.*there is .*width"),
        (("--config.optimizer.steps=3",), r"config\.optimizer\.steps"),
        (("--config.data.folder=3",), r"config\.data\.folder"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest(arguments, says, parsed) -> None:
    with pytest.raises(ConfigError, match=says):
        parsed(TINY, *arguments)


@pytest.mark.parametrize("argument", ["batch_size=many", "method.temperature=warm", "optimizer.clip=much"])
def test_a_wrong_type_names_the_key(argument, parsed) -> None:
    with pytest.raises((flags.Error, ValueError), match=argument.partition("=")[0]):
        parsed(TINY, f"--config.{argument}")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ("x = 1", "get_config"),
        ("def get_config(:", "SyntaxError"),
        ("from jssl.errors import DataError\ndef get_config(): raise DataError('no data')", "no data"),
    ],
)
def test_a_config_file_that_fails_is_refused(text, says, tmp_path) -> None:
    (tmp_path / "own.py").write_text(text)
    with pytest.raises(ValueError, match=says):
        command.load_config(f"{tmp_path}/own.py")


def test_a_config_file_gets_its_argument() -> None:
    assert command.load_config("configs/simclr_cifar10.py:500").epochs == 500


@pytest.mark.parametrize("epochs", [2, 0.5, "300 steps", 20])
def test_the_demo_can_be_made_shorter_and_its_warmup_shrinks(epochs) -> None:
    config = importlib.import_module("configs.simclr_mnist5k").get_config()
    assert total_steps(config, 4000) == 80 * 31
    config.epochs = epochs
    assert total_steps(config, 4000) == (300 if epochs == "300 steps" else round(31 * epochs))
    steps = total_steps(config, 4000)
    _, schedule = make_optimizer(**config.optimizer, batch_size=128, steps=steps, steps_per_epoch=31)
    peak = config.optimizer.learning_rate / 2
    assert float(schedule(round(0.0375 * steps))) == pytest.approx(peak) and float(schedule(steps)) < peak / 100


def test_views_are_changed_one_by_one() -> None:
    config = get_config()
    config.augment.view_1 = {"crop": (0.5, 1.0), "affine": (10.0, 0.0, (1.0, 1.0), 0.0)}
    config.augment.view_2 = {"blur": 0.25}
    first, second = build(config, facts_for(config)).inputs["image"].recipe.views
    assert first.crop == (0.5, 1.0) and first.affine.degrees == 10.0 and second.affine.degrees == 20.0
    assert (first.blur, second.blur) == (0.0, 0.25)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("view_3", {"blur": 0.1}, "has no view_3: it has view_1 to view_2"),
        ("view_0", {"blur": 0.1}, "has no view_0"),
        ("view_1", {"blurr": 0.1}, r"view_1 does not take \['blurr'\]"),
        ("view_1", 3, "view_1"),
    ],
)
def test_a_view_or_field_that_is_not_there_is_named(key, value, says) -> None:
    config, facts = get_config(), facts_for(get_config())
    with config.unlocked():
        config.augment[key] = value
    with pytest.raises(ConfigError, match=says):
        build(config, facts)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("epochs", 0, "no step"), ("epochs", "three", "three"), ("epochs", "10%", "share"),
        ("batch_size", 0, "batch_size"), ("batch_size", -8, "batch_size"), ("log_every", 0, "log_every"),
        ("evaluate.k", 0, "evaluate.k"),
        ("evaluate.temperature", 0.0, "temperature"), ("checkpoint.keep", 0, "keep"), ("seed", -1, "seed"),
        ("seed", 2**40, "seed"), ("accumulate", 0, "accumulate"), ("labels.ratio", -1, "ratio"),
        ("checkpoint.every", "soon", "checkpoint.every"), ("evaluate.every", "-1", "evaluate.every"),
        ("optimizer.warmup", "soon", "soon"), ("optimizer.warmup", 9.0, "10%"), ("method.projector", (), "method"),
        ("encoder.width", 0, "encoder"), ("augment.size", 0, "size"), ("augment.recipe", "simclr", "augment of image"),
        ("optimizer.rates", {"nothing": 0.1}, "nothing"), ("labels.which", "4 per clas", "labels"),
    ],
)  # fmt: skip
def test_whatever_a_config_says_wrong_is_refused_by_name(key, value, says) -> None:
    config = get_config()
    *where, name = key.split(".")
    with config.unlocked(), config.ignore_type():
        part = config[where[0]] if where else config
        part[name] = value
    with pytest.raises(ValueError, match=says) as refusal:
        make_plan(config)
    assert type(refusal.value).__module__ == "jssl.errors", type(refusal.value)
