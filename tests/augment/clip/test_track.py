"""Following a patch by block matching."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.clip.track import cut, follow, moving_place

SIDE, PATCH = 24, 6


def drifting(dy: int, dx: int, frames: int = 5) -> jax.Array:
    """Noise that moves by so many pixels a frame, uint8 [t, side, side, 3]; what comes in is new."""
    whole = np.random.default_rng(0).integers(0, 256, (80, 80, 3), np.uint8)
    starts = [(30 - i * dy, 30 - i * dx) for i in range(frames)]
    return jnp.asarray(np.stack([whole[y : y + SIDE, x : x + SIDE] for y, x in starts]))


@pytest.mark.slow
def test_a_patch_is_found_again_wherever_it_moves() -> None:
    for dy, dx in ((2, -1), (0, 3), (-3, -3), (0, 0)):
        clip = drifting(dy, dx)
        places = follow(clip, jnp.array([9, 9], jnp.int32), PATCH, 3)
        expected = 9 + np.arange(5)[:, None] * np.array([[dy, dx]])
        inside = ((expected >= 0) & (expected <= SIDE - PATCH)).all(1)
        assert inside.sum() >= 4
        np.testing.assert_array_equal(places[inside], expected[inside])
        first, last = (cut(clip[i], places[i], PATCH) for i in (0, 3))
        np.testing.assert_array_equal(first, last)


@pytest.mark.slow
def test_what_is_the_same_everywhere_stays_and_nothing_leaves_the_frame() -> None:
    blank = jnp.full((4, SIDE, SIDE, 1), 80, jnp.uint8)
    np.testing.assert_array_equal(follow(blank, jnp.array([7, 3], jnp.int32), PATCH, 3), [[7, 3]] * 4)
    places = follow(drifting(3, 3, 8), jnp.array([15, 15], jnp.int32), PATCH, 3)
    assert places.min() >= 0 and places.max() <= SIDE - PATCH


@pytest.mark.slow
def test_patches_are_drawn_where_something_moves() -> None:
    clip = np.full((2, SIDE, SIDE, 1), 50, np.uint8)
    clip[1, 14:18, 4:8] = 250
    keys = jax.random.split(jax.random.key(0), 200)
    places = jax.vmap(lambda key: moving_place(key, jnp.asarray(clip), PATCH))(keys)
    touches = (places[:, 0] > 14 - PATCH) & (places[:, 0] < 18) & (places[:, 1] > 4 - PATCH) & (places[:, 1] < 8)
    assert touches.mean() > 0.99
    still = jax.vmap(lambda key: moving_place(key, jnp.asarray(clip[:1].repeat(2, 0)), PATCH))(keys)
    assert still.min() == 0 and still.max() == SIDE - PATCH and abs(still.mean() - (SIDE - PATCH) / 2) < 1.5
