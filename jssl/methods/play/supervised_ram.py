"""Supervised by RAM: what learning the state of a game without labels is compared with (arXiv:1906.08226)."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import optax

from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.clip.views import prepare_clips
from jssl.inputs.clip import clips
from jssl.method import Batch, Method
from jssl.methods.parts.steps import Step, steps
from jssl.methods.parts.views import embedding
from jssl.nets.heads import linear
from jssl.nets.net import Net

BITS = 8


def supervised_ram(encoder: Net, recipe: ClipRecipe) -> Method:
    """Every bit of a game's RAM is told from the screen, by a linear map of the features.

    AtariARI trains an encoder for each byte that has a name; here one learns them all, in any game: what is linear in
    a byte's bits is linear in its values. Most bits never change and cost nothing. A batch has "ram" uint8
    [n, frames, bytes], of which the state's last frame is told.

    Args:
        recipe: a state is as many frames as a view has, shown by its first view.

    Raises:
        ValueError: as `steps`.
    """
    draw = steps(recipe, "ram")

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        encoder_key, head_key = jax.random.split(key)
        x = prepare_clips(recipe, batch["clip"])
        params, stats = encoder.init(encoder_key, x)
        h = jax.eval_shape(encoder.apply, params, stats, x)[0]
        head = linear(BITS * batch["ram"].shape[-1])
        return {"encoder": params, "head": head.init(head_key, h)[0]}, {"stats": {"encoder": stats}}

    def loss(params: Any, extra: Any, views: Step, key: jax.Array, step: jax.Array) -> Any:
        del step
        h, stats = encoder.apply(params["encoder"], extra["stats"]["encoder"], views.before, key=key, train=True)
        ram = views.beside["ram"]
        bits = (ram[..., None] >> jnp.arange(BITS, dtype=ram.dtype).reshape(1, 1, -1)) & 1
        bits = bits.reshape(len(ram), -1).astype(jnp.float32)
        logits = linear(bits.shape[-1]).apply(params["head"], {}, h)[0].astype(jnp.float32)
        errors = optax.sigmoid_binary_cross_entropy(logits, bits)
        right = jnp.mean((logits > 0) == (bits > 0))
        return jnp.mean(errors), ({"stats": {"encoder": stats}}, {"accuracy": right})

    return Method(init, draw, loss, embedding(encoder, clips(recipe)), chance=lambda _: math.log(2))
