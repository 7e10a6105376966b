"""A discriminator of pairs, of a picture and a code: BiGAN's (arXiv:1605.09782)."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.discriminator import SLOPE, Strided, depth_for
from jssl.nets.heads import mlp
from jssl.nets.net import Net, compute_type, from_nnx


def joint_discriminator(size: int, *, width: int = 64, hidden: int = 512) -> Net:
    """(pictures [n, size, size, c], codes [n, d]) -> logits float32 [n, 1] that a pair is real.

    The picture goes through DCGAN's convolutions; what comes out and the code are judged by two layers.

    Args:
        size: side of the pictures, more than 4 pixels.
        width: channels of the first convolution; each doubles them.
        hidden: width of the layer that sees both.
    """

    def looking(channels: int, rngs: nnx.Rngs) -> Strided:
        kind = {"batch_norm": "sync", "dtype": compute_type()}
        return Strided(channels, width=width, depth=depth_for(size), **kind, rngs=rngs)

    looks = from_nnx(looking)
    judges = mlp((hidden, 1), norm=False, activation=partial(jax.nn.leaky_relu, negative_slope=SLOPE))

    def init(key: jax.Array, pair: tuple[jax.Array, jax.Array]) -> tuple[Any, Any]:
        images, codes = pair
        params, stats = looks.init(key, images)
        seen = jax.eval_shape(looks.apply, params, stats, images)[0]
        both = jnp.zeros((1, seen.shape[1] + codes.shape[1]))
        judge, _ = judges.init(jax.random.fold_in(key, 1), both)
        return {"looks": params, "judges": judge}, stats

    def apply(params: Any, stats: Any, pair: tuple[jax.Array, jax.Array], **mode: Any) -> tuple[jax.Array, Any]:
        images, codes = pair
        seen, stats = looks.apply(params["looks"], stats, images, **mode)
        logits, _ = judges.apply(params["judges"], {}, jnp.concatenate([seen, codes], axis=-1), **mode)
        return logits.astype(jnp.float32), stats

    return Net(init, apply)
