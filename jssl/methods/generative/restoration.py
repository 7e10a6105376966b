"""Restoration: an autoencoder that mends spoilt sounds (after Vincent et al., ICML 2008, and arXiv:1806.03185)."""

from functools import partial
from typing import Any

import jax
import numpy as np

from jssl.augment.sound.spoil import KINDS, Spoilt, spoil
from jssl.exhibit import Exhibit
from jssl.inputs.input import Input
from jssl.inputs.wave import WaveRecipe
from jssl.losses.sound import si_sdr
from jssl.method import Batch, Method
from jssl.methods.parts.counted import mean_of_all
from jssl.methods.parts.mended import Waves, absolute_error, encoder_alone, heard, improvement, mender, spoilt_by
from jssl.methods.parts.views import embedding
from jssl.nets.net import Net
from jssl.ranges import Free, Parts, Positives


def restoration(
    encoder: Net,
    input: Input,
    *,
    noise: tuple[Free, Free] = (-5.0, 20.0),
    clip: Positives = (0.05, 0.5),
    gap: Positives = (0.02, 0.2),
    band: Parts = (0.1, 0.5),
) -> Method:
    """Each sound is spoilt anew at every step, in one of four ways; the network adds what makes it whole.

    The loss is the mean absolute error of samples. At first nothing is added, and so nothing gained.

    Args:
        encoder: `wave_unet` or the like, with a part "mended".
        input: of waves, `config.augment.recipe` "wave".
        noise: range of the signal-to-noise ratio of white noise, decibels.
        clip: range of the level at which a sound is cut off, as a share of its peak.
        gap: range of the length of a silence in it, seconds.
        band: range of the frequency above which there is nothing, as a share of half the rate.

    Raises:
        ValueError: another encoder, or an input of something else than waves.
    """
    if not isinstance(input.recipe, WaveRecipe):
        raise ValueError('restoration is of waves: config.augment.recipe must be "wave"')
    mend, rate, how = mender(encoder), input.recipe.rate, Spoilt(tuple(noise), tuple(clip), tuple(gap), tuple(band))

    def views(keys: jax.Array, batch: Batch) -> tuple[Waves, jax.Array]:
        x = input.prepare(batch)
        kinds = jax.vmap(lambda key: spoil(key, x[0, :, 0], x.shape[1], rate, how)[1])(keys)
        return spoilt_by(lambda *each: spoil(*each, rate, how)[0], x, keys), kinds

    def loss(params: Any, extra: Any, views: tuple[Waves, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        del step
        waves, kinds = views
        mended = mend(params["encoder"], extra["stats"]["encoder"], waves.x, key=key, train=True)
        gained = improvement(jax.lax.stop_gradient(mended), waves)
        metrics = {f"si_sdr_gained_{name.split()[-1]}": mean_of_all(gained, kinds == i) for i, name in enumerate(KINDS)}
        return absolute_error(mended, waves), (extra, metrics)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        waves, kinds = jax.jit(views)(keys, batch)
        mended = jax.jit(partial(mend, params["encoder"], extra["stats"]["encoder"]))(waves.x)
        before, after = (np.asarray(si_sdr(x, waves.truth, waves.there)) for x in (waves.spoilt, mended))
        kinds = np.asarray(kinds)
        gained = ", ".join(
            f"{name} {np.mean((after - before)[kinds == i]):+.1f} dB"
            for i, name in enumerate(KINDS)
            if (kinds == i).any()
        )
        said = tuple(f"{KINDS[kind]}: {ratio:.1f} dB" for kind, ratio in zip(kinds, before, strict=True))
        columns = (
            heard("spoilt", waves.spoilt, input, waves, said),
            heard("mended", mended, input, waves, tuple(f"{ratio:.1f} dB" for ratio in after)),
            heard("truth", waves.truth, input, waves, ()),
        )
        lead = (
            "Sounds that were spoilt, what the network makes of them, and what was there, to be looked at and heard."
            f" In decibels: SI-SDR, signal to distortion at the best gain. Of {len(before)} sounds it gains: {gained}."
        )
        return Exhibit("Mending sounds", lead, columns)

    return Method(encoder_alone(encoder, input), views, loss, embedding(encoder, input), show=show)
