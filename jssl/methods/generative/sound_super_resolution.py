"""Super-resolution of sound: Audio Super-Resolution using Neural Nets (arXiv:1708.00853), as a task to learn by."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.sound.spoil import fewer, more
from jssl.exhibit import Exhibit
from jssl.inputs.input import Input
from jssl.inputs.wave import WaveRecipe
from jssl.losses.sound import log_spectral_distance, snr
from jssl.method import Batch, Method
from jssl.methods.parts.counted import mean_of_all
from jssl.methods.parts.mended import Waves, encoder_alone, heard, mender, spoilt_by
from jssl.nets.net import Net
from jssl.ranges import Count


def sound_super_resolution(encoder: Net, input: Input, *, factor: Count = 4) -> Method:
    """Of every `factor`-th sample of a sound the rest is told: what the spline through them lacks.

    Frequencies that so few samples cannot carry are taken out before, so that there is nothing to be unfolded. The loss
    is the mean squared error of samples. Evaluations show the encoder such sounds too: of others it knows nothing.

    Args:
        encoder: `wave_unet` or the like, with a part "mended".
        input: of waves, `config.augment.recipe` "wave".
        factor: of samples.

    Raises:
        ValueError: a factor below 2 or that does not divide the samples, another encoder or input.
    """
    if not isinstance(input.recipe, WaveRecipe):
        raise ValueError('sound_super_resolution is of waves: config.augment.recipe must be "wave"')
    if factor < 2:
        raise ValueError(f"factor={factor} must be at least 2")
    mend = mender(encoder)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        if (samples := batch["sound"].shape[1]) % factor:
            raise ValueError(f"factor={factor} does not divide the {samples} samples of a sound")
        return encoder_alone(encoder, input)(key, batch)

    def spline(key: jax.Array, sound: jax.Array, length: jax.Array) -> jax.Array:
        del key, length
        return more(fewer(sound, factor), factor)

    def views(keys: jax.Array, batch: Batch) -> Waves:
        return spoilt_by(spline, input.prepare(batch), keys)

    def loss(params: Any, extra: Any, waves: Waves, key: jax.Array, step: jax.Array) -> Any:
        del step
        mended = mend(params["encoder"], extra["stats"]["encoder"], waves.x, key=key, train=True)
        mended = jnp.where(waves.there, mended, 0.0)
        value = mean_of_all((mended - waves.truth) ** 2, waves.there)
        metrics = {}
        for name, found in {"": jax.lax.stop_gradient(mended), "spline_": waves.spoilt}.items():
            metrics[f"{name}snr"] = jnp.mean(snr(found, waves.truth))
            metrics[f"{name}lsd"] = jnp.mean(log_spectral_distance(found, waves.truth))
        return value, (extra, metrics)

    def embed(params: Any, extra: Any, batch: Batch) -> jax.Array:
        x = input.prepare(batch)
        waves = spoilt_by(spline, x, jax.random.split(jax.random.key(0), len(x)))
        return encoder.apply(params["encoder"], extra["stats"]["encoder"], waves.x)[0].astype(jnp.float32)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        waves = jax.jit(views)(keys, batch)
        mended = jax.jit(partial(mend, params["encoder"], extra["stats"]["encoder"]))(waves.x)
        mended = jnp.where(waves.there, mended, 0.0)
        found = {
            name: (np.asarray(snr(x, waves.truth)), np.asarray(log_spectral_distance(x, waves.truth)))
            for name, x in {"spline": waves.spoilt, "painted": mended}.items()
        }
        said = {name: tuple(f"{a:.1f} dB, {b:.2f}" for a, b in zip(*each, strict=True)) for name, each in found.items()}
        columns = (
            heard("spline", waves.spoilt, input, waves, said["spline"]),
            heard("with what it adds", mended, input, waves, said["painted"]),
            heard("truth", waves.truth, input, waves, ()),
        )
        (first, second), (third, fourth) = ([each.mean() for each in found[name]] for name in ("spline", "painted"))
        lead = (
            f"One of {factor} samples is kept. Signal to noise, and log-spectral distance, the less the better: of"
            f" {len(waves.truth)} sounds the spline has {first:.1f} dB and {second:.2f}, the network {third:.1f} dB and"
            f" {fourth:.2f}."
        )
        return Exhibit("Super-resolution of sound", lead, columns)

    return Method(init, views, loss, embed, show=show)
