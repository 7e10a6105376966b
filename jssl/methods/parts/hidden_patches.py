"""What MAE and VideoMAE share: some patches are seen, and all are painted from the encoder's tokens of these."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from jssl.nets.net import Net


def chosen(keys: jax.Array, patches: int, visible: int) -> jax.Array:
    """Which patches are seen, int [n, visible]: each set of so many is equally likely."""
    return jax.vmap(lambda key: jax.random.permutation(key, patches)[:visible])(keys)


def hidden(keep: jax.Array, patches: int) -> jax.Array:
    """Which are not: int [n, visible] -> bool [n, patches]."""
    return ~jnp.any(keep[:, :, None] == jnp.arange(patches).reshape(1, 1, -1), axis=1)


def painter(encoder: Net, decode: Net) -> tuple[Callable, Callable]:
    """`Method.init` of prepared examples in place of a batch, and what paints them.

    Args:
        encoder: one whose tokens can be of some patches alone.
        decode: see `jssl.nets.mae_decoder`.

    Returns:
        (key, x) -> (params, extra), and (params, stats, x, keep) -> (every patch [n, patches, pixels], stats).
    """

    def init(key: jax.Array, x: jax.Array) -> tuple[Any, dict[str, Any]]:
        encoder_key, decoder_key = jax.random.split(key)
        params, stats = encoder.init(encoder_key, x)
        tokens = jax.eval_shape(encoder.tokens, params, stats, x)[0]
        decoder_params, decoder_stats = decode.init(decoder_key, tokens)
        stats = {"encoder": stats, "decoder": decoder_stats}
        return {"encoder": params, "decoder": decoder_params}, {"stats": stats}

    def paint(params: Any, stats: Any, x: jax.Array, keep: jax.Array, **run: Any) -> tuple[jax.Array, Any]:
        tokens, encoder_stats = encoder.tokens(params["encoder"], stats["encoder"], x, keep=keep, **run)
        painted, decoder_stats = decode.apply(params["decoder"], stats["decoder"], tokens, keep=keep, **run)
        return painted, {"encoder": encoder_stats, "decoder": decoder_stats}

    return init, paint
