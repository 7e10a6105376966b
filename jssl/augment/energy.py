"""Where in a picture there is something to see: patches chosen by their gradient energy (arXiv:1406.6909)."""

import jax
import jax.numpy as jnp

from jssl.augment.image import luma


def energies(image: jax.Array, patch: int) -> jax.Array:
    """Squared gradients of brightness, summed over each patch of a picture [h, w, c].

    Returns:
        [h - patch + 1, w - patch + 1], by the patch's corner.
    """
    grey = luma(image)[..., 0]
    down, right = jnp.diff(grey, axis=0, append=grey[-1:]), jnp.diff(grey, axis=1, append=grey[:, -1:])
    return jax.lax.reduce_window(down**2 + right**2, 0.0, jax.lax.add, (patch, patch), (1, 1), "valid")


def seed_patch(key: jax.Array, image: jax.Array, patch: int, extent: jax.Array | None = None) -> jax.Array:
    """A patch [patch, patch, c] of a picture uint8 [h, w, c], drawn in proportion to its gradient energy.

    Args:
        extent: height and width of the picture in the top left corner of the image; None where it fills it.
    """
    energy = energies(image.astype(jnp.float32) / jnp.iinfo(image.dtype).max, patch)
    # The small number lets a picture of one colour have a patch, too.
    chance = jnp.log(energy + 1e-12)
    if extent is not None:
        row, column = jnp.arange(energy.shape[0])[:, None], jnp.arange(energy.shape[1])[None]
        inside = (row <= jnp.maximum(extent[0] - patch, 0)) & (column <= jnp.maximum(extent[1] - patch, 0))
        chance = jnp.where(inside, chance, -jnp.inf)
    place = jax.random.categorical(key, chance.reshape(-1))
    top, left = place // energy.shape[1], place % energy.shape[1]
    return jax.lax.dynamic_slice(image, (top, left, 0), (patch, patch, image.shape[-1]))
