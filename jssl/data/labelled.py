"""The few examples whose labels a method may see: drawn once, stratified, and read in batches of their own."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from jssl.data import subsets
from jssl.data.loader import batches, order
from jssl.data.shuffle import words
from jssl.data.source import Source
from jssl.errors import DataError


class Labelled(NamedTuple):
    """A data set, and those of its examples whose label may be seen."""

    source: Source
    which: str
    """"all", "10%", "4 per class", or "domain=source"."""
    seed: int
    """Of the draw."""
    indices: np.ndarray
    """int64 [m], sorted: the examples that are learnt from with their label."""
    validation: np.ndarray
    """int64 [v], sorted: those whose label is only used to choose by; often none."""
    inside: np.ndarray | None = None
    """bool [length], of "domain=source": which examples have that value."""


def draw_labels(source: Source, which: str, seed: int, *, validation: float = 0.0) -> Labelled:
    """The labelled part of a data set: the same for the same seed everywhere.

    Args:
        which: "all", a share of every class as "10%", a number of each as "4 per class", or the examples with one value
            of another target of the data as "domain=source".
        validation: share of each class's labels that is held out, at least one.

    Raises:
        DataError: no labels, a class of which there are none or too few, or a `which` that is not understood.
    """
    if source.labels is None:
        raise DataError(f"{source.name} has no labels, and config.labels.which={which!r} asks for some")
    counts = np.bincount(source.labels, minlength=len(source.classes))
    if not counts.all():
        missing = [source.classes[label] for label in np.flatnonzero(counts == 0)]
        raise DataError(f"{source.name}: no example of {missing}: a classifier cannot learn them")
    share, few = re.fullmatch(r"([\d.]+)%", which), re.fullmatch(r"(\d+) per class", which)
    name, _, value = which.partition("=")
    inside = None
    try:
        if which == "all":
            indices = np.arange(source.length)
        elif share:
            indices = subsets.label_fraction(source.labels, float(share[1]) / 100, seed)
        elif few:
            indices = subsets.per_class(source.labels, int(few[1]), seed)
        elif value and name in source.targets and value in source.targets[name].classes:
            of = source.targets[name]
            inside = np.asarray(of.labels == of.classes.index(value))
            indices = np.flatnonzero(inside)
        else:
            raise ValueError(f'{which!r} is not understood; write "all", "10%" or "4 per class"')
    except ValueError as error:
        raise DataError(f"{source.name}: config.labels.which: {error}") from error
    held_out = np.zeros(0, np.int64)
    if validation:
        held_out = _held_out(source, indices, validation, seed)
        indices = np.setdiff1d(indices, held_out)
    return Labelled(source, which, seed, indices, held_out, inside)


def _held_out(source: Source, indices: np.ndarray, share: float, seed: int) -> np.ndarray:
    labels = source.labels[indices]
    try:
        chosen = indices[subsets.label_fraction(labels, share, seed)]
    except ValueError as error:
        raise DataError(f"config.labels.validation: {error}") from error
    left = np.bincount(np.delete(labels, np.searchsorted(indices, chosen)), minlength=len(source.classes))
    if not left.all():
        names = [source.classes[label] for label in np.flatnonzero(left == 0)]
        raise DataError(f"config.labels.validation={share} leaves no label to learn {names} from: label more of each")
    return chosen


def labelled_batches(
    source: Source,
    indices: np.ndarray,
    *,
    batch_size: int,
    seed: int,
    start_step: int = 0,
    process_index: int = 0,
    process_count: int = 1,
) -> Iterator[dict[str, np.ndarray]]:
    """Endless shuffled batches of these examples, each as often as any other; a batch may hold one more than once.

    Like `train_batches`, a function of the step alone.

    Yields:
        As `train_batches`, with "label" int32 [b]: this process's share.
    """
    share = batch_size // process_count

    def rows(step: int) -> tuple[np.ndarray, np.ndarray]:
        position = step * batch_size + process_index * share + np.arange(share)
        epochs, places = np.divmod(position, len(indices))
        visited = [order(len(indices), seed, int(epoch))[place] for epoch, place in zip(epochs, places, strict=True)]
        own = slice(process_index * share, (process_index + 1) * share)
        return indices[visited], words(seed, step, batch_size)[own]

    return batches(source, rows, range(start_step, np.iinfo(np.int32).max))
