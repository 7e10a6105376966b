"""Random examples in the shape of a config's: a data set for measurements that need none."""

from dataclasses import dataclass

import numpy as np

from jssl.data.source import Source, Spec
from jssl.run.abstract import shaped_like

__all__ = ["random_examples", "shaped_like"]

RAM = 1 << 28
"""Bytes of examples held: more than a cache, so that a gather reads memory."""


@dataclass(frozen=True)
class Repeat:
    """The `read` of a few examples standing for many: [held, ...] each, row i being example i modulo held."""

    arrays: dict[str, np.ndarray]

    def __call__(self, rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:
        del draws
        return {name: array[rows % len(array)] for name, array in self.arrays.items()}


def random_examples(like: Source) -> Source:
    """A source as long as that one, of random examples, of which as many are distinct as RAM allows."""
    rng = np.random.default_rng(0)
    size = sum(int(np.prod(x.shape)) * x.dtype.itemsize for x in like.spec.values())
    held = int(np.clip(RAM // size, 1, like.length))
    arrays = {name: _random(rng, like.spec, name, held) for name in like.spec}
    return like._replace(name="synthetic", read=Repeat(arrays), in_memory=True)


def _random(rng: np.random.Generator, spec: Spec, name: str, held: int) -> np.ndarray:
    shape, dtype = (held, *spec[name].shape), spec[name].dtype
    if np.issubdtype(dtype, np.floating):
        return rng.standard_normal(shape, np.float32).astype(dtype)
    # Bytes are colours; what is wider counts or names something, and small numbers are valid for it.
    return rng.integers(0, 256 if dtype == np.uint8 else 8, shape, dtype)
