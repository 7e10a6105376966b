"""Rows of a table of numbers: "table" float32 [d], a value for each column."""

import inspect
from functools import partial
from typing import Any

import jax
import numpy as np

from jssl.augment.measured.recipe import TABLES, TableView
from jssl.data.source import Facts
from jssl.inputs.image import to_uint8
from jssl.inputs.input import Input
from jssl.inputs.measured import measured, refuse_channels
from jssl.ranges import Natural

SIDE, REACH = 12, 3.0
"""Of a value's square, pixels, and how many deviations from the mean the strongest colours stand for."""


def table(facts: Facts, *, recipe: str = "plain", size: Natural = 0, **options: Any) -> Input:
    """Rows under a recipe of `jssl.augment.measured.recipe`, each column of mean 0 and deviation 1.

    Mean and deviation are those of the training data; what is missing (NaN) becomes the mean. Columns are numbers:
    categories are columns of 0 and 1.

    Args:
        recipe: its name.
        size: of pictures; nothing here.
        options: what of its views is changed, see `TableView`.

    Raises:
        ValueError: as `make_measured_recipe`.
    """
    del size
    return measured(
        "table", facts, TABLES, recipe, options,
        baselines={"standardised columns": lambda x: x},
        match=partial(_matched, columns=facts.spec["table"].shape[0]),
        picture=squares,
    )  # fmt: skip


def options_of(recipe: str) -> dict[str, inspect.Parameter]:
    """What `config.augment` may hold beside a recipe of that name."""
    del recipe  # all have the same
    return dict(inspect.signature(TableView).parameters)


def squares(x: np.ndarray) -> np.ndarray:
    """A square for each value, red above the mean and blue below: [n, d] -> uint8 [n, side, side * d, 3]."""
    level = np.clip(x / REACH, -1, 1)[:, None, :, None]
    far = 1 - np.abs(level)
    colour = np.concatenate([np.where(level > 0, 1, far), far, np.where(level < 0, 1, far)], axis=-1)
    return to_uint8(255 * colour.repeat(SIDE, 1).repeat(SIDE, 2))


def _matched(x: jax.Array, columns: int) -> jax.Array:
    refuse_channels("table", x, columns)
    return x
