"""How features of two senses become one logit: that they belong together."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jssl.losses.contrastive import l2_normalize
from jssl.nets.heads import mlp

Features = dict[str, jax.Array]
"""Of each sense float [n, d]; row i of one is paired with row i of the other."""


class Fusion(NamedTuple):
    """A head on two towers. It has no state but its parameters: it knows each pair by itself."""

    init: Callable
    """(key, features) -> params; only the shapes of the features are used."""
    score: Callable
    """(params, features) -> logits float32 [n]."""


def concatenated(hidden: Sequence[int]) -> Fusion:
    """L3-Net's (arXiv:1705.08168): both features in one row, layers with ReLU, two outputs."""
    net = mlp((*hidden, 2), norm=False)

    def joined(features: Features) -> jax.Array:
        return jnp.concatenate(list(features.values()), axis=-1)

    def score(params: Any, features: Features) -> jax.Array:
        logits = net.apply(params, {}, joined(features))[0].astype(jnp.float32)
        return logits[:, 1] - logits[:, 0]

    return Fusion(lambda key, features: net.init(key, joined(features))[0], score)


def by_distance(hidden: Sequence[int]) -> Fusion:
    """AVE-Net's (arXiv:1712.06651): each sense projected to the unit sphere, and the distance there all that counts.

    The score is a line in the distance, which falls as training begins and learns where to cross 0. The projections
    are as long as the last hidden layer, and near each other for what belongs together: made to be searched.
    """
    net = mlp((*hidden, hidden[-1]), norm=False)

    def init(key: jax.Array, features: Features) -> dict[str, Any]:
        keys = jax.random.split(key, len(features))
        projectors = {name: net.init(k, x)[0] for k, (name, x) in zip(keys, features.items(), strict=True)}
        return {"projectors": projectors, "scale": jnp.array(4.0), "offset": jnp.array(4.0)}

    def score(params: Any, features: Features) -> jax.Array:
        one, other = (
            l2_normalize(net.apply(params["projectors"][name], {}, x)[0].astype(jnp.float32))
            for name, x in features.items()
        )
        square = jnp.sum((one - other) ** 2, axis=-1)
        return params["offset"] - params["scale"] * jnp.sqrt(jnp.maximum(square, 1e-12))

    return Fusion(init, score)


FUSIONS = {"concat": concatenated, "distance": by_distance}
