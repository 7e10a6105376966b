"""Sounds as waves: x float32 [n, samples, 2], and beside the wave 1 where there is sound, 0 where it has ended."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.sound.mel import log_mel, log_mel_of
from jssl.augment.sound.recipe import SoundView
from jssl.augment.sound.views import disturbed
from jssl.inputs.input import Input
from jssl.ranges import check

_NOISY = SoundView(noise=(10.0, 40.0))
WAVES: dict[str, tuple[SoundView, ...]] = {"wave": (SoundView(),), "noisy_waves": (_NOISY, _NOISY)}
"""Untouched, for methods that hide or spoil waves themselves; and two noisy views, for those that compare views."""
CHANGED = ("gain", "noise")
"""What of a view can be set: the rest is of spectrograms, or moves the end of a sound into its beginning."""
QUIETEST = 1e-7
"""Added to the variance, as in wav2vec 2.0's own code: silence stays silent."""


class WaveRecipe(NamedTuple):
    """All views of a sound that is seen as a wave."""

    views: tuple[SoundView, ...]
    rate: int
    """Hz."""


def make_wave_recipe(name: str, rate: int, **options: Any) -> WaveRecipe:
    """A recipe of `WAVES`.

    Args:
        rate: of the sounds, Hz.
        options: of `CHANGED`, set in every view.

    Raises:
        ValueError: another option, listing what there is; one out of its range.
    """
    if unknown := sorted(set(options) - set(CHANGED)):
        raise ValueError(f"recipe {name!r} does not take {unknown}; it takes {sorted(CHANGED)}")
    check(SoundView, options)
    changes = {key: tuple(x) if isinstance(x, list) else x for key, x in options.items()}
    return WaveRecipe(tuple(view._replace(**changes) for view in WAVES[name]), rate)


def waves(recipe: WaveRecipe, seen: Input) -> Input:
    """Sounds as waves, each of mean 0 and variance 1.

    Args:
        seen: the same sounds as spectrograms, as people look at them.
    """

    def views(keys: jax.Array, batch: dict[str, Any], count: int | None = None) -> tuple[jax.Array, ...]:
        drawn = []
        for i, view in enumerate(recipe.views[:count]):
            own = jax.vmap(lambda key, i=i: jax.random.fold_in(key, i))(keys)
            drawn.append(prepare({**batch, "sound": jax.vmap(partial(disturbed, view))(own, batch["sound"])}))
        return tuple(drawn)

    def look(x: Any) -> np.ndarray:
        how = log_mel_of(recipe.rate)
        level = log_mel(how, jnp.asarray(x)[..., 0])
        return seen.look((level - level.mean()) / jnp.maximum(level.std(), 1e-6))

    return seen._replace(
        count=len(recipe.views),
        prepare=prepare,
        views=views,
        plain=lambda keys, batch: prepare(batch),
        look=look,
        past=0,
        recipe=recipe,
    )


def prepare(batch: dict[str, jax.Array]) -> jax.Array:
    """Sounds of mean 0 and variance 1 as far as they go, and where they do: float32 [n, samples, 2].

    What a batch holds after the end of a sound means nothing, and becomes 0.
    """
    sound = jnp.asarray(batch["sound"])
    length = jnp.asarray(batch["length"]) if "length" in batch else jnp.full(len(sound), sound.shape[1])
    there = (jnp.arange(sound.shape[1])[None] < length[:, None]).astype(jnp.float32)
    count = jnp.maximum(length, 1)[:, None]
    centred = (sound - jnp.sum(sound * there, 1, keepdims=True) / count) * there
    deviation = jnp.sqrt(jnp.sum(centred**2, 1, keepdims=True) / count + QUIETEST)
    return jnp.stack([centred / deviation, there], axis=-1)
