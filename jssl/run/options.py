"""Keys that a config file does not name: every keyword of the factories that it names can be set all the same."""

import difflib
import inspect
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from jssl.augment.recipes import NUMBERED, VIEW
from jssl.data.sources import options_of
from jssl.errors import ConfigError
from jssl.inputs import INPUTS
from jssl.methods import METHODS
from jssl.nets import NETS
from jssl.optim.optimizers import OPTIMIZERS, make_optimizer
from jssl.ranges import alternatives, keywords
from jssl.run.config import defaults

if TYPE_CHECKING:
    from ml_collections import ConfigDict

Parameters = Mapping[str, inspect.Parameter]
BY_NAME = ("method.name", "optimizer.name", "encoder.name", "augment.recipe", "data.name", "input")
"""Keys that say which keywords there are."""
FOR_OPTIMIZERS = ("batch_size", "steps", "steps_per_epoch", "layers", "starts", "options")
"""Keywords of `make_optimizer` that are no business of a config."""
PLAIN = (bool, int, float, str)


def admit(config: "ConfigDict", dotted: str) -> dict[str, Any]:
    """Make a key settable, at its default if the config does not have it, to any type that its factory takes.

    Returns:
        The default by the key, if that has been added and says no more than its absence.

    Raises:
        ConfigError: there is no such key; the message names the nearest.
    """
    from ml_collections import ConfigDict

    *where, key = dotted.split(".")
    part = config
    for depth, name in enumerate(where):
        if isinstance(part, ConfigDict) and name not in part and where[0] == "augment" and NUMBERED.fullmatch(name):
            with part.unlocked():
                part[name] = ConfigDict()
        part = part.get(name) if isinstance(part, ConfigDict) else None
        if not isinstance(part, ConfigDict):
            raise _unknown(config, where[: depth + 1])
    known = _known(config, where)
    if key not in known:
        if key not in part:
            raise _unknown(config, [*where, key], tuple(known))
        return {}
    default = None if known[key].default is inspect.Parameter.empty else known[key].default
    added = key not in part
    value = default if added else part[key]
    if isinstance(value, ConfigDict):
        return {}
    with part.unlocked():
        if not added:
            del part[key]
        part[key] = _field(value, known[key].annotation)
    # A view of its own has what the recipe says, which is not the default of `View`.
    return {dotted: default} if added and not (where and NUMBERED.fullmatch(where[-1])) else {}


def forget(config: "ConfigDict", added: Mapping[str, Any]) -> None:
    """Take out what `admit` added and nobody set, so that a run's config is the same as without."""
    for dotted, default in added.items():
        *where, key = dotted.split(".")
        part = config
        for name in where:
            part = part[name]
        if part[key] == default:
            with part.unlocked():
                del part[key]


def _field(value: Any, annotation: Any) -> Any:
    """A field of the one plain type that is asked for, or else of any."""
    from ml_collections import FieldReference

    several = alternatives(annotation)
    wanted = [each for each in several if each is not type(None)]
    kind = wanted[0] if len(wanted) == 1 and wanted[0] in PLAIN else object
    if isinstance(value, tuple) and len(several) == 1:
        kind = tuple
    return FieldReference(float(value) if kind is float and value is not None else value, field_type=kind)


def _known(config: "ConfigDict", where: Sequence[str]) -> Parameters:
    """The keywords of the factory of that part of a config."""
    part = where[0] if where else ""
    if part == "rounds":
        return _of_defaults(where[2:])
    if part == "method":
        return _keywords(METHODS.get(config.method.name))
    if part == "optimizer":
        general = {key: p for key, p in keywords(make_optimizer).items() if key not in FOR_OPTIMIZERS}
        return {**general, **_keywords(OPTIMIZERS.get(config.optimizer.name))}
    if part == "data":
        defaults_of = options_of(config.data.name)
        kind = inspect.Parameter.KEYWORD_ONLY
        return {key: inspect.Parameter(key, kind, default=x, annotation=type(x)) for key, x in defaults_of.items()}
    if part in ("encoder", "augment"):
        holder = config[part]
        key = config.get("input") or "image"
        if len(where) > 1 and where[1] in INPUTS:
            key, holder, where = where[1], holder[where[1]], where[1:]
        if part == "encoder":
            factory = NETS.get(holder.get("name"))
            return {k: p for k, p in inspect.signature(factory).parameters.items() if k != "dtype"} if factory else {}
        if len(where) > 1:
            return VIEW
        own = getattr(import_module(INPUTS[key].__module__), "options_of", None)
        return own(holder.get("recipe", "")) if own else keywords(INPUTS[key])
    return _of_defaults(where)


def _of_defaults(where: Sequence[str]) -> Parameters:
    """Fields of the defaults that may be of any type: durations."""
    part = defaults()
    for name in where:
        part = part.get(name, {})
    types = part.get_type if hasattr(part, "get_type") else None
    kind = inspect.Parameter.KEYWORD_ONLY
    return {key: inspect.Parameter(key, kind, annotation=object) for key in part if types and types(key) is object}


def _keywords(factory: Any) -> Parameters:
    return keywords(factory) if factory else {}


def _unknown(config: "ConfigDict", path: Sequence[str], known: Sequence[str] = ()) -> ConfigError:
    part = config
    for name in path[:-1]:
        part = part[name]
    there = sorted({*(part if hasattr(part, "keys") else ()), *known})
    near = difflib.get_close_matches(path[-1], there, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(there) or 'nothing below'}"
    return ConfigError(f"config.{'.'.join(path)}: there is no such key; {hint}")
