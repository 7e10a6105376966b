"""Contrast across the senses: Contrastive Multiview Coding (arXiv:1906.05849), by InfoNCE."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jssl import parallel
from jssl.inputs.input import Input
from jssl.losses.contrastive import l2_normalize, similarities
from jssl.losses.predictive import among
from jssl.method import Batch, Method
from jssl.methods.crossmodal.exhibit import show_pairs
from jssl.methods.crossmodal.towers import make_towers
from jssl.nets.heads import mlp
from jssl.nets.net import Net
from jssl.ranges import Count, Positive


def cmc(
    encoders: dict[str, Net],
    inputs: dict[str, Input],
    *,
    projector: Sequence[Count] = (128,),
    temperature: Positive = 0.07,
    embeds: str = "",
) -> Method:
    """What is seen finds what was heard with it among all sounds of the global batch, and the other way round.

    The paper's negatives are of a memory bank; these are the batch's, as in CLIP (arXiv:2103.00020).

    Args:
        projector: widths of the layers after each encoder, without batch norm; evaluations read the encoders' output.
        temperature: of the similarities.
        embeds: the sense whose features evaluations and users get, see `make_towers`.

    Raises:
        ValueError: other than two senses; `embeds` is none of them.
    """
    both, head = make_towers(encoders, inputs, embeds), mlp(projector, norm=False)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        *keys, last = jax.random.split(key, 3)
        towers, stats, features = both.init(keys, batch)
        heads = {name: head.init(jax.random.fold_in(last, i), features[name])[0] for i, name in enumerate(both.senses)}
        return {"towers": towers, "projectors": heads}, {"stats": stats}

    def projected(params: Any, features: dict[str, jax.Array]) -> list[jax.Array]:
        """Unit vectors [n, d] of each sense."""
        heads = params["projectors"]
        found = [head.apply(heads[name], {}, features[name])[0] for name in both.senses]
        return [l2_normalize(z.astype(jnp.float32)) for z in found]

    def loss(params: Any, extra: Any, views: dict[str, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        del step
        features, stats = both.apply(params["towers"], extra["stats"], views, key)
        one, other = projected(params, features)
        own = parallel.axis_index() * len(one) + jnp.arange(len(one))
        values, found = [], {}
        for name, query, keys in zip(both.senses, (one, other), (other, one), strict=True):
            value, found[f"accuracy_from_{name}"] = among(query / temperature, parallel.gather(keys), own)
            values.append(value)
        return (values[0] + values[1]) / 2, ({"stats": stats}, found)

    def together(params: Any, extra: Any, features: dict[str, jax.Array]) -> jax.Array:
        """How much more likely than by chance: what InfoNCE's similarities estimate, up to a constant."""
        del extra
        logits = similarities(*projected(params, features)) / temperature
        return logits - jax.nn.logsumexp(logits) + math.log(logits.size)

    return Method(
        init, both.views, loss, both.embed, weights=both.weights, show=show_pairs(both, inputs, together),
        together=together, chance=math.log,
    )  # fmt: skip
