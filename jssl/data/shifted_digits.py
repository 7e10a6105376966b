"""Digits of two domains: MNIST's 5,000, half of them blended with clouds, as MNIST-M is with photographs."""

import os
from pathlib import Path

import numpy as np

from jssl.data.source import Labels, Source, from_arrays, parse_split, part
from jssl.ranges import Share

DOMAINS = ("source", "target")
CELLS = 5
"""A cloud's random grey levels along a side, between which it is interpolated."""
STREAMS = {"train": 0, "test": 1}
"""A split's random words, the same for ever."""


def open_shifted_digits(
    split: str, size: int | None, data_dir: Path, manual_dir: str | os.PathLike | None, route: str,
    *, strength: Share = 0.5,
) -> Source:  # fmt: skip
    """Pictures uint8 [28, 28, 1] with the targets "digit" and "domain".

    Of the train split every other one is of the target domain, |digit - cloud|; of the test split all are. Methods
    that adapt see the labels of `config.labels.which = "domain=source"`. Arguments as in `open_source`.

    Args:
        split: of mnist_5k: "train", "test" or a part of one.
        size: side in pixels; by default 28.
        strength: largest grey level of a cloud, as a share of white.

    Raises:
        DataError: as `mnist_5k`.
    """
    from jssl.data.sources import open_source

    base, chosen = parse_split("shifted_digits", split)
    digits = open_source("mnist_5k", split=base, size=size, data_dir=data_dir, manual_dir=manual_dir, route="ram")
    images = digits.read(np.arange(digits.length))["image"]
    domain = np.ones(digits.length, np.int32) if base == "test" else np.arange(digits.length, dtype=np.int32) % 2
    rng = np.random.default_rng(STREAMS.get(base, len(STREAMS)))
    clouds = _clouds(rng, digits.length, images.shape[1]) * strength * 255
    blended = np.abs(images - clouds[..., None]).round().astype(np.uint8)
    shifted = np.where(domain[:, None, None, None] == 1, blended, images)
    targets = {"digit": next(iter(digits.targets.values())), "domain": Labels(domain, DOMAINS)}
    return part(from_arrays("shifted_digits", targets, image=shifted), chosen(digits.length))


def _clouds(rng: np.random.Generator, count: int, side: int) -> np.ndarray:
    """Smooth random grey levels, float [count, side, side] in [0, 1]."""
    levels = rng.random((count, CELLS, CELLS))
    place = np.linspace(0, CELLS - 1, side)
    left = np.minimum(place.astype(int), CELLS - 2)
    weights = np.zeros((side, CELLS))
    weights[np.arange(side), left], weights[np.arange(side), left + 1] = 1 - (place - left), place - left
    return np.einsum("ia,nab,jb->nij", weights, levels, weights)
