"""Audio-visual correspondence: Look, Listen and Learn (arXiv:1705.08168), and Objects that Sound (arXiv:1712.06651)."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jssl import parallel
from jssl.errors import ConfigError
from jssl.inputs.input import Input
from jssl.losses.correspondence import pair_loss
from jssl.method import Batch, Method
from jssl.methods.crossmodal.exhibit import show_pairs
from jssl.methods.crossmodal.fusion import FUSIONS
from jssl.methods.crossmodal.moments import (
    MIDDLE,
    both_halves,
    check_lasting,
    check_length,
    half,
    of_the_middle,
    other_moment,
    together_in_rows,
)
from jssl.methods.crossmodal.towers import make_towers
from jssl.nets.net import Net
from jssl.ranges import Count

NEGATIVES = ("others", "same")


def correspondence(
    encoders: dict[str, Net],
    inputs: dict[str, Input],
    *,
    fusion: str = "concat",
    hidden: Sequence[Count] = (128,),
    embeds: str = "",
    negatives: str = "others",
) -> Method:
    """Do what is seen and what is heard belong together? Neither tower can tell alone, so each learns from the other.

    An example's two senses are a pair; the sight of one with the sound of the next one in the global batch is no pair.
    Every example is in one of each kind, on both sides, so that neither sense by itself says anything.

    Args:
        fusion: "concat", L3-Net's, or "distance", AVE-Net's, whose scores search across the senses well.
        hidden: widths of the layers between the towers' features and the answer.
        embeds: the sense whose features evaluations and users get, see `make_towers`.
        negatives: "others" are the next example's; "same" the same example's at another time, which is harder: each is
            cut in two, and what is seen in one half does not go with what is heard in the other (synchronisation,
            arXiv:1807.00230). What is shown, embedded and evaluated is the half in the middle.

    Raises:
        ValueError: other than two senses; an unknown fusion, sense or kind of negatives; no hidden layer for
            "distance"; "same" of a sense without time, or too short for two views.
    """
    both = make_towers(encoders, inputs, embeds)
    if fusion not in FUSIONS:
        raise ValueError(f"fusion={fusion!r} is none of {', '.join(FUSIONS)}")
    if fusion == "distance" and not hidden:
        raise ValueError('fusion="distance" needs a hidden layer')
    if negatives not in NEGATIVES:
        raise ValueError(f"negatives={negatives!r} is none of {', '.join(NEGATIVES)}")
    same = negatives == "same"
    if same:
        check_lasting(inputs)
        both = both._replace(**{name: of_the_middle(getattr(both, name), inputs) for name in ("features", "embed")})
    head = FUSIONS[fusion](hidden)
    sight, sound = both.senses

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        if same:
            check_length(inputs, batch)
            batch = half(batch, inputs, MIDDLE)
        *keys, last = jax.random.split(key, 3)
        towers, stats, features = both.init(keys, batch)
        return {"towers": towers, "head": head.init(last, features)}, {"stats": stats}

    def loss(params: Any, extra: Any, views: dict[str, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        del step
        x = jax.tree.map(together_in_rows, views) if same else views
        features, stats = both.apply(params["towers"], extra["stats"], x, key)
        together = head.score(params["head"], features)
        other = (other_moment if same else next_ones)(features[sound])
        apart = head.score(params["head"], {**features, sound: other})
        accuracy = (jnp.mean(together > 0) + jnp.mean(apart <= 0)) / 2
        return pair_loss(together, apart), ({"stats": stats}, {"accuracy": accuracy})

    def together(params: Any, extra: Any, features: dict[str, jax.Array]) -> jax.Array:
        del extra

        def row(seen: jax.Array) -> jax.Array:
            heard = features[sound]
            seen = jnp.broadcast_to(seen[None], (len(heard), len(seen)))
            return head.score(params["head"], {sight: seen, sound: heard})

        return jax.lax.map(row, features[sight])

    return Method(
        init, both_halves(both.views, inputs) if same else both.views, loss, both.embed, weights=both.weights,
        show=show_pairs(both, inputs, together), together=together, chance=lambda _: math.log(2),
    )  # fmt: skip


def next_ones(x: jax.Array) -> jax.Array:
    """For each example of this device [n, d] the features of the one after it in the global batch; the first is after
    the last. Differentiable.

    Raises:
        ConfigError: a batch of one, which has no other.
    """
    everyone = parallel.gather(x)
    if len(everyone) < 2:
        raise ConfigError("a batch of one example has no sound of another: make batch_size 2 or more")
    moved = jnp.roll(everyone, -1, axis=0)
    return jax.lax.dynamic_slice_in_dim(moved, parallel.axis_index() * len(x), len(x))
