"""Random pictures in the shape of a config's: a data set for measurements that need none."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jssl.data.source import Source
from jssl.run.config import build

if TYPE_CHECKING:
    from ml_collections import ConfigDict

RAM = 1 << 28
"""Bytes of pictures held: more than a cache, so that a gather reads memory."""


@dataclass(frozen=True)
class Repeat:
    """The `read` of a few pictures standing for many: uint8 [held, h, w, c], index i being picture i modulo held."""

    images: np.ndarray

    def __call__(self, indices: np.ndarray) -> dict[str, np.ndarray]:  # noqa: D102
        return {"image": self.images[indices % len(self.images)]}


def picture_shape(config: "ConfigDict", examples: int) -> tuple[int, int, int]:
    """(h, w, c) of what the config's step is fed: `data.size`, else the size of its largest view.

    Raises:
        ConfigError: as `jssl.run.config.build`.
    """
    _, recipe = build(config, examples)
    side = config.data.size or max(view.size for view in recipe.views)
    return side, side, len(recipe.mean)


def random_pictures(shape: tuple[int, int, int], length: int) -> Source:
    """`length` examples of random uint8 pictures [h, w, c], of which as many are distinct as RAM allows."""
    held = int(np.clip(RAM // np.prod(shape), 1, length))
    images = np.random.default_rng(0).integers(0, 256, (held, *shape), np.uint8)
    return Source("synthetic", length, Repeat(images), None, (), shape)


def no_pictures(shape: tuple[int, int, int], length: int) -> Source:
    """A data set of that shape and length for programs that are compiled and never run."""

    def read(indices: np.ndarray) -> dict[str, np.ndarray]:
        raise NotImplementedError("there are no pictures here")

    return Source("abstract", length, read, None, (), shape)
