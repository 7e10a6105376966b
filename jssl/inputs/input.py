"""`Input`: all that the house knows of one kind of input."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from jssl.data.source import Source

Features = Callable[[Source], np.ndarray | csr_array]
"""(source) -> float32 [source.length, d], sparse if they are counts of many things."""
Fit = Callable[[Source], Features]
"""(train split) -> features of any split."""


class Input(NamedTuple):
    """One kind of input, by the recipe of `config.augment`.

    A batch holds its raw arrays; x is what an encoder takes, an array [n, ...].
    """

    keys: tuple[str, ...]
    """What it reads of a batch: ("image",), ("tokens", "length")."""
    count: int
    """How many views the recipe has."""
    prepare: Callable
    """(batch) -> x: untouched examples, as they are embedded. Traceable."""
    views: Callable
    """(keys [n], batch, count=None) -> tuple of x: random views, of which the first `count`. One key per example."""
    plain: Callable
    """(keys [n], batch) -> x: the mild view that a classifier is trained on, such as a random crop or its mirror image.
    One key per example. Traceable."""
    match: Callable
    """(batch) -> batch in the form that the run was trained on: grey <-> colour, cropped or padded. Traceable."""
    own: Callable
    """(arrays, files or strings of a user's) -> Source. Raises ValueError for what it cannot take."""
    baselines: tuple[tuple[str, Fit], ...]
    """("raw pixels" | "mean log-mel" | ..., fit): features without a network. Evaluations show the first, which is the
    input as it is, by its principal components and by k-means, too."""
    figure: Callable
    """(batch of NumPy arrays) -> how people look at examples: pictures uint8 [n, h, w, c], or words str [n]."""
    look: Callable
    """(x) -> the same of what a network is shown."""
    perturb: Callable | None = None
    """(keys, batch) -> batches, one for each large view: random views that `Method.embed` can take, for alignment and
    LiDAR. None leaves these out. Traceable."""
    beside: tuple[str, ...] = ()
    """What else it reads of a batch where that is there: ("extent",) of pictures that are carried whole."""
    past: int = 0
    """How many earlier examples its views mix with: batches of training then hold "past", {name: [n, count, ...]}, for
    each view of each example another one of those, as it was shown. See `jssl.data.loader.train_batches`."""
    recipe: Any = None
    """What its views are drawn by. A method that asks for a recipe of this type, and not for an `Input`, gets it."""


def as_it_is(features: Features) -> Fit:
    """Of features that nothing is learnt for, whatever the train split."""
    return lambda train: features
