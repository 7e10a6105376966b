"""What restoration and super-resolution of sounds share: a network that mends waves, and what is heard of it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jssl.exhibit import Column
from jssl.inputs.input import Input
from jssl.losses.sound import si_sdr
from jssl.method import Batch
from jssl.methods.parts.counted import mean_of_all
from jssl.nets.net import Net

SHOWN = 8
LOUDEST = 0.9
EDGE = 0.01
"""Of waves of variance 1."""


class Waves(NamedTuple):
    """Waves that are spoilt, what was there, and whether anything was."""

    spoilt: jax.Array
    truth: jax.Array
    there: jax.Array

    @property
    def x(self) -> jax.Array:
        """What an encoder is shown, [n, samples, 2]."""
        return jnp.stack([self.spoilt, self.there.astype(jnp.float32)], axis=-1)


def mender(encoder: Net) -> Callable:
    """The encoder's part that mends: (params, stats, x, **run) -> float32 [n, samples].

    Raises:
        ValueError: it has none.
    """
    if "mended" not in encoder.parts:
        raise ValueError("the encoder must mend waves: config.encoder.name must be wave_unet or the like")

    def mend(params: Any, stats: Any, x: jax.Array, **run: Any) -> jax.Array:
        return encoder.parts["mended"].apply(params, stats, x, **run)[0]

    return mend


def encoder_alone(encoder: Net, input: Input) -> Callable:
    """The `Method.init` of methods that train the encoder and nothing beside it."""

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        x = input.prepare(batch)
        params, stats = encoder.init(key, x)
        jax.eval_shape(encoder.apply, params, stats, x)  # what it cannot take is refused here
        return {"encoder": params}, {"stats": {"encoder": stats}}

    return init


def spoilt_by(spoil: Callable, x: jax.Array, keys: jax.Array) -> Waves:
    """Waves [n, samples, 2], each spoilt by (key, sound [samples], length) -> sound."""
    there = x[..., 1] > 0.5
    spoilt = jax.vmap(spoil)(keys, x[..., 0], there.sum(1))
    return Waves(jnp.where(there, spoilt, 0.0), x[..., 0], there)


def absolute_error(mended: jax.Array, waves: Waves) -> jax.Array:
    """Mean over the samples of the global batch of |error|, but for a rounded edge at 0 (Charbonnier).

    Most of a clipped sound is as it was: with the edge, rounding would choose the sign of half of all gradients.
    """
    return mean_of_all(jnp.sqrt((mended - waves.truth) ** 2 + EDGE**2) - EDGE, waves.there)


def improvement(mended: jax.Array, waves: Waves) -> jax.Array:
    """By how much SI-SDR is better than that of what was given, decibels [n]."""
    return si_sdr(mended, waves.truth, waves.there) - si_sdr(waves.spoilt, waves.truth, waves.there)


def heard(name: str, sounds: jax.Array, input: Input, waves: Waves, captions: tuple[str, ...]) -> Column:
    """A column of the report, of sounds as loud as the truth is."""
    sounds = jnp.where(waves.there, sounds, 0.0)[:SHOWN]
    peak = jnp.max(jnp.abs(waves.truth), axis=1, keepdims=True)[:SHOWN]
    loud = LOUDEST * sounds / jnp.maximum(peak, 1e-6)
    looked = input.look(jnp.stack([sounds, waves.there[:SHOWN].astype(jnp.float32)], axis=-1))
    return Column(name, looked, captions[:SHOWN], sounds=np.asarray(loud), rate=input.recipe.rate)
