"""Sounds, which encoders see as log-mel spectrograms: pictures of frequency by time, [n, mels, frames, 1].

Or as they are: see `jssl.inputs.wave`.
"""

import inspect
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.sound.mel import LogMel
from jssl.augment.sound.recipe import SoundRecipe, SoundView, make_sound_recipe
from jssl.augment.sound.views import draw_sound_views, perturbed, prepare
from jssl.data.source import Facts, Source, from_arrays
from jssl.inputs.image import to_uint8
from jssl.inputs.input import Input, as_it_is
from jssl.inputs.wave import CHANGED, WAVES, make_wave_recipe, waves
from jssl.ranges import Natural

MOVED = SoundView(shift=0.1)
"""What classifiers of sounds are trained on: a sound a little earlier or later."""
DARKEST, BRIGHTEST = -2.0, 3.0
"""Normalised levels that the ends of the colour scale stand for."""
MAGMA = ((0, 0, 4), (81, 18, 124), (183, 55, 121), (252, 137, 97), (252, 253, 191))
"""Colours of evenly growing lightness: of matplotlib's scale of that name (CC0), at its quarters."""


def sound(facts: Facts, *, recipe: str, size: Natural = 0, **options: Any) -> Input:
    """Sounds under a recipe of `jssl.augment.sound.recipe`; as waves under one of `jssl.inputs.wave`.

    Spectrograms are normalised with one mean and one standard deviation of the training sounds, that the source has
    measured (`jssl.data.recordings.about`). It measured the spectrogram that recipes have by default: who changes that
    much should set `mean` and `std` too.

    Args:
        recipe: its name.
        size: of pictures; nothing here.
        options: its statistics and what of its spectrogram and views is changed, see `make_sound_recipe`.

    Raises:
        ValueError: as `make_sound_recipe`; sounds of unknown rate.
    """
    del size
    if "rate" not in facts.about:
        raise ValueError("the rate of the sounds is not known: an .npz has it as `rate`, a number, beside `sounds`")
    measured = {"mean": facts.about["log_mel_mean"], "std": facts.about["log_mel_std"]}
    samples = facts.spec["sound"].shape[0]
    if recipe in WAVES:
        # Looked at, and compared with, as spectrograms all the same.
        seen = sounds(make_sound_recipe("byol_a", rate=facts.about["rate"], **measured), samples)
        return waves(make_wave_recipe(recipe, facts.about["rate"], **options), seen)
    made = make_sound_recipe(recipe, **{"rate": facts.about["rate"], **measured, **options})
    return sounds(made, samples)


def options_of(recipe: str) -> dict[str, inspect.Parameter]:
    """What `config.augment` may hold beside a recipe of that name."""
    if recipe in WAVES:
        known = inspect.signature(SoundView).parameters
        return {key: known[key] for key in CHANGED}
    known = {**inspect.signature(SoundView).parameters, **inspect.signature(LogMel).parameters}
    own = inspect.signature(make_sound_recipe).parameters
    return {**known, **{key: own[key] for key in ("mean", "std", "past")}}


def sounds(recipe: SoundRecipe, samples: int) -> Input:
    """Sounds of so many samples under a recipe."""

    def views(keys: jax.Array, batch: dict[str, Any], count: int | None = None) -> tuple[jax.Array, ...]:
        chosen = recipe._replace(views=recipe.views[:count])
        return draw_sound_views(chosen, keys, batch["sound"], batch["past"]["sound"] if "past" in batch else None)

    return Input(
        keys=("sound",),
        count=len(recipe.views),
        prepare=lambda batch: prepare(recipe, batch["sound"]),
        views=views,
        plain=lambda keys, batch: draw_sound_views(recipe._replace(views=(MOVED,)), keys, batch["sound"])[0],
        match=lambda batch: {**batch, **match_samples(batch, samples)},
        own=partial(own, rate=recipe.log_mel.rate, samples=samples),
        baselines=(("mean log-mel", as_it_is(partial(mean_log_mel, recipe))),),
        figure=lambda batch: picture(prepare(recipe, jnp.asarray(batch["sound"]))),
        look=picture,
        perturb=two_perturbed,
        beside=("length",),
        past=recipe.past,
        recipe=recipe,
    )


