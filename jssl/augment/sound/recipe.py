"""What a recipe for sounds is: the distribution of each view, as plain data; `jssl.augment.sound.views` draws them."""

from typing import Any, NamedTuple

from jssl.augment.sound.mel import LogMel, log_mel_of
from jssl.ranges import Count, Free, Natural, NotNegative, Part, Positive, Positives, Share, check


class SoundView(NamedTuple):
    """The distribution of one view; what is 0 or None costs nothing. Applied in the order below."""

    gain: NotNegative = 0.0
    """Decibels: uniform in [-gain, gain]."""
    shift: Share = 0.0
    """Largest move in time as a share of the sound's length; it wraps around."""
    noise: tuple[Free, Free] | None = None
    """Range of white noise's signal-to-noise ratio, decibels."""
    mix: Share = 0.0
    """Largest share of an earlier clip's power, uniform from 0: BYOL-A's mixup."""
    crop: Positives | None = None
    """Range of the crop's height and width as shares of the spectrogram's, each uniform; resized to the whole."""
    canvas: Positive = 1.0
    """Length of the canvas, zero beyond the spectrogram in its middle, that crops are taken from."""
    fader: NotNegative = 0.0
    """A ramp over time is added whose ends are uniform in [-fader, fader]."""
    masks: tuple[Share, Share] | None = None
    """Widest stripes of zeros over frequency and over time, two of each, as shares."""
    length: Part = 1.0
    """Share of the time that is kept, at a random place: below 1 for the small views of multi-crop methods."""


class SoundRecipe(NamedTuple):
    """All views of a sound, its spectrogram, and the statistics that normalise it."""

    views: tuple[SoundView, ...]
    log_mel: LogMel
    mean: float
    std: float
    past: int = 0
    """How many earlier clips a view's background is drawn from, see `Input.past`."""


_BYOL_A = SoundView(mix=0.4, crop=(0.6, 1.5), canvas=1.5)
_MASKED = SoundView(gain=6.0, shift=0.5, noise=(10.0, 40.0), crop=(0.6, 1.0), masks=(0.2, 0.2))
PAST = 2048
RECIPES = {
    "byol_a": (_BYOL_A, _BYOL_A),
    "byol_a_v2": (_BYOL_A._replace(mix=0.2, fader=1.0),) * 2,
    "masked": (_MASKED, _MASKED),
    "multi_crop": (_MASKED,) * 2 + (_MASKED._replace(length=0.5),) * 4,
}
"""BYOL-A's views (arXiv:2103.06695) and its second version's (arXiv:2204.07402); louder, shifted, noisy, cropped and
masked ones for methods that compare views without mixing; two of these and four of half their length, for DINO and
SwAV."""
_LOG_MEL = tuple(field for field in LogMel._fields if field != "rate")


def make_sound_recipe(
    name: str, *, rate: Count, mean: Free, std: Positive, past: Natural = PAST, **options: Any
) -> SoundRecipe:
    """A recipe by name.

    Args:
        name: a key of `RECIPES`.
        rate: of the sounds, Hz.
        mean, std: of the log-mel spectrograms of training sounds.
        past: see `SoundRecipe`; 0 where no view mixes.
        options: fields of `LogMel`, or of `SoundView` to set in every view.

    Raises:
        ValueError: unknown name or option, listing what there is; a spectrogram as `log_mel_of` refuses it; a standard
            deviation of 0.
    """
    if name not in RECIPES:
        raise ValueError(f"recipe {name!r} is none of {', '.join(RECIPES)}")
    if unknown := sorted(set(options) - {*_LOG_MEL, *SoundView._fields}):
        raise ValueError(f"recipe {name!r} does not take {unknown}; it takes {sorted((*_LOG_MEL, *SoundView._fields))}")
    check(make_sound_recipe, {"mean": mean, "past": past})
    if not std > 0:
        raise ValueError(f"std={std} must be above 0: the training sounds' spectrograms are all alike")
    check(SoundView, options)
    changes = {key: tuple(x) if isinstance(x, list) else x for key, x in options.items() if key in SoundView._fields}
    views = tuple(view._replace(**changes) for view in RECIPES[name])
    how = log_mel_of(rate, **{key: x for key, x in options.items() if key in _LOG_MEL})
    return SoundRecipe(views, how, mean, std, past if any(view.mix for view in views) else 0)
