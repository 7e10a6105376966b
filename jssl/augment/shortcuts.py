"""What keeps a network from solving a puzzle of patches by their edges, their lens or their tint.

Lenses bend the colours differently, more so towards the border, and so tell where in the picture a patch was
(chromatic aberration, arXiv:1505.05192). All functions take one patch [h, w, c]; those about colours leave patches of
one channel alone.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

GREEN_MAGENTA = (-1.0, 2.0, -1.0)
NOISE = 0.01
FLAT = 0.02
"""Standard deviation below which a patch's contrast is not raised further, of colours in [0, 1]."""


def standardize(patch: jax.Array) -> jax.Array:
    """Mean 0 in each channel and standard deviation 1 over all of the patch; a flat one becomes 0."""
    centred = patch - patch.mean((0, 1), keepdims=True)
    return centred / jnp.maximum(jnp.sqrt((centred**2).mean()), FLAT)


def project_colors(patch: jax.Array) -> jax.Array:
    """Colours without their green-magenta part, the usual fringe of a lens: x (I - a'a / aa'), a = (-1, 2, -1)."""
    if patch.shape[-1] == 1:
        return patch
    a = jnp.array(GREEN_MAGENTA)
    keep = jnp.eye(3) - jnp.outer(a, a) / (a @ a)
    return jnp.einsum("hwc,cd->hwd", patch, keep, precision=jax.lax.Precision.HIGHEST)


def drop_colors(key: jax.Array, patch: jax.Array) -> jax.Array:
    """One channel, chosen at random, with noise of 1/100 of its standard deviation in place of the two others."""
    if patch.shape[-1] == 1:
        return patch
    channel_key, noise_key = jax.random.split(key)
    keep = jax.random.randint(channel_key, (), 0, patch.shape[-1])
    kept = patch[..., keep]
    noise = kept.mean() + NOISE * kept.std() * jax.random.normal(noise_key, patch.shape)
    return jnp.where(jnp.arange(patch.shape[-1]).reshape(1, 1, -1) == keep, patch, noise)


def shift_channels(key: jax.Array, patch: jax.Array, pixels: int) -> jax.Array:
    """Each channel moved on its own by up to `pixels` in either direction; edge pixels are repeated."""
    if patch.shape[-1] == 1 or pixels == 0:
        return patch
    h, w, c = patch.shape
    padded = jnp.pad(patch, ((pixels, pixels), (pixels, pixels), (0, 0)), mode="edge")

    def move(corner: jax.Array, channel: jax.Array) -> jax.Array:
        return jax.lax.dynamic_slice(channel, (corner[0], corner[1]), (h, w))

    return jax.vmap(move, (0, 2), 2)(jax.random.randint(key, (c, 2), 0, 2 * pixels + 1), padded)


def rescale(key: jax.Array, patch: jax.Array, smallest: int) -> jax.Array:
    """A square patch scaled down, to an area uniform between smallest^2 and its own, and back up."""
    side = patch.shape[0]
    small = jnp.floor(jnp.sqrt(jax.random.uniform(key, minval=smallest**2, maxval=(side + 1) ** 2)))
    pixel = jnp.arange(side)
    # The scale is traced, so the small patch lies in the first rows and columns of one as large as the patch.
    down = (pixel.reshape(-1, 1) == jnp.floor((pixel.reshape(1, -1) + 0.5) * small / side)).astype(patch.dtype)
    down = down / jnp.maximum(down.sum(1, keepdims=True), 1)
    place = jnp.clip((pixel + 0.5) * small / side - 0.5, 0, small - 1)
    up = jnp.maximum(0, 1 - jnp.abs(place.reshape(-1, 1) - pixel.reshape(1, -1)))
    line = jnp.matmul(up, down, precision=jax.lax.Precision.HIGHEST)
    return jnp.einsum("yh,hwc,xw->yxc", line, patch, line, precision=jax.lax.Precision.HIGHEST)


def keep_colors(key: jax.Array, patch: jax.Array) -> jax.Array:
    """No measure."""
    del key
    return patch


COLORS: dict[str, Callable[[jax.Array, jax.Array], jax.Array]] = {
    "drop": drop_colors,
    "project": lambda _, patch: project_colors(patch),
    "keep": keep_colors,
}
"""(key, patch) -> patch, by name."""