def own(given: Any, *, rate: int, samples: int) -> Source:
    """A user's own sounds as a source.

    Args:
        given: float in [-1, 1] or int16 [n, samples] at the run's rate; a list of such arrays [samples], of different
            lengths too; or a list of paths of files of any rate and number of channels.
        rate: of the run, Hz.
        samples: of the run's clips. What is longer is embedded by its middle, what is shorter with zeros after it.

    Raises:
        ValueError: anything else; a file that cannot be read, naming it.
        DataError: no library to read files with.
    """
    if isinstance(given, str | Path):
        given = [given]
    try:
        if (given := list(given)) and all(isinstance(each, str | Path) for each in given):
            return _files([Path(each).expanduser() for each in given], rate, samples)
        arrays = [_array(each) for each in given]
    except (TypeError, ValueError) as error:
        raise ValueError(f"sounds must be [n, samples], a list of [samples], or a list of files: {error}") from error
    if not arrays:
        raise ValueError("no sounds")
    lengths = np.array([min(len(each), samples) for each in arrays], np.int32)
    return from_arrays("sounds", sound=np.stack([_middle(each, samples) for each in arrays]), length=lengths)


def match_samples(batch: dict[str, jax.Array], samples: int) -> dict[str, jax.Array]:
    """Sounds [n, any] as [n, samples], with their lengths: the middle of longer ones, zeros after shorter ones."""
    x = batch["sound"]
    n, extra = len(x), x.shape[1] - samples
    length = batch.get("length", jnp.full(n, x.shape[1], jnp.int32))
    if extra > 0:
        x, length = x[:, extra // 2 : extra // 2 + samples], jnp.clip(length - extra // 2, 0, samples)
    return {"sound": jnp.pad(x, ((0, 0), (0, max(-extra, 0)))), "length": length}


def mean_log_mel(recipe: SoundRecipe, source: Source, *, batch_size: int = 256) -> np.ndarray:
    """Mean and standard deviation of every band over time, float32 [source.length, 2 * mels]."""
    features = np.empty((source.length, 2 * recipe.log_mel.mels), np.float32)
    for start in range(0, source.length, batch_size):
        rows = np.arange(start, min(start + batch_size, source.length))
        x = np.asarray(prepare(recipe, jnp.asarray(source.read(rows)["sound"])))[..., 0]
        features[rows] = np.concatenate([x.mean(2), x.std(2)], axis=1)
    return features


def picture(x: Any) -> np.ndarray:
    """Spectrograms [n, mels, frames, 1] in colours, uint8 [n, mels, frames, 3], low frequencies at the bottom."""
    level = np.clip((np.asarray(x)[:, ::-1, :, 0] - DARKEST) / (BRIGHTEST - DARKEST), 0, 1) * (len(MAGMA) - 1)
    colors = np.array(MAGMA).T
    return to_uint8(np.stack([np.interp(level, np.arange(len(MAGMA)), channel) for channel in colors], axis=-1))


def two_perturbed(keys: jax.Array, batch: dict[str, Any]) -> list[dict[str, Any]]:
    """Each sound in two ways that should change no feature much, see `perturbed`."""
    halves = jax.vmap(jax.random.split)(keys)
    return [{**batch, "sound": perturbed(halves[:, i], batch["sound"])} for i in range(2)]


def _array(x: Any) -> np.ndarray:
    x = np.asarray(x)
    if x.ndim != 1 or not x.size or not (x.dtype == np.int16 or x.dtype.kind == "f"):
        raise ValueError(f"one of them is {x.dtype} {list(x.shape)}, and not float or int16 [samples]")
    return x.astype(np.float32) / (32768 if x.dtype == np.int16 else 1)


def _middle(x: np.ndarray, samples: int) -> np.ndarray:
    start = max(len(x) - samples, 0) // 2
    return np.pad(x[start : start + samples], (0, max(samples - len(x), 0)))


def _files(paths: list[Path], rate: int, samples: int) -> Source:
    from jssl.data.recordings import Clip, read_clip

    clip = Clip(rate, samples)

    def read(rows: np.ndarray, draws: np.ndarray | None = None) -> dict[str, np.ndarray]:
        del draws
        clips, lengths = zip(*(_read(paths[i]) for i in rows.tolist()), strict=True)
        return {"sound": np.stack(clips), "length": np.array(lengths, np.int32)}

    def _read(path: Path) -> tuple[np.ndarray, int]:
        try:
            return read_clip(path, clip, None)
        except (ValueError, OSError) as error:
            raise ValueError(f"{path}: {error}") from error

    return Source("sounds", len(paths), clip.spec, read, files=tuple(map(str, paths)), in_memory=False)
