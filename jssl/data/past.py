"""Earlier examples, read once more to be mixed with: the clips that BYOL-A keeps in a queue (arXiv:2103.06695)."""

from collections.abc import Callable

import numpy as np

from jssl.data.shuffle import words
from jssl.data.source import Source


def earlier(
    batch_at: Callable[[int], np.ndarray], batch_size: int, seed: int, step: int, past: int, companions: int
) -> tuple[np.ndarray, np.ndarray]:
    """For each example of the global batch of a step, some of the `past` examples before that batch.

    Args:
        batch_at: (step) -> the examples of its global batch, int32 [batch_size].
        batch_size: of the global batch.
        seed: of the run's order.
        step: of the batch.
        past: how many earlier examples are drawn from.
        companions: how many each example gets.

    Returns:
        Examples int32 [batch_size, companions], none of them the example itself, -1 before there are any; and the
        words uint64 that said where they were cropped.
    """
    if not step:
        return np.full((batch_size, companions), -1, np.int32), np.zeros((batch_size, companions), np.uint64)
    steps = range(max(step - -(-past // batch_size), 0), step)
    shown = np.concatenate([batch_at(k) for k in steps])[-past:]
    draws = np.concatenate([words(seed, k, batch_size) for k in steps])[-past:]
    drawn = words(seed, step, batch_size * companions, stream=2) % np.uint64(len(shown))
    place = drawn.astype(np.int64).reshape(batch_size, companions)
    itself = batch_at(step)[:, None]
    for _ in range(2):  # an example comes twice in a row at most: at the end of an epoch and the beginning of the next
        place = np.where(shown[place] == itself, (place + 1) % len(shown), place)
    return shown[place], draws[place]


def read_past(source: Source, chosen: np.ndarray, draws: np.ndarray) -> dict[str, np.ndarray]:
    """What `earlier` chose, int [b, companions], as {name: [b, companions, ...]}: zeros where there is none (-1)."""
    if (chosen < 0).all():
        return {name: np.zeros((*chosen.shape, *x.shape), x.dtype) for name, x in source.spec.items()}
    read = source.read(chosen.reshape(-1), draws.reshape(-1))
    return {name: x.reshape(*chosen.shape, *x.shape[1:]) for name, x in read.items()}
