"""Following a patch through a clip by block matching, on the accelerator."""

import jax
import jax.numpy as jnp


def moving_place(key: jax.Array, clip: jax.Array, patch: int) -> jax.Array:
    """Where a patch begins in the first frame, drawn by how much of it has changed in the next: int32 [2], row first.

    A clip without motion has all places alike.

    Args:
        key: of this clip.
        clip: uint8 [t, h, w, c], of two frames or more.
        patch: its side in pixels.
    """
    levels = clip[:2].astype(jnp.float32) / 255
    change = jnp.abs(levels[1] - levels[0]).mean(-1)
    sums = jnp.pad(jnp.cumsum(jnp.cumsum(change, axis=0), axis=1), ((1, 0), (1, 0)))
    inside = sums[patch:, patch:] - sums[:-patch, patch:] - sums[patch:, :-patch] + sums[:-patch, :-patch]
    place = jax.random.categorical(key, jnp.log(jnp.maximum(inside, 0.0) + 1e-6).reshape(-1))
    return jnp.stack(jnp.divmod(place, inside.shape[1])).astype(jnp.int32)


def follow(clip: jax.Array, place: jax.Array, patch: int, reach: int) -> jax.Array:
    """Where a patch of the first frame is in each: from frame to frame to the place nearby that is most like it.

    What differs by the least sum of squares; of several the first from the one that has not moved on, by rows.

    Args:
        clip: uint8 [t, h, w, c].
        place: of its upper left pixel, int32 [2].
        patch: its side in pixels.
        reach: pixels that it may move by from a frame to the next, along either axis.

    Returns:
        int32 [t, 2]. It stays inside of the frame.
    """
    around = jnp.arange(-reach, reach + 1)
    steps = jnp.stack(jnp.meshgrid(around, around, indexing="ij"), axis=-1).reshape(-1, 2)
    steps = steps[jnp.argsort(jnp.abs(steps).max(1), stable=True)]
    last = jnp.array(clip.shape[1:3], jnp.int32) - patch
    levels = clip.astype(jnp.float32) / 255

    def move(at: jax.Array, frames: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        before, after = frames
        template = cut(before, at, patch)
        places = jnp.clip(at[None] + steps, 0, last[None])
        error = jax.vmap(lambda there: jnp.sum((cut(after, there, patch) - template) ** 2))(places)
        at = places[jnp.argmin(error)]
        return at, at

    _, places = jax.lax.scan(move, place, (levels[:-1], levels[1:]))
    return jnp.concatenate([place[None], places])


def cut(frame: jax.Array, place: jax.Array, patch: int) -> jax.Array:
    """A square of a frame: [h, w, c] -> [patch, patch, c]."""
    return jax.lax.dynamic_slice(frame, (place[0], place[1], 0), (patch, patch, frame.shape[-1]))
