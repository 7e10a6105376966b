"""WebDataset's shards: tar files in which files of one name belong together, as 0001.jpg, 0001.cls and 0001.json."""

import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from jssl.data.folder import EXTENSIONS
from jssl.data.source import Source
from jssl.data.stored import Stored, files_of, numbered, open_stored
from jssl.errors import DataError
from jssl.ranges import Natural


class _Member(NamedTuple):
    shard: Path
    start: int
    length: int


@dataclass(frozen=True)
class _Fetch:
    members: tuple[_Member, ...]

    def __call__(self, place: int) -> bytes:
        shard, start, length = self.members[place]
        with shard.open("rb") as file:
            file.seek(start)
            return file.read(length)


def open_webdataset(path: str, split: str, size: int | None, route: str, *, canvas: Natural = 0) -> Source:
    """Open the shards (.tar) of a folder, or one; arguments as in `open_source`, splits as in `files_of`.

    Headers are read once, and then each picture straight from its place: nothing is unpacked, and any order is as
    quick. The label is a number or a word in .cls or .txt, or "label" in .json; a picture without one leaves all
    unlabelled.

    Raises:
        DataError: no shard or picture, or a shard that is damaged or compressed.
    """
    name = f"webdataset:{path}"
    members, keys, labels = [], [], []
    for shard in files_of(name, path, split, (".tar",)):
        for key, picture, label in _indexed(name, shard):
            keys.append(f"{shard.name}/{key}")
            members.append(picture)
            labels.append(label)
    if len(set(keys)) < len(keys):
        raise DataError(f"{name}: two pictures of one shard have the same name")
    known = bool(labels) and all(label is not None for label in labels) and len({type(x) for x in labels}) == 1
    numbers, classes = numbered(labels) if known else (None, ())
    return open_stored(name, Stored(tuple(keys), _Fetch(tuple(members)), numbers, classes), split, size, canvas, route)


def _indexed(name: str, shard: Path) -> list[tuple[str, _Member, str | int | None]]:
    """Of each picture of a shard its name, its place and its label."""
    images: dict[str, tuple[str, _Member]] = {}
    labels: dict[str, str | int] = {}
    try:
        with tarfile.open(shard, "r:") as tar:  # a compressed one could not be read from the middle
            for member in tar:
                folder, _, file = member.name.rpartition("/")
                stem, _, kind = file.partition(".")
                key = f"{folder}/{stem}"
                if not member.isfile():
                    continue
                if f".{kind.lower().rpartition('.')[2]}" in EXTENSIONS:
                    images.setdefault(key, (member.name, _Member(shard, member.offset_data, member.size)))
                elif kind in ("cls", "txt", "json"):
                    labels.setdefault(key, _label(kind, tar.extractfile(member).read()))
    except (tarfile.TarError, OSError, ValueError) as error:
        raise DataError(f"{name}: {shard.name} is no readable, uncompressed .tar: {error}") from error
    return [(file, place, labels.get(key)) for key, (file, place) in images.items()]


def _label(kind: str, content: bytes) -> str | int | None:
    """A number, a word, or nothing that is either."""
    text = content.decode()
    if kind == "json":
        about = json.loads(text)
        label = about.get("label") if isinstance(about, dict) else None
        return label if isinstance(label, str | int) else None
    text = text.strip()
    return int(text) if text.isdigit() else text
