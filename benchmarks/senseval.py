"""The words line, hard, serve and interest of Senseval-2, tagged with senses, as NLTK's corpus package has them."""

import html
import re
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jssl.errors import DataError
from jssl.selftrain.yarowsky import Collocation, collocations

TEST_SHARE = 0.25
NEARBY = 20
"""Lines of a file, at most, between two sentences of one discourse."""


class Example(NamedTuple):
    """One use of an ambiguous word."""

    sense: str
    discourse: str | None
    found: frozenset[Collocation]
    words: tuple[str, ...] = ()
    """Of its text."""
    place: int = 0
    """Of the ambiguous word among them."""


def read_senseval(path: Path, word: str) -> list[Example]:
    """A word's examples in NLTK's format; a bare "&" and text outside of tags, which it has, do no harm.

    Raises:
        DataError: no such file in the zip, or an instance without a sense or its word.
    """
    try:
        with zipfile.ZipFile(path) as file:
            text = file.read(f"senseval/{word}.pos").decode("latin-1")
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: no senseval/{word}.pos in a zip there ({error}); name NLTK's senseval.zip") from error
    instances = re.findall(r'<instance id="([^"]*)">(.*?)</instance>', text, re.DOTALL)
    discourses = _discourses([name.partition(".")[2] for name, _ in instances])
    examples = []
    for (name, body), discourse in zip(instances, discourses, strict=True):
        sense, parts = re.search(r'senseid="([^"]*)"', body), body.partition("<head>")
        if not sense or not parts[1]:
            raise DataError(f"{path}: instance {name} of {word} has no senseid or no <head>")
        before, after = (re.findall(r"<wf[^>]*>([^<]*)</wf>", part) for part in parts[::2])
        words = [html.unescape(token).strip() for token in before + after]
        examples.append(Example(sense[1], discourse, collocations(words, len(before)), tuple(words), len(before)))
    return examples


def _discourses(names: Sequence[str]) -> list[str | None]:
    """Of each id the discourse: "w7_010:888:" is line 888 of the file w7_010, "aphb_51905969_4083" 5969 of aphb_519."""
    places = defaultdict(list)
    for row, name in enumerate(names):
        if place := re.search(r"((?:aphb|w\d)[ _]\d{3}):?(\d+)", name, re.IGNORECASE):
            places[place[1].lower()].append((int(place[2]), row))
    discourses: list[str | None] = [None] * len(names)
    for file, lines in places.items():
        last, first = -NEARBY, 0
        for line, row in sorted(lines):
            first = line if line - last > NEARBY else first
            discourses[row], last = f"{file}:{first}", line
    return discourses


def split(examples: Sequence[Example], seed: int) -> tuple[list[Example], list[Example]]:
    """Training and test part: of each sense a share of discourses."""
    rng, groups, alone = np.random.default_rng(seed), defaultdict(list), count()
    for example in examples:
        groups[example.discourse or next(alone)].append(example)
    by_sense = defaultdict(list)
    for group in groups.values():
        by_sense[group[0].sense].append(group)
    train: list[Example] = []
    test: list[Example] = []
    for _, members in sorted(by_sense.items()):
        wanted = len(test) + TEST_SHARE * sum(map(len, members))
        for row in rng.permutation(len(members)):
            (test if len(test) < wanted else train).extend(members[row])
    return train, test
