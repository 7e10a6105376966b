"""What the conformance suite shows a method of one kind of input."""

from collections.abc import Callable
from typing import NamedTuple

from jssl.data.source import Facts

BATCH, EXAMPLES = 24, 64


class Sense(NamedTuple):
    """Small examples with structure, the same for the same index."""

    facts: Facts
    batch: Callable
    """(step) -> a batch of `BATCH` examples, a part for each key of the spec, with "index" and "label"."""
    inputs: Callable
    """() -> {key: Input}: two views each, quick to compile."""
    encoder: Callable
    """(batch_norm) -> Net, or {key: Net} where there are several inputs. Small."""
