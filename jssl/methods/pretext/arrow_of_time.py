"""Arrow of time: does the film run forwards? (Wei et al., Learning and Using the Arrow of Time, CVPR 2018)."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.clip.views import draw_clips
from jssl.augment.views import denormalize
from jssl.exhibit import Column, Exhibit
from jssl.inputs.clip import clips, strip
from jssl.method import Batch, Method
from jssl.methods.parts.views import embedding
from jssl.nets.heads import mlp
from jssl.nets.net import Net, chain
from jssl.ranges import Count

ROWS = 8


def arrow_of_time(
    encoder: Net, recipe: ClipRecipe, *, antisymmetric: bool = False, head: Sequence[Count] = ()
) -> Method:
    """Each clip is seen forwards and backwards, and the network is to say which is which.

    Only what has a direction tells it: things fall, slow down, break and spread. What moves at one speed, turned round
    by a border or not, runs backwards as well as it does forwards. So do not: a codec, which writes each frame by those
    before it and leaves its traces on that side (`benchmarks.own_task --control=reencoded`), and a camera, which mostly
    goes forward. The paper cuts off black borders and steadies the camera beforehand.

    Args:
        recipe: its first view is the clip.
        antisymmetric: the logit of a clip is what the head says of it, less what it says of the clip reversed. It turns
            its sign with the clip by construction, and is 0 of clips that are the same backwards; the paper judges
            each clip on its own.
        head: widths of the layers between the encoder and the logit.
    """
    net = chain(encoder=encoder, head=mlp((*head, 1)))
    first = recipe._replace(frame=recipe.frame._replace(views=recipe.frame.views[:1]))
    seen = clips(recipe)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        params, stats = net.init(key, seen.prepare(batch))
        return params, {"stats": stats}

    def views(keys: jax.Array, batch: Batch) -> jax.Array:
        return draw_clips(first, keys, batch["clip"])[0]

    def judge(params: Any, stats: Any, x: jax.Array, **mode: Any) -> tuple[jax.Array, jax.Array, Any]:
        """Logits [n] of running forwards, of clips as they are and of the same reversed."""
        both, stats = net.apply(params, stats, jnp.concatenate([x, x[:, ::-1]]), **mode)
        there, back = jnp.split(both.astype(jnp.float32)[:, 0], 2)
        return (there - back, back - there, stats) if antisymmetric else (there, back, stats)

    def loss(params: Any, extra: Any, views: jax.Array, key: jax.Array, step: jax.Array) -> Any:
        del step
        there, back, stats = judge(params, extra["stats"], views, key=key, train=True)
        value = (jnp.mean(jax.nn.softplus(-there)) + jnp.mean(jax.nn.softplus(back))) / 2
        accuracy = (jnp.mean(there > 0) + jnp.mean(back <= 0)) / 2
        return value, ({"stats": stats}, {"accuracy": accuracy})

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        x = views(keys[:ROWS], {"clip": batch["clip"][:ROWS]})
        there, back, _ = judge(params, extra["stats"], x)
        pictures = np.asarray(denormalize(recipe.frame, x))
        ahead = [np.asarray(logits) > 0 for logits in (there, back)]
        said = [["forwards" if yes else "backwards" for yes in each] for each in ahead]
        columns = (
            Column("as it was", strip(pictures), said[0], list(ahead[0])),
            Column("reversed", strip(pictures[:, ::-1]), said[1], list(~ahead[1])),
        )
        lead = "Each clip as it was and reversed, and which way the network says that it runs."
        return Exhibit("Which way does time run?", lead, columns)

    return Method(init, views, loss, embedding(encoder, seen), show=show, chance=lambda _: math.log(2))
