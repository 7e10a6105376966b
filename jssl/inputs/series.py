"""Series, such as what sensors measure: "series" float32 [t, c], at equal distances in time."""

import inspect
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.measured.recipe import SERIES, SeriesView
from jssl.data.source import Facts
from jssl.inputs.input import Input
from jssl.inputs.measured import measured, refuse_channels
from jssl.ranges import Natural

HEIGHT, WIDEST, REACH = 48, 160, 3.0
"""Of a drawing, pixels, and how many deviations from the mean its edges stand for."""
COLOURS = ((31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40), (148, 103, 189), (140, 86, 75))
"""Of the channels, in turn."""


def series(facts: Facts, *, recipe: str = "plain", size: Natural = 0, **options: Any) -> Input:
    """Series under a recipe of `jssl.augment.measured.recipe`, each channel of mean 0 and deviation 1.

    Mean and deviation are those of the training data, over time and examples; what is missing (NaN) becomes the mean.

    Args:
        recipe: its name.
        size: of pictures; nothing here.
        options: what of its views is changed, see `SeriesView`.

    Raises:
        ValueError: as `make_measured_recipe`.
    """
    del size
    return measured(
        "series", facts, SERIES, recipe, options,
        baselines={
            "flattened series": lambda x: x,
            "mean and deviation": lambda x: jnp.concatenate([x.mean(1), x.std(1)], 1),
        },
        match=partial(match_length, shape=facts.spec["series"].shape),
        picture=drawn,
    )  # fmt: skip


def options_of(recipe: str) -> dict[str, inspect.Parameter]:
    """What `config.augment` may hold beside a recipe of that name."""
    del recipe  # all have the same
    return dict(inspect.signature(SeriesView).parameters)


def match_length(x: jax.Array, shape: tuple[int, int]) -> jax.Array:
    """Series [n, any, c] as [n, t, c]: the middle of longer ones, nothing measured (NaN) after shorter ones.

    Raises:
        DataError: other channels.
    """
    refuse_channels("series", x, shape[1])
    start = max(x.shape[1] - shape[0], 0) // 2
    x = x[:, start : start + shape[0]]
    return jnp.pad(x, ((0, 0), (0, shape[0] - x.shape[1]), (0, 0)), constant_values=jnp.nan)


def drawn(x: np.ndarray) -> np.ndarray:
    """Lines over time, a colour for each channel: [n, t, c] -> uint8 [n, `HEIGHT`, up to `WIDEST`, 3]."""
    n, t, channels = x.shape
    x = x[:, np.unique(np.linspace(0, t - 1, min(t, WIDEST)).round().astype(int))]
    level = (HEIGHT - 1) * (1 - np.clip(x / (2 * REACH) + 0.5, 0, 1))
    before = np.concatenate([level[:, :1], level[:, :-1]], 1)
    low, high = np.floor(np.minimum(level, before)), np.ceil(np.maximum(level, before))
    picture = np.full((n, HEIGHT, x.shape[1], 3), 255, np.uint8)
    rows = np.arange(HEIGHT)[None, :, None]
    for i in range(channels):
        line = (rows >= low[:, None, :, i]) & (rows <= high[:, None, :, i])
        picture[line] = COLOURS[i % len(COLOURS)]
    return picture
