"""Future frames: Deep multi-scale video prediction beyond mean square error (arXiv:1511.05440), by a ConvLSTM."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.clip.views import draw_clips, prepare_clips
from jssl.augment.views import denormalize
from jssl.exhibit import Column, Exhibit
from jssl.inputs.clip import clips, strip
from jssl.losses.reconstruction import gradient_difference
from jssl.method import Batch, Method
from jssl.methods.parts.painted import psnr
from jssl.methods.parts.players import two_players
from jssl.methods.parts.views import embedding
from jssl.nets.conv_lstm import forecaster
from jssl.nets.discriminator import discriminator
from jssl.nets.frames import as_channels
from jssl.nets.net import Net
from jssl.ranges import Count, NotNegative

ROWS = 8


def future_frames(
    encoder: Net,
    recipe: ClipRecipe,
    *,
    horizon: Count = 6,
    width: Count = 32,
    gradient: NotNegative = 1.0,
    adversarial: NotNegative = 0.0,
    judge_width: Count = 32,
) -> Method:
    """What comes after the frames that were seen: the encoder's map goes on by itself, and is painted frame by frame.

    Each frame is the last one seen and what is painted onto it, which is nothing at first: training begins at a copy of
    the last frame, the guess to beat. Evaluations read the encoder, which never sees what it predicts.

    The loss is the mean squared error in normalised colours, which alone paints the mean of all futures, a blur; the
    difference of gradients, which asks for edges; and, if wanted, a discriminator, which sees the past and a future and
    is to tell the true one. `optimizer.rates` = {"discriminator": 0.1} gives it a rate of its own.

    Differs from arXiv:1511.05440: a ConvLSTM (arXiv:1506.04214) that goes on over the horizon, in place of pyramids of
    convolutions, at one scale; both players move at once.

    Args:
        encoder: of clips, with tokens that are a square map: `conv_lstm`.
        recipe: what is seen is as many frames as a view has; its first view changes them and what comes after alike.
        horizon: frames to come, at the same stride.
        width: channels of the forecaster.
        gradient: weight of the difference of gradients.
        adversarial: weight of the forecaster's adversarial term; 0 leaves the discriminator out.
        judge_width: channels of the discriminator's first map.

    Raises:
        ValueError: an encoder without tokens, or whose map cannot be doubled to the size of the frames.
    """
    if encoder.tokens is None:
        raise ValueError("future_frames paints from a map of places, and this encoder has none: conv_lstm has")
    size, channels = recipe.frame.views[0].size, len(recipe.frame.mean)
    first = recipe.frame._replace(views=recipe.frame.views[:1])
    whole = ClipRecipe(first, recipe.frames + horizon, recipe.stride)
    seen, judge = clips(recipe), discriminator(size, width=judge_width)

    def painter(tokens: jax.Array) -> tuple[Net, int]:
        """The forecaster for a map [n, places, d], and the map's side."""
        side = math.isqrt(tokens.shape[1])
        ups = round(math.log2(size / side))
        if side**2 != tokens.shape[1] or side * 2**ups != size:
            raise ValueError(f"a map of {tokens.shape[1]} places cannot be doubled to frames of {size} x {size} pixels")
        return forecaster(horizon, ups, channels, width=width), side

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        own, example, params, stats = jax.random.split(key, 3), seen.prepare(batch), {}, {}
        params["encoder"], stats["encoder"] = encoder.init(own[0], example)
        tokens = jax.eval_shape(encoder.tokens, params["encoder"], stats["encoder"], example)[0]
        net, side = painter(tokens)
        square = jnp.zeros((1, side, side, tokens.shape[-1]))
        params["forecaster"], stats["forecaster"] = net.init(own[1], square)
        if adversarial:
            film = jnp.zeros((1, size, size, whole.frames * channels))
            params["discriminator"], stats["discriminator"] = judge.init(own[2], film)
        return params, {"stats": stats}

    def views(keys: jax.Array, batch: Batch) -> jax.Array:
        """Clips [n, frames + horizon, size, size, c]."""
        return draw_clips(whole, keys, batch["clip"])[0]

    def predict(params: Any, stats: Any, past: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
        """Frames to come, float32 [n, horizon, size, size, c]."""
        moved = dict(stats)
        tokens, moved["encoder"] = encoder.tokens(params["encoder"], stats["encoder"], past, **mode)
        net, side = painter(tokens)
        square = tokens.reshape(len(tokens), side, side, -1)
        change, moved["forecaster"] = net.apply(params["forecaster"], stats["forecaster"], square, **mode)
        return past[:, -1:].astype(jnp.float32) + change, moved

    def loss(params: Any, extra: Any, views: jax.Array, key: jax.Array, step: jax.Array) -> Any:
        del step
        past, future = jnp.split(views, [recipe.frames], axis=1)
        guess, stats = predict(params, extra["stats"], past, key=key, train=True)
        errors, copied = (jnp.mean((x - future) ** 2, axis=(0, 2, 3, 4)) for x in (guess, past[:, -1:]))
        value = errors.mean() + gradient * gradient_difference(guess, future)
        metrics = {
            **{f"error_{k + 1}": errors[k] for k in range(horizon)},
            **{f"copied_{k + 1}": copied[k] for k in range(horizon)},
        }
        if adversarial:
            real, fake = (as_channels(jnp.concatenate([past, x], axis=1)) for x in (future, guess))
            played = two_players(judge, params["discriminator"], stats["discriminator"], real, fake)
            value = value + adversarial * played.generator + played.discriminator
            stats, metrics = {**stats, "discriminator": played.stats}, {**metrics, **played.metrics}
        return value, ({"stats": stats}, metrics)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        del keys
        film = prepare_clips(whole, batch["clip"][:ROWS])
        past, future = film[:, : recipe.frames], film[:, recipe.frames :]
        guess = predict(params, extra["stats"], past)[0]
        past, future, guess = (denormalize(recipe.frame, x) for x in (past, future, guess))
        copied = jnp.broadcast_to(past[:, -1:], future.shape)
        columns = (
            Column("what was seen", strip(np.asarray(past))),
            Column("what came", strip(np.asarray(future)), psnr_beside(copied, future, "the last frame again")),
            Column("as predicted", strip(np.asarray(guess)), psnr_beside(guess, future, "PSNR")),
        )
        lead = (
            "Frames that the network saw, what came after them, and what it predicted. A blur is the mean of what may "
            "come. The last frame again is the guess to beat."
        )
        return Exhibit("What comes next?", lead, columns)

    return Method(init, views, loss, embedding(encoder, seen), show=show)


def psnr_beside(guess: jax.Array, truth: jax.Array, name: str) -> list[str]:
    """Of each clip [n, t, h, w, c] in colours from 0 to 1, the first frame and the last: "PSNR 21.3 to 15.0 dB"."""
    first, last = (psnr(guess[:, k], truth[:, k]) for k in (0, -1))
    return [f"{name} {float(a):.1f} to {float(b):.1f} dB" for a, b in zip(first, last, strict=True)]
