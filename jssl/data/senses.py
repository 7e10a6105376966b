"""Sources of several senses: put together, and one of them alone."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from jssl.data.source import Source


def side_by_side(sources: Sequence[Source]) -> Source:
    """Sources of as many examples as one whose examples have the parts of all.

    Raises:
        ValueError: sources of different lengths.
    """
    first = sources[0]
    if len({source.length for source in sources}) > 1:
        raise ValueError(f"as many examples of each input are needed, not {[source.length for source in sources]}")
    if len(sources) == 1:
        return first

    def read(rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:
        return {name: x for source in sources for name, x in source.read(rows, draws).items()}

    return first._replace(spec={name: x for source in sources for name, x in source.spec.items()}, read=read)


def only(source: Source, input: Any) -> Source:
    """The source without what this `jssl.inputs.input.Input` does not read: one sense of several."""
    spec = {key: source.spec[key] for key in (*input.keys, *input.beside) if key in source.spec}
    return source._replace(spec=spec, read=partial(_some, source.read, tuple(spec)))


def _some(
    read: Callable, keys: Sequence[str], rows: np.ndarray, draws: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    found = read(rows, draws)
    return {key: found[key] for key in keys}
