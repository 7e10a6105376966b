"""Rates that fall with the distance from the head: what fine-tuning a pretrained encoder asks for."""

from collections.abc import Sequence
from typing import Any

import jax
import optax

PyTree = Any


def by_layer(layers: Sequence[str], *, decay: float, frozen: int) -> optax.GradientTransformation:
    """Multiply the updates of the encoder's layer i of n by decay^(n - i), as BEiT does (arXiv:2106.08254).

    Put behind an optimiser this is a learning rate of each layer's own. Heads keep theirs.

    Args:
        layers: names that occur in the paths of the parameters, from the input on. What has none of them, such as a
            class token, belongs to the first.
        decay: in (0, 1]; 1 is the same rate everywhere.
        frozen: how many layers, from the input on, are not trained at all.

    Raises:
        ValueError: a decay out of range, more frozen layers than there are, an encoder that names no layers; from the
            update, parameters without an encoder.
    """
    if not layers:
        raise ValueError("layer_decay and frozen need an encoder that names its layers (Net.layers)")
    if not 0 < decay <= 1:
        raise ValueError(f"layer_decay={decay} is not in (0, 1]")
    if not 0 <= frozen <= len(layers):
        raise ValueError(f"frozen={frozen}, but the encoder has {len(layers)} layers: {', '.join(layers)}")
    position = {name: i for i, name in enumerate(layers)}
    rates = [0.0 if i < frozen else decay ** (len(layers) - i) for i in range(len(layers))]

    def scaled(path: tuple[Any, ...], update: jax.Array) -> jax.Array:
        if path[0].key != "encoder":
            return update
        return update * rates[next((position[part.key] for part in path if part.key in position), 0)]

    def scale(updates: PyTree, params: PyTree) -> PyTree:
        del params
        if "encoder" not in updates:
            raise ValueError(f"layer_decay and frozen are of an encoder, but the parameters have {sorted(updates)}")
        return jax.tree_util.tree_map_with_path(scaled, updates)

    return optax.stateless(scale)
