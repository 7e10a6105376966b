"""Operations on normalised log-mel spectrograms [mels, frames, 1], what changes them given by the caller.

They work under `jit` and `vmap`; `jssl.augment.sound.views` draws what is random.
"""

import jax
import jax.numpy as jnp
import numpy as np

CUBIC = -0.75
"""The free parameter of cubic convolution: PyTorch's, which BYOL-A resizes with."""


def mix(x: jax.Array, other: jax.Array, share: jax.Array) -> jax.Array:
    """BYOL-A's mixup, as sounds mix: of powers, not of their logarithms (arXiv:2103.06695, section III-B).

    log((1 - share) exp(x) + share exp(other)). As in the authors' code x is normalised before, which raises all powers
    to 1 / std: a background mixes in more evenly than two recordings would in the air.
    """
    return jnp.logaddexp(x + jnp.log1p(-share), other + jnp.log(jnp.maximum(share, 1e-30)))


def resized_crop(x: jax.Array, top: jax.Array, left: jax.Array, height: jax.Array, width: jax.Array) -> jax.Array:
    """A rectangle of a spectrogram at the whole's size, by cubic interpolation from corner to corner.

    Args:
        x: [mels, frames, 1].
        top, left: first band and frame; below 0 and beyond the end lies 0, the mean.
        height, width: bands and frames, integers of at least 1.
    """
    rows, columns = _taps(x.shape[0], top, height), _taps(x.shape[1], left, width)
    return jnp.einsum("ij,jkc,lk->ilc", rows, x, columns, precision="highest")


def fade(x: jax.Array, first: jax.Array, last: jax.Array) -> jax.Array:
    """Add a ramp over time to the logarithms: BYOL-A v2's random linear fader (arXiv:2204.07402)."""
    return x + jnp.linspace(first, last, x.shape[1])[None, :, None]


def mask(x: jax.Array, start: jax.Array, length: jax.Array, axis: int) -> jax.Array:
    """A stripe of zeros, the mean, over some bands (axis 0) or frames (axis 1), as SpecAugment's (arXiv:1904.08779)."""
    place = jax.lax.broadcasted_iota(jnp.int32, x.shape, axis)
    return jnp.where((place >= start) & (place < start + length), 0.0, x)


def _taps(size: int, start: jax.Array, length: jax.Array) -> jax.Array:
    """What each of `size` outputs takes of each of `size` inputs, [size, size]."""
    place = np.arange(size) * ((length - 1) / max(size - 1, 1))
    whole = jnp.floor(place)
    taps = jnp.zeros((size, size))
    for i in range(-1, 3):
        # Inside of the rectangle: its border repeats, whatever lies beyond it.
        neighbour = start + jnp.clip(whole + i, 0, length - 1)
        weight = _cubic(place - whole - i)
        taps += weight[:, None] * (neighbour[:, None] == np.arange(size)[None])
    return taps


def _cubic(distance: jax.Array) -> jax.Array:
    d, a = jnp.abs(distance), CUBIC
    near = ((a + 2) * d - (a + 3)) * d * d + 1
    far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
    return jnp.where(d <= 1, near, jnp.where(d < 2, far, 0.0))
