"""Random views of sounds, drawn on the accelerator inside the jitted train step, one key per example."""

from collections.abc import Callable
from functools import partial
from itertools import groupby

import jax
import jax.numpy as jnp

from jssl.augment.sound import spectrogram, wave
from jssl.augment.sound.mel import log_mel
from jssl.augment.sound.recipe import SoundRecipe, SoundView

MASKS = 2


def draw_sound_views(
    recipe: SoundRecipe, keys: jax.Array, sounds: jax.Array, past: jax.Array | None = None
) -> tuple[jax.Array, ...]:
    """Random views of a batch.

    Args:
        keys: one per example, [n]. An example's views depend on its key, its sound and its past only.
        sounds: float32 [n, samples].
        past: earlier sounds that each view has mixed into it, [n, views, samples]; None mixes nothing.

    Returns:
        One spectrogram float32 [n, mels, frames, 1] per view, normalised; of shorter views with fewer frames.
    """
    views: list[jax.Array] = []
    plain = prepare(recipe, sounds)  # what most views begin with, made once
    # Equal views are one program mapped over their index.
    for view, group in groupby(recipe.views):
        index = jnp.arange(len(views), len(views) + len(list(group)))
        view_keys = jax.vmap(lambda i: jax.vmap(jax.random.fold_in, (0, None))(keys, i))(index)
        views.extend(jax.vmap(partial(_draw, recipe, view, sounds, plain, past))(view_keys, index))
    return tuple(views)


def prepare(recipe: SoundRecipe, sounds: jax.Array) -> jax.Array:
    """Normalised log-mel spectrograms [n, mels, frames, 1] of sounds float32 [n, samples]."""
    return (log_mel(recipe.log_mel, sounds) - recipe.mean) / recipe.std


def perturbed(keys: jax.Array, sounds: jax.Array) -> jax.Array:
    """Sounds [n, samples] a little louder or softer, shifted and noisy: what should change no feature much."""
    return jax.vmap(partial(disturbed, SoundView(gain=6.0, shift=0.1, noise=(20.0, 40.0))))(keys, sounds)


def _draw(
    recipe: SoundRecipe,
    view: SoundView,
    sounds: jax.Array,
    plain: jax.Array,
    past: jax.Array | None,
    keys: jax.Array,
    index: jax.Array,
) -> jax.Array:
    """One view of every example."""
    disturb_keys, mix_keys, change_keys = jnp.moveaxis(jax.vmap(partial(jax.random.split, num=3))(keys), 1, 0)
    x = plain
    if view.gain or view.shift or view.noise:
        x = prepare(recipe, jax.vmap(partial(disturbed, view))(disturb_keys, sounds))
    if view.mix and past is not None:
        shares = jax.vmap(lambda key: _uniform(key, 0.0, view.mix))(mix_keys)
        x = jax.vmap(spectrogram.mix)(x, prepare(recipe, jnp.take(past, index, axis=1)), shares)
    return jax.vmap(partial(_change, view))(change_keys, x)


def disturbed(view: SoundView, key: jax.Array, sound: jax.Array) -> jax.Array:
    """A sound [samples] louder or softer, moved in time and noisy, as a view has it."""
    gain, shift, ratio, noise = jax.random.split(key, 4)
    sound = wave.gain(sound, _uniform(gain, -view.gain, view.gain))
    furthest = round(view.shift * len(sound))
    sound = wave.shift(sound, jax.random.randint(shift, (), -furthest, furthest + 1))
    if view.noise is None:
        return sound
    return wave.add_noise(sound, jax.random.normal(noise, sound.shape), _uniform(ratio, *view.noise))


def _change(view: SoundView, key: jax.Array, x: jax.Array) -> jax.Array:
    """What is done to one normalised spectrogram."""
    stages: list[Callable[[jax.Array, jax.Array], jax.Array]] = []
    if view.crop is not None:
        stages.append(partial(_crop, view))
    if view.fader:
        stages.append(
            lambda key, x: spectrogram.fade(x, *jax.random.uniform(key, 2, minval=-view.fader, maxval=view.fader))
        )
    if view.masks is not None:
        stages.append(partial(_mask, view.masks))
    if view.length < 1:
        stages.append(partial(_shorten, round(view.length * x.shape[1])))
    for stage, stage_key in zip(stages, jax.random.split(key, max(len(stages), 1)), strict=False):
        x = stage(stage_key, x)
    return x


def _crop(view: SoundView, key: jax.Array, x: jax.Array) -> jax.Array:
    low, high = view.crop
    canvas = (x.shape[0], round(view.canvas * x.shape[1]))
    boxes = []
    for size, whole, axis_key in zip(x.shape[:2], canvas, jax.random.split(key), strict=True):
        share, place = jax.random.split(axis_key)
        length = jnp.clip(jnp.floor(_uniform(share, low, high) * size), 1, whole)
        start = jnp.floor(_uniform(place, 0.0, 1.0) * (whole - length + 1)) - (whole - size) // 2
        boxes.append((start, length))
    (top, height), (left, width) = boxes
    return spectrogram.resized_crop(x, top, left, height, width)


def _mask(widest: tuple[float, float], key: jax.Array, x: jax.Array) -> jax.Array:
    for i in range(MASKS * 2):
        axis = i % 2
        size = x.shape[axis]
        longest = round(widest[axis] * size)
        width_key, start_key = jax.random.split(jax.random.fold_in(key, i))
        width = jax.random.randint(width_key, (), 0, longest + 1)
        x = spectrogram.mask(x, jax.random.randint(start_key, (), 0, size - width + 1), width, axis)
    return x


def _shorten(frames: int, key: jax.Array, x: jax.Array) -> jax.Array:
    start = jax.random.randint(key, (), 0, x.shape[1] - frames + 1)
    return jax.lax.dynamic_slice_in_dim(x, start, frames, axis=1)


def _uniform(key: jax.Array, low: float, high: float) -> jax.Array:
    return jax.random.uniform(key, minval=low, maxval=high)
