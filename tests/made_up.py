"""Sources that tests make up."""

from collections.abc import Callable

import numpy as np

from jssl.data.source import Gather, Source, labelled, picture_spec


def pictures(
    images: np.ndarray,
    labels: np.ndarray | None = None,
    classes: tuple[str, ...] = (),
    *,
    name: str = "made up",
    read: Callable | None = None,
    in_memory: bool = True,
) -> Source:
    """A source of pictures uint8 [n, h, w, c]."""
    return Source(
        name, len(images), picture_spec(*images.shape[1:]), read or Gather({"image": images}),
        labelled(labels, classes), in_memory=in_memory,
    )  # fmt: skip
