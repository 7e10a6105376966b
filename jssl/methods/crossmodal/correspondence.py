"""Audio-visual correspondence: Look, Listen and Learn (arXiv:1705.08168), and Objects that Sound (arXiv:1712.06651)."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl import parallel
from jssl.errors import ConfigError
from jssl.exhibit import Exhibit
from jssl.inputs.input import Input
from jssl.losses.correspondence import pair_loss
from jssl.method import Batch, Method
from jssl.methods.crossmodal.exhibit import pairs
from jssl.methods.crossmodal.fusion import FUSIONS
from jssl.nets.net import Net
from jssl.ranges import Count


def correspondence(
    encoders: dict[str, Net],
    inputs: dict[str, Input],
    *,
    fusion: str = "concat",
    hidden: Sequence[Count] = (128,),
    embeds: str = "",
) -> Method:
    """Do what is seen and what is heard belong together? Neither tower can tell alone, so each learns from the other.

    An example's two senses are a pair; the sight of one with the sound of the next one in the global batch is no pair.
    Every example is in one of each kind, on both sides, so that neither sense by itself says anything.

    Args:
        fusion: "concat", L3-Net's, or "distance", AVE-Net's, whose scores search across the senses well.
        hidden: widths of the layers between the towers' features and the answer.
        embeds: the sense whose features evaluations and users get where an example has both; "" is both, one after
            the other. Of examples that have one of them alone, `embed` gives its features. It is also the tower that
            fine-tuning starts from; without, that is the first.

    Raises:
        ValueError: other than two senses; an unknown fusion or sense; no hidden layer for "distance".
    """
    senses = sorted(inputs)
    if len(senses) != 2:
        raise ValueError(f"it compares two senses, and config.augment names {senses}")
    if fusion not in FUSIONS:
        raise ValueError(f"fusion={fusion!r} is none of {', '.join(FUSIONS)}")
    if embeds and embeds not in senses:
        raise ValueError(f"embeds={embeds!r} is none of the senses {', '.join(senses)}")
    if fusion == "distance" and not hidden:
        raise ValueError('fusion="distance" needs a hidden layer')
    head = FUSIONS[fusion](hidden)
    sight, sound = senses

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        towers, stats, features = {}, {}, {}
        *keys, last = jax.random.split(key, 3)
        for name, each in zip(senses, keys, strict=True):
            x = inputs[name].prepare(batch)
            towers[name], stats[name] = encoders[name].init(each, x)
            shape = jax.eval_shape(encoders[name].apply, towers[name], stats[name], x)[0]
            features[name] = jnp.zeros(shape.shape, shape.dtype)
        return {"towers": towers, "head": head.init(last, features)}, {"stats": stats}

    def views(keys: jax.Array, batch: Batch) -> dict[str, jax.Array]:
        def own(place: int) -> jax.Array:
            return jax.vmap(lambda key: jax.random.fold_in(key, place))(keys)

        return {name: inputs[name].views(own(i), batch, 1)[0] for i, name in enumerate(senses)}

    def loss(params: Any, extra: Any, views: dict[str, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        del step
        features, stats = {}, {}
        for i, name in enumerate(senses):
            features[name], stats[name] = encoders[name].apply(
                params["towers"][name], extra["stats"][name], views[name], key=jax.random.fold_in(key, i), train=True
            )
        together = head.score(params["head"], features)
        apart = head.score(params["head"], {**features, sound: next_ones(features[sound])})
        accuracy = (jnp.mean(together > 0) + jnp.mean(apart <= 0)) / 2
        return pair_loss(together, apart), ({"stats": stats}, {"accuracy": accuracy})

    def features(params: Any, extra: Any, batch: Batch) -> dict[str, jax.Array]:
        there = [name for name in senses if all(key in batch for key in inputs[name].keys)]
        return {
            name: encoders[name].apply(params["towers"][name], extra["stats"][name], inputs[name].prepare(batch))[0]
            for name in there
        }

    def embed(params: Any, extra: Any, batch: Batch) -> jax.Array:
        found = features(params, extra, batch)
        chosen = [found[embeds]] if embeds in found else list(found.values())
        return jnp.concatenate(chosen, axis=-1).astype(jnp.float32)

    def together(params: Any, extra: Any, features: dict[str, jax.Array]) -> jax.Array:
        del extra

        def row(seen: jax.Array) -> jax.Array:
            heard = features[sound]
            seen = jnp.broadcast_to(seen[None], (len(heard), len(seen)))
            return head.score(params["head"], {sight: seen, sound: heard})

        return jax.lax.map(row, features[sight])

    def weights(params: Any, extra: Any) -> tuple[Any, Any]:
        name = embeds or sight
        return params["towers"][name], extra["stats"][name]

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        del keys
        logits = together(params, extra, features(params, extra, batch))
        figures = {name: inputs[name].figure(jax.tree.map(np.asarray, batch)) for name in senses}
        return pairs(figures[sight], figures[sound], np.asarray(jax.nn.sigmoid(logits)))

    return Method(init, views, loss, embed, weights=weights, show=show, together=together, chance=lambda _: math.log(2))


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
