"""What a config says of its paper: numbers, each with the protocol that it is of."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from jssl.errors import ConfigError
from jssl.run.config import look_up

PROTOCOLS = {
    "knn": "kNN",
    "linear_sgd": "linear probe by SGD or LARS on random crops and flips",
    "classifier": "its own classifier",
    "pairs": "pairs told to belong together",
    "perplexity": "perplexity on held-out examples",
    "other": "a protocol that is not measured here",
}
"""What the numbers of papers can be of, and how it is called."""
SETTINGS = {"knn": {"k", "temperature"}, "linear_sgd": {"like"}, "other": {"how"}}
"""What else a number of a protocol says of it, all of it."""


class Reported(NamedTuple):
    """One number of a paper, or of somebody who repeated it."""

    protocol: str
    """A key of `PROTOCOLS`."""
    value: float | str
    """In `unit`; words, in folders of runs of earlier versions."""
    unit: str = "% top-1"
    """Or "% error", "% mAP", "perplexity", ..."""
    by: str = ""
    """Who reports it, if it is not the paper."""
    at: Mapping[str, Any] = {}
    """Dotted keys of the config -> what they are for this number: {"epochs": 200}."""
    settings: Mapping[str, Any] = {}
    """See `SETTINGS`; "like" is a key of `jssl.protocols.linear_sgd.PROBES`, "how" says it in words."""

    @property
    def name(self) -> str:
        """The protocol with its settings, in words."""
        if self.protocol == "other":
            return str(self.settings["how"])
        if self.protocol == "linear_sgd":
            return f"{PROTOCOLS[self.protocol]}, as {self.settings['like']}"
        said = ", ".join(f"{key} {value:g}" for key, value in self.settings.items())
        return f"{PROTOCOLS[self.protocol]} ({said})" if said else PROTOCOLS[self.protocol]

    @property
    def said(self) -> str:
        """The number with its unit."""
        return self.value if isinstance(self.value, str) else f"{self.value:g} {self.unit}"


class Paper(NamedTuple):
    """`config.paper`."""

    title: str
    arxiv: str
    data: str
    """What the paper calls its data set; a key of `jssl.run.datasets.DATASETS`."""
    reported: tuple[Reported, ...]
    differences: tuple[str, ...]
    """Where the config knowingly differs from what the numbers were measured with."""


def read_paper(paper: Mapping[str, Any]) -> Paper:
    """`config.paper`, or that of a run of an earlier version, whose numbers were words.

    Raises:
        ConfigError: an unknown protocol, a number without one, or without its settings.
    """
    numbers = paper.get("reported") or ()
    if isinstance(numbers, str):
        how = paper.get("protocol") or "not said"
        numbers = ({"protocol": "other", "value": numbers, "how": how if isinstance(how, str) else "not said"},)
    return Paper(
        str(paper.get("title") or ""), str(paper.get("arxiv") or ""), str(paper.get("data") or ""),
        tuple(map(_reported, numbers)), tuple(paper.get("differences") or ()),
    )  # fmt: skip


def elsewhere(number: Reported, config: Any) -> list[str]:
    """Where the setting of a number is not the config's, a line each: "epochs: 1000 there, 3 here"."""
    found = {key: (value, look_up(config, key)) for key, value in number.at.items()}
    return [f"{key}: {there!r} there, {here!r} here" for key, (there, here) in found.items() if there != here]


def _reported(number: Mapping[str, Any]) -> Reported:
    number = dict(number)
    general = {key: number.pop(key) for key in Reported._fields if key in number}
    protocol = general.get("protocol")
    if protocol not in PROTOCOLS or "value" not in general:
        raise ConfigError(f"config.paper.reported: {number | general} needs a value and a protocol of {set(PROTOCOLS)}")
    if set(number) != (wanted := SETTINGS.get(protocol, set())):
        raise ConfigError(f"config.paper.reported: {protocol!r} goes with {sorted(wanted)}, not {sorted(number)}")
    return Reported(**general, settings=number)
