"""Masks of a clip's first frame carried on by the likeness of features, as DINO (arXiv:2104.14294) is scored on DAVIS.

Space-time correspondence (arXiv:2006.14613) and video colourisation do the same with other numbers.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jssl.losses.contrastive import l2_normalize

AT_ONCE = 4
"""Clips."""
FLAT = 1e-4
"""By how much a share differs over the frame that says where its object is."""


class Propagation(NamedTuple):
    """How masks are carried on; DINO's numbers on DAVIS, whose frames have 60 patches or more along a side."""

    k: int = 5
    """Most similar places of earlier frames that a place's mask is made of."""
    radius: int = 12
    """How many places away these may be, along either axis."""
    last: int = 7
    """Frames that are looked at before the one in question, beside the first."""
    temperature: float = 0.1
    """What cosines are divided by, before the softmax that weighs the k."""


DINO = Propagation()


@partial(jax.jit, static_argnums=(2, 3, 4))
def propagate_masks(
    features: jax.Array, first: jax.Array, objects: int, size: int, how: Propagation = DINO
) -> jax.Array:
    """Masks of all frames, uint8 [n, t, size, size], of which the first is as given.

    Args:
        features: of a square map of each frame, [n, t, places, d], of any scale.
        first: of the first frames, uint8 [n, size, size]: 0 or the number of an object, `objects` at most.
        objects: static.
        size: static, a multiple of the map's side.
        how: static.
    """
    side = int(features.shape[2] ** 0.5)
    cell = size // side
    one_hot = jax.nn.one_hot(first, objects + 1)
    cells = one_hot.reshape(-1, side, cell, side, cell, objects + 1).mean((2, 4)).reshape(len(first), side**2, -1)
    carried = jax.lax.map(
        lambda each: _carry_on(*each, how), (l2_normalize(features), cells), batch_size=min(AT_ONCE, len(first))
    )
    shares = carried.reshape(*carried.shape[:2], side, side, -1)
    fine = jax.image.resize(shares, (*shares.shape[:2], size, size, shares.shape[-1]), "linear")
    # A small object's share is never above one half; each is compared with the most it has anywhere.
    low, high = (reduce(fine, axis=(2, 3), keepdims=True) for reduce in (jnp.min, jnp.max))
    fine = jnp.where(high - low > FLAT, (fine - low) / jnp.maximum(high - low, FLAT), fine)
    masks = jnp.argmax(fine, axis=-1).astype(jnp.uint8)
    return jnp.concatenate([first[:, None].astype(jnp.uint8), masks], axis=1)


def _carry_on(features: jax.Array, first: jax.Array, how: Propagation) -> jax.Array:
    """Shares of every object at every place, [t - 1, places, m], by unit features [t, places, d] and [places, m]."""
    places = features.shape[1]
    row, column = jnp.divmod(jnp.arange(places), int(places**0.5))
    near = jnp.maximum(jnp.abs(row[:, None] - row[None]), jnp.abs(column[:, None] - column[None])) <= how.radius
    near = jnp.tile(near, (1, how.last + 1))

    # The first frame, and a queue of those before, filled with it at first: it counts once while it is in both.
    def forward(carry: tuple[jax.Array, ...], target: jax.Array) -> tuple[tuple[jax.Array, ...], jax.Array]:
        seen, masks, there = carry
        known = jnp.repeat(there, places)
        cosines = jnp.matmul(target, seen.reshape(-1, seen.shape[-1]).T, precision="highest")
        best, where = jax.lax.top_k(jnp.where(near & known[None], cosines / how.temperature, -jnp.inf), how.k)
        weight = jax.nn.softmax(best, axis=-1)
        share = jnp.einsum("pk,pkm->pm", weight, masks.reshape(-1, masks.shape[-1])[where], precision="highest")

        def pushed(queue: jax.Array, new: jax.Array) -> jax.Array:
            return jnp.concatenate([queue[:1], queue[2:], new[None]])

        return (pushed(seen, target), pushed(masks, share), pushed(there, jnp.array(True))), share

    start = (
        jnp.repeat(features[:1], how.last + 1, axis=0),
        jnp.repeat(first[None], how.last + 1, axis=0),
        jnp.arange(how.last + 1) == 0,
    )
    return jax.lax.scan(forward, start, features[1:])[1]
