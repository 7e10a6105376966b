"""Which frames are chosen: rising, at the distances asked for, where much moves."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.clip.order import motion, ordered_frames, out_of_order

N, T = 2000, 12
GAPS = ((1, 2), (1, 3), (2, 2))


def chosen(clip: np.ndarray, gaps=GAPS) -> np.ndarray:
    keys = jax.random.split(jax.random.key(0), N)
    return np.asarray(jax.jit(jax.vmap(partial(ordered_frames, gaps=gaps), (0, None)))(keys, jnp.asarray(clip)))


def still() -> np.ndarray:
    return np.full((T, 2, 2, 1), 90, np.uint8)


def test_gaps_are_those_asked_for_and_equally_likely() -> None:
    frames = chosen(still())
    assert frames.shape == (N, 4) and frames.min() == 0 and frames.max() == T - 1
    for gap, (low, high) in zip(np.diff(frames, axis=1).T, GAPS, strict=True):
        count = np.bincount(gap - low, minlength=high - low + 1)
        np.testing.assert_allclose(count / N, 1 / (high - low + 1), atol=0.04)


def test_a_still_clip_has_every_window_alike() -> None:
    starts = np.bincount(chosen(still(), ((2, 2), (1, 1)))[:, 0], minlength=T)
    np.testing.assert_allclose(starts / N, [1 / 9] * 9 + [0] * 3, atol=0.03)


def test_windows_are_drawn_by_how_much_moves_in_them() -> None:
    clip = still()
    clip[5:] = 100  # one step of 10 from frame 4 to 5, and one of 30 from 9 to 10
    clip[10:] = 130
    np.testing.assert_allclose(motion(jnp.asarray(clip))[jnp.array([3, 4, 9])], [0, 10 / 255, 30 / 255], rtol=1e-5)
    starts = np.bincount(chosen(clip, ((1, 1), (1, 1)))[:, 0], minlength=T)
    expected = np.zeros(T)
    expected[[3, 4]], expected[[8, 9]] = 10 / 80, 30 / 80
    np.testing.assert_allclose(starts / N, expected, atol=0.04)


@pytest.mark.slow
def test_orders_are_neither_forwards_nor_backwards_and_all_others_are_as_likely() -> None:
    orders = np.asarray(jax.vmap(lambda key: out_of_order(key, 4))(jax.random.split(jax.random.key(0), 4 * N)))
    found, count = np.unique(orders, axis=0, return_counts=True)
    assert len(found) == 22 and (np.sort(found, axis=1) == np.arange(4)).all()
    assert not {(0, 1, 2, 3), (3, 2, 1, 0)} & set(map(tuple, found.tolist()))
    np.testing.assert_allclose(count / (4 * N), 1 / 22, atol=0.01)
