"""Views of several sizes through one network, as multi-crop asks for (SwAV, arXiv:2006.09882)."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import jax
import jax.numpy as jnp

from jssl.nets.net import Net

GLOBAL = 2
"""The first views, the large ones, are all that targets are made from; small crops only predict."""


def apply_by_size(
    net: Net, params: Any, stats: Any, views: Sequence[jax.Array], *, key: jax.Array | None = None
) -> tuple[jax.Array, Any]:
    """Train on views of several sizes, in one pass for each run of equal sizes.

    Batch norm normalises all views of a size together, and its statistics move once a size.

    Args:
        views: [n, size, size, c] each.
        key: None where nothing is drawn, as for a teacher.

    Returns:
        [n, views, d], and the statistics after the last pass.
    """
    outputs = []
    for i, (_, group) in enumerate(groupby(views, key=lambda view: view.shape)):
        # Example by example: what a network draws by the row of its batch then does not depend on the device count.
        together = jnp.stack(list(group), axis=1)
        n, k = together.shape[:2]
        size_key = None if key is None else jax.random.fold_in(key, i)
        y, stats = net.apply(params, stats, together.reshape(n * k, *together.shape[2:]), key=size_key, train=True)
        outputs.append(y.reshape(n, k, -1))
    return jnp.concatenate(outputs, axis=1), stats


def project_by_size(
    net: Net, params: Any, stats: Any, views: Sequence[jax.Array], *, key: jax.Array | None = None
) -> tuple[jax.Array, Any]:
    """Train a chain of an encoder and a projector: the encoder by size, then the projector once for all views.

    Arguments as `apply_by_size`.

    Returns:
        [n * views, d], the views of an example next to each other, and the statistics.
    """
    encoder, projector = net.parts["encoder"], net.parts["projector"]
    h, encoder_stats = apply_by_size(encoder, params["encoder"], stats["encoder"], views, key=key)
    h = h.reshape(-1, h.shape[-1])
    z, projector_stats = projector.apply(params["projector"], stats["projector"], h, train=True)
    return z, {"encoder": encoder_stats, "projector": projector_stats}
