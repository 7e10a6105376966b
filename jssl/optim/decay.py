"""Weight decay, of kernels and of what else a paper's code decays."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import optax

PyTree = Any
KINDS = ("vectors", "biases", "norms")


def add_decay(
    weight_decay: float | optax.Schedule, decays: Mapping[str, float] | None = None
) -> optax.GradientTransformation:
    """Updates plus `weight_decay` p of kernels, and so much of it as `decays` says of other parts.

    Args:
        decays: what `weight_decay` is multiplied by for some parts of the parameters: by their first key ("head"), for
            all in it; or, in what is none of these, for "biases" of linear maps and convolutions, "norms" (what scales
            and offsets after a normalisation), or "vectors", which are both and whatever else has one axis. Of
            vectors that are not named there is none.

    Raises:
        ValueError: a negative factor; from `init`, a part that the parameters do not have.
    """
    decays = decays or {}
    if negative := [part for part, factor in decays.items() if factor < 0]:
        raise ValueError(f"optimizer.decays of {', '.join(negative)} must be at least 0")
    # Each mask sees the updates as well, and in a partition by rate other parts than its own are hidden from it.
    factors = sorted({1.0, *decays.values()} - {0.0})
    terms = [
        optax.add_decayed_weights(_times(weight_decay, factor), partial(_mask, decays, factor)) for factor in factors
    ]
    return terms[0] if len(terms) == 1 else optax.chain(*terms)


def _times(decay: float | optax.Schedule, factor: float) -> float | optax.Schedule:
    return (lambda step: factor * decay(step)) if callable(decay) else factor * decay


def _mask(decays: Mapping[str, float], factor: float, params: PyTree) -> PyTree:
    """Which parameters are decayed by that factor."""
    if missing := sorted(set(decays) - set(params) - set(KINDS)):
        raise ValueError(f"optimizer.decays names {missing}, but the parameters have {sorted(params)}")
    hidden = lambda leaf: isinstance(leaf, optax.MaskedNode)  # noqa: E731
    paths = jax.tree_util.tree_flatten_with_path(params, is_leaf=hidden)[0]
    # A bias lies beside its kernel; a norm's offset has none.
    mapped = {path[:-1] for path, _ in paths if getattr(path[-1], "key", None) == "kernel"}

    def own(path: tuple[Any, ...], leaf: jax.Array) -> bool:
        first = path[0].key
        if first in decays:
            return decays[first] == factor
        if leaf.ndim > 1:
            return factor == 1
        kind = "biases" if path[:-1] in mapped else "norms"
        return decays.get(kind, decays.get("vectors", 0.0)) == factor

    return jax.tree_util.tree_map_with_path(own, params)
