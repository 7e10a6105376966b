"""How a config becomes inputs, encoders and a method."""

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, get_type_hints

import jax

from jssl.data.loader import steps_per_epoch
from jssl.data.source import Facts
from jssl.errors import ConfigError
from jssl.inputs import INPUTS
from jssl.inputs.input import Input
from jssl.method import Method
from jssl.methods import METHODS
from jssl.nets import NETS, make_net
from jssl.nets.net import Net
from jssl.ranges import check, check_keywords
from jssl.run.config import total_steps
from jssl.run.step import example_batch

if TYPE_CHECKING:
    from ml_collections import ConfigDict


class Built(NamedTuple):
    """What a config names."""

    method: Method
    inputs: dict[str, Input]
    """By their key in a batch; one, for most methods."""
    encoders: dict[str, Net]
    """Likewise."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Of the encoder, see `Net.layers`; () where there are several."""
        first, *others = self.encoders.values()
        return () if others else first.layers


def build(config: "ConfigDict", facts: Facts) -> Built:
    """The method, its inputs and encoders.

    A method's first two arguments say by their annotations what it sees: an encoder and an `Input`; an encoder and a
    recipe, of a method that is for that kind of input alone; or `dict[str, Net]` and `dict[str, Input]`, of a method of
    several senses, where `config.encoder` and `config.augment` hold one part for each. A factory that has the keyword
    `examples` (in the data set), `classes` (of its labels), `batch_size`, `steps` (of the whole run), `steps_per_epoch`
    or one of `facts.about` gets it: a config cannot know these.

    Raises:
        ConfigError: an unknown name, or a key that the named factory does not take; fewer examples than a batch; labels
            for a method that sees none, or none for one that does; an input that the data or the method does not take.
    """
    options = config.method.to_dict()
    factory = _method(options.pop("name"))
    name = config.method.name
    try:
        check_keywords(factory, options)
    except ValueError as error:
        raise ConfigError(f"config.method of {name}: {error}") from error
    inputs = build_inputs(config, facts)
    nets = {key: _encoder(config, part, facts) for key, part in _parts(config.encoder.to_dict(), inputs).items()}
    asks = "classes" in inspect.signature(factory).parameters
    if asks and not config.labels.which:
        raise ConfigError(f'{name} learns from labels: set config.labels.which to "all", "10%" or "4 per class"')
    if config.labels.which and not asks:
        raise ConfigError(f'{name} sees no labels, but config.labels.which={config.labels.which!r}: set it to ""')
    run = {
        **facts.about,
        "examples": facts.examples,
        "classes": len(facts.classes),
        "batch_size": config.batch_size,
        "steps": total_steps(config, facts.examples),
        "steps_per_epoch": steps_per_epoch(facts.examples, config.batch_size),
    }
    asked = {key: value for key, value in run.items() if key in inspect.signature(factory).parameters}
    try:
        method = factory(*first_arguments(factory, nets, inputs), **{**asked, **options})
    except (ValueError, TypeError) as error:
        raise ConfigError(f"config.method of {name}: {error}") from error
    return Built(method, inputs, nets)


def build_inputs(config: "ConfigDict", facts: Facts) -> dict[str, Input]:
    """The inputs of a config, by their key in a batch.

    Raises:
        ConfigError: an unknown recipe or option; a kind of input that the data does not have; a recipe that does not
            fit the data.
    """
    there = [key for key in INPUTS if key in facts.spec]
    augment = config.augment.to_dict()
    names = [key for key, part in augment.items() if isinstance(part, dict) and key in INPUTS]
    if not names:
        names = [config.get("input", "")] if config.get("input", "") else there
        if len(names) != 1:
            found = " and ".join(there) or f"none, but {', '.join(facts.spec)}"
            raise ConfigError(f"config.input must say which kind of input is meant: {sorted(INPUTS)}; data has {found}")
        augment = {names[0]: augment}
    inputs = {}
    for key in names:
        if key not in there:
            raise ConfigError(f"config.input or augment asks for {key!r}, and the data has {sorted(facts.spec)}")
        try:
            check(INPUTS[key], augment[key])
            inputs[key] = INPUTS[key](facts, **augment[key])
            jax.eval_shape(inputs[key].prepare, example_batch(facts.spec, 1))
        except (ValueError, TypeError) as error:
            raise ConfigError(f"config.augment of {key}: {error}") from error
    return inputs


def _method(name: str) -> Callable[..., Method]:
    if name not in METHODS:
        raise ConfigError(f"config.method.name={name!r} is no method; one of {sorted(METHODS)}")
    return METHODS[name]


def _parts(options: dict[str, Any], inputs: Mapping[str, Input]) -> dict[str, dict[str, Any]]:
    """The options of each input's encoder."""
    if len(inputs) == 1:
        return {next(iter(inputs)): options}
    if missing := [key for key in inputs if not isinstance(options.get(key), dict)]:
        raise ConfigError(f"config.encoder must have a part for each input, and lacks {missing}")
    return {key: options[key] for key in inputs}


def _encoder(config: "ConfigDict", options: dict[str, Any], facts: Facts) -> Net:
    options = dict(options)
    name = options.pop("name")
    accepted = inspect.signature(NETS[name]).parameters if name in NETS else {}
    known = {key: value for key, value in facts.about.items() if key in accepted}
    try:
        return make_net(name, precision=config.precision, **{**known, **options})
    except (ValueError, TypeError) as error:
        raise ConfigError(f"config.encoder: {error}") from error


def first_arguments(factory: Callable, nets: Mapping[str, Net], inputs: Mapping[str, Input]) -> tuple[Any, Any]:
    """What a method's factory sees, as the annotation of its second argument asks for it.

    Raises:
        ConfigError: a method of another kind of input, or of one where there are several.
    """
    wanted = get_type_hints(factory)[list(inspect.signature(factory).parameters)[1]]
    if wanted == dict[str, Input]:
        return dict(nets), dict(inputs)
    if len(inputs) > 1:
        raise ConfigError(f"{factory.__name__} sees one kind of input, and config.augment names {sorted(inputs)}")
    (key,) = inputs
    if wanted is Input:
        return nets[key], inputs[key]
    if not isinstance(inputs[key].recipe, wanted):
        raise ConfigError(f"{factory.__name__} is a method of another kind of input than {key!r}: choose other data")
    return nets[key], inputs[key].recipe
