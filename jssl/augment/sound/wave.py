"""Operations on a sound, float32 [samples], what changes it given by the caller."""

import jax
import jax.numpy as jnp


def gain(sound: jax.Array, decibels: jax.Array) -> jax.Array:
    """Louder by so many decibels."""
    return sound * 10 ** (decibels / 20)


def shift(sound: jax.Array, samples: jax.Array) -> jax.Array:
    """Later by so many samples; what leaves at the end comes in at the beginning."""
    return jnp.roll(sound, samples)


def add_noise(sound: jax.Array, noise: jax.Array, ratio: jax.Array) -> jax.Array:
    """A sound with noise of unit power at a signal-to-noise ratio in decibels; silence stays silent."""
    power = jnp.sqrt(jnp.mean(sound * sound)) * 10 ** (-ratio / 20)
    return sound + noise * power
