"""Which frames of a clip are asked about: in order, at random distances, where much moves."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp


def ordered_frames(key: jax.Array, clip: jax.Array, gaps: Sequence[tuple[int, int]]) -> jax.Array:
    """Frames of a clip in their order, of a window that is drawn by how much moves in it.

    Shuffle and learn (arXiv:1603.08561) weights windows by their optical flow; here by how much each frame differs from
    the one before, which sees the same where the camera stands still. A clip without motion has all windows alike.

    Args:
        key: of this clip.
        clip: uint8 [t, h, w, c].
        gaps: the fewest and the most frames from each chosen frame to the next; every number is equally likely.

    Returns:
        int32 [len(gaps) + 1], rising.
    """
    gap_key, start_key = jax.random.split(key)
    low, high = jnp.array(gaps, jnp.int32).T
    offsets = jnp.cumsum(jax.random.randint(gap_key, (len(gaps),), low, high + 1))
    starts = jnp.arange(clip.shape[0])
    moved = jnp.concatenate([jnp.zeros(1), jnp.cumsum(motion(clip))])
    ends = starts + offsets[-1]
    fits = ends < clip.shape[0]
    weight = moved[jnp.minimum(ends, clip.shape[0] - 1)] - moved[starts]
    weight = jnp.where(fits, weight + 1e-6, 0.0)
    start = jax.random.categorical(start_key, jnp.log(weight))
    return start + jnp.concatenate([jnp.zeros(1, jnp.int32), offsets])


def motion(clip: jax.Array) -> jax.Array:
    """Mean absolute difference of each frame to the next, in [0, 1]: uint8 [t, h, w, c] -> float32 [t - 1]."""
    levels = clip.astype(jnp.float32) / 255
    return jnp.abs(levels[1:] - levels[:-1]).mean((1, 2, 3))


def out_of_order(key: jax.Array, length: int) -> jax.Array:
    """An order of 3 or more frames, int32 [length], that is neither forwards nor backwards; all such are as likely."""

    def monotone(state: tuple[jax.Array, jax.Array]) -> jax.Array:
        steps = state[1][1:] - state[1][:-1]
        return jnp.all(steps > 0) | jnp.all(steps < 0)

    def again(state: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        key, own = jax.random.split(state[0])
        return key, jax.random.permutation(own, length)

    return jax.lax.while_loop(monotone, again, again((key, jnp.arange(length))))[1]
