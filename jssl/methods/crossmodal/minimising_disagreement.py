"""Minimising disagreement: Learning Classification with Unlabeled Data (de Sa, NeurIPS 1993), the cow and its moo."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import optax

from jssl import parallel
from jssl.inputs.input import Input
from jssl.losses.contrastive import l2_normalize, similarities
from jssl.losses.sinkhorn import sinkhorn
from jssl.method import Batch, Method
from jssl.methods.crossmodal.exhibit import show_pairs
from jssl.methods.crossmodal.towers import make_towers
from jssl.nets.net import Net
from jssl.ranges import Count, Positive


def minimising_disagreement(
    encoders: dict[str, Net],
    inputs: dict[str, Input],
    *,
    categories: Count = 10,
    temperature: Positive = 0.1,
    epsilon: Positive = 0.05,
    embeds: str = "",
) -> Method:
    """Each sense sorts examples into categories, and each takes what the other says for the label.

    Where two senses are independent but for what they are of, all that they can agree about is that. Both would agree
    best if they said the same of everything, so labels are balanced over the batch first (Sinkhorn-Knopp, as SwAV).
    de Sa moves codebook vectors by LVQ 2.1; here a softmax over codebooks, on features that are learnt too, takes the
    same label by cross entropy.

    Args:
        categories: how many there are, with a codebook vector each in each sense.
        temperature: of the similarities of features and codebooks.
        epsilon: of the balancing, see `sinkhorn`: small for labels that are nearly balanced.
        embeds: the sense whose features evaluations and users get, see `make_towers`.

    Raises:
        ValueError: other than two senses; `embeds` is none of them; fewer than two categories.
    """
    if categories < 2:
        raise ValueError(f"categories={categories}: with one there is nothing to disagree about")
    both = make_towers(encoders, inputs, embeds)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        *keys, last = jax.random.split(key, 3)
        towers, stats, features = both.init(keys, batch)
        codebooks = {
            name: jax.random.normal(jax.random.fold_in(last, i), (categories, features[name].shape[-1]))
            for i, name in enumerate(both.senses)
        }
        return {"towers": towers, "codebooks": codebooks}, {"stats": stats}

    def scores(params: Any, features: dict[str, jax.Array]) -> list[jax.Array]:
        """Cosines [n, categories] of features and codebooks, of each sense."""
        return [
            similarities(l2_normalize(features[name].astype(jnp.float32)), l2_normalize(params["codebooks"][name]))
            for name in both.senses
        ]

    def loss(params: Any, extra: Any, views: dict[str, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        del step
        features, stats = both.apply(params["towers"], extra["stats"], views, key)
        one, other = scores(params, features)
        said, heard = (
            jnp.argmax(sinkhorn(x, epsilon=epsilon, psum=parallel.psum, pmax=parallel.pmax), axis=1)
            for x in (one, other)
        )
        values = [
            jnp.mean(optax.softmax_cross_entropy_with_integer_labels(x / temperature, label))
            for x, label in ((one, heard), (other, said))
        ]
        agreement = jnp.mean(jnp.argmax(one, axis=1) == jnp.argmax(other, axis=1))
        return (values[0] + values[1]) / 2, ({"stats": stats}, {"agreement": agreement})

    def together(params: Any, extra: Any, features: dict[str, jax.Array]) -> jax.Array:
        """That both are of one category, against chance."""
        del extra
        one, other = (jax.nn.softmax(x / temperature, axis=1) for x in scores(params, features))
        return jnp.log(categories * jnp.maximum(similarities(one, other), 1e-12))

    return Method(
        init, both.views, loss, both.embed, weights=both.weights, show=show_pairs(both, inputs, together),
        together=together, chance=lambda _: math.log(categories),
    )  # fmt: skip


def categories_of(params: Any, features: dict[str, jax.Array]) -> dict[str, jax.Array]:
    """The category of each example by each sense alone, int [n], from the features that `embed` gives of it."""
    return {
        name: jnp.argmax(similarities(l2_normalize(x), l2_normalize(params["codebooks"][name])), axis=1)
        for name, x in features.items()
    }
