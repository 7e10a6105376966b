"""Two networks side by side: one sees a picture's lightness alone, the other its colours alone."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp

from jssl.augment.lab import rgb_to_lab
from jssl.nets.net import Net


def lightness_and_colours(x: jax.Array) -> dict[str, jax.Array]:
    """Colours in [0, 1], [n, h, w, 3] -> what each half sees: "lightness" [n, h, w, 1], "colours" [n, h, w, 2]."""
    lab = rgb_to_lab(jnp.clip(x, 0.0, 1.0))
    return {"lightness": lab[..., :1] / 50 - 1, "colours": lab[..., 1:] / 50}


def lab_halves(*, half: Mapping[str, Any], dtype: jnp.dtype = jnp.float32) -> Net:
    """Colours in [0, 1], [n, h, w, 3] -> features of both halves, one after the other, float32 [n, 2 d].

    Lightness and colours are L and ab of Lab. The halves share nothing: of the two halves of the features, neither
    depends on what the other sees. `Net.parts` holds both.

    Args:
        half: name and options of the network that each half is, as in `config.encoder`.
        dtype: compute type; parameters are float32.

    Raises:
        ValueError: as `make_net`.
    """
    from jssl.nets import PRECISIONS, make_net  # the index, which names this network too

    net = make_net(precision=next(name for name, each in PRECISIONS.items() if each == dtype), **half)
    parts = {"lightness": net, "colours": net}

    def init(key: jax.Array, example: jax.Array) -> tuple[Any, Any]:
        seen = lightness_and_colours(example)
        made = {name: net.init(jax.random.fold_in(key, i), seen[name]) for i, name in enumerate(parts)}
        return tuple({name: both[i] for name, both in made.items()} for i in (0, 1))

    def of_both(call: Any) -> Any:
        def apply(params: Any, stats: Any, x: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
            seen = lightness_and_colours(x)
            found = {name: call(params[name], stats[name], seen[name], **mode) for name in parts}
            y = jnp.concatenate([each for each, _ in found.values()], axis=-1)
            return y, {name: moved for name, (_, moved) in found.items()}

        return apply

    return Net(init, of_both(net.apply), net.tokens and of_both(net.tokens), layers=net.layers, parts=parts)
