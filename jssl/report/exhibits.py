"""A method's own section of the report: what `Method.show` returns, drawn and kept beside the run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jssl.data.source import Source
from jssl.exhibit import Column, Exhibit
from jssl.inputs.image import to_uint8
from jssl.inputs.input import Input
from jssl.method import Method
from jssl.report.collect import EXAMPLES, draw_views, save_arrays, thumbnails, with_past
from jssl.report.document import whole

LOOKED_AT = 256


def draw_exhibit(
    method: Method, params: Any, extra: dict[str, Any], source: Source, *, seed: int = 0
) -> Exhibit | None:
    """What a method does with a few hundred examples of a data set; None if it has nothing to show.

    Args:
        params, extra: of the trained method; without what is sharded.
        seed: chooses the examples and what is random about them.
    """
    if method.show is None:
        return None
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.choice(source.length, min(LOOKED_AT, source.length), replace=False))
    batch = jax.tree.map(jax.numpy.asarray, source.read(rng.permutation(rows)))
    # Of many processes one draws, on its own device: what is replicated, it has whole.
    params, extra = jax.tree.map(lambda x: np.asarray(x.addressable_data(0)), (params, extra))
    return method.show(params, extra, jax.random.split(jax.random.key(seed), len(rows)), batch)


def views_of(input: Input, source: Source, *, seed: int = 0) -> Exhibit:
    """Some examples and views of them, of a further input: the report's own gallery of views has the first."""
    rows = np.sort(np.random.default_rng(seed).choice(source.length, min(EXAMPLES, source.length), replace=False))
    batch = source.read(rows)
    columns = [Column("original", thumbnails(input.figure(batch)))]
    columns += [
        Column("view" if not i else "", view)
        for i, view in enumerate(draw_views(input, with_past(input, source, rows, batch), seed))
    ]
    lead = f"The same examples by their {input.keys[0]}: views are drawn from it at random too."
    return Exhibit(f"What else the network is shown: {input.keys[0]}", lead, tuple(columns))


def save_exhibit(path: Path, exhibit: Exhibit) -> None:
    """Write an .npz, its pictures as uint8 of at most 64 pixels a side, its sounds as int16."""
    arrays = {"title": np.array(exhibit.title), "lead": np.array(exhibit.lead)}
    arrays["columns"] = np.array([column.name for column in exhibit.columns], dtype=np.str_)
    for i, column in enumerate(exhibit.columns):
        arrays[f"images_{i}"] = thumbnails(_plain(np.asarray(column.figures)))
        arrays[f"captions_{i}"] = np.array(column.captions, dtype=np.str_)
        arrays[f"right_{i}"] = np.array(column.right, dtype=bool)
        if column.sounds is not None:
            arrays[f"sounds_{i}"] = np.round(np.clip(column.sounds, -1, 1) * 32767).astype(np.int16)
            arrays[f"rate_{i}"] = np.array(column.rate)
    save_arrays(path, arrays)


def load_exhibit(path: Path) -> Exhibit:
    """Read what `save_exhibit` wrote; pictures stay uint8. Nothing is unpickled.

    Raises:
        WorkdirError: a damaged file.
    """
    with whole(path), np.load(path, allow_pickle=False) as arrays:
        columns = tuple(
            Column(
                str(name), arrays[f"images_{i}"], tuple(map(str, arrays[f"captions_{i}"])),
                tuple(map(bool, arrays[f"right_{i}"])), *_heard(arrays, i),
            )
            for i, name in enumerate(arrays["columns"])
        )  # fmt: skip
        return Exhibit(str(arrays["title"]), str(arrays["lead"]), columns)


def _heard(arrays: Mapping[str, np.ndarray], i: int) -> tuple[np.ndarray | None, int]:
    """The sounds of a column and their rate."""
    if f"sounds_{i}" not in arrays:
        return None, 0
    return arrays[f"sounds_{i}"].astype(np.float32) / 32767, int(arrays[f"rate_{i}"])


def _plain(figures: np.ndarray) -> np.ndarray:
    """Pictures as uint8, words as strings of fixed length."""
    if figures.dtype.kind in "OU":
        return figures.astype(np.str_)
    return figures if figures.dtype == np.uint8 else to_uint8(figures * 255)
