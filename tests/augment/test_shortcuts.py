"""Measures against shortcuts."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.shortcuts import (
    COLORS,
    drop_colors,
    project_colors,
    rescale,
    shift_channels,
    standardize,
)


@pytest.fixture
def patch(rng):
    return jnp.asarray(rng.uniform(size=(8, 8, 3)), jnp.float32)


@pytest.mark.slow
def test_projection_forgets_green_against_magenta_and_nothing_else(patch):
    fringe = jax.random.normal(jax.random.key(0), (8, 8, 1)) * jnp.array([-1.0, 2.0, -1.0]).reshape(1, 1, 3)
    np.testing.assert_allclose(project_colors(patch + fringe), project_colors(patch), atol=2e-6)
    np.testing.assert_allclose(project_colors(project_colors(patch)), project_colors(patch), atol=1e-6)
    grey = jnp.repeat(patch[..., :1], 3, axis=-1)
    np.testing.assert_allclose(project_colors(grey), grey, atol=1e-6)
    red_blue = patch * jnp.array([1.0, 0.0, -1.0]).reshape(1, 1, 3)
    red_blue = red_blue.at[..., 2].set(-red_blue[..., 0])
    np.testing.assert_allclose(project_colors(red_blue), red_blue, atol=1e-6)
    by_hand = np.eye(3) - np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]]) / 6
    np.testing.assert_allclose(project_colors(patch), np.asarray(patch) @ by_hand, atol=1e-6)


@pytest.mark.slow
def test_dropping_keeps_one_channel_and_a_hundredth_of_noise(patch):
    keys = jax.random.split(jax.random.key(0), 300)
    dropped = np.asarray(jax.vmap(drop_colors, (0, None))(keys, patch))
    kept = (dropped == np.asarray(patch)).all((1, 2))
    np.testing.assert_array_equal(kept.sum(-1), 1)
    np.testing.assert_allclose(kept.mean(0), 1 / 3, atol=0.1)
    for one, channel in zip(dropped[:30], kept.argmax(-1), strict=False):
        noise, own = np.delete(one, channel, axis=-1), one[..., channel]
        np.testing.assert_allclose(noise.mean(), own.mean(), atol=0.005)
        np.testing.assert_allclose(noise.std(), own.std() / 100, rtol=0.3)


def test_dropping_leaves_nothing_of_the_other_channels(patch, rng):
    key = jax.random.key(4)
    first = drop_colors(key, patch)
    channel = int(np.argmax((np.asarray(first) == np.asarray(patch)).all((0, 1))))
    others = jnp.asarray(rng.uniform(size=patch.shape), jnp.float32).at[..., channel].set(patch[..., channel])
    np.testing.assert_array_equal(drop_colors(key, others), first)


@pytest.mark.slow
def test_channels_move_on_their_own_by_at_most_so_many_pixels():
    channel = jnp.arange(49.0).reshape(7, 7)
    patch = jnp.stack([channel] * 3, axis=-1)
    padded = np.pad(np.asarray(channel), 2, mode="edge")
    windows = {padded[i : i + 7, j : j + 7].tobytes(): (i - 2, j - 2) for i in range(5) for j in range(5)}
    moved = jax.vmap(lambda key: shift_channels(key, patch, 2))(jax.random.split(jax.random.key(0), 200))
    moves = np.array([[windows[np.asarray(m[..., c]).tobytes()] for c in range(3)] for m in moved])
    assert {tuple(move) for move in moves.reshape(-1, 2).tolist()} == {
        (i, j) for i in range(-2, 3) for j in range(-2, 3)
    }
    assert (moves[:, 0] != moves[:, 1]).any() and (moves[:, 1] != moves[:, 2]).any()
    np.testing.assert_array_equal(shift_channels(jax.random.key(0), patch, 0), patch)


def test_standardized_patches_have_no_tint_and_one_contrast(patch):
    same = standardize(patch)
    np.testing.assert_allclose(same.mean((0, 1)), 0, atol=1e-6)
    np.testing.assert_allclose((same**2).mean(), 1, rtol=1e-5)
    np.testing.assert_allclose(standardize(0.3 * patch + jnp.array([0.1, 0.5, 0.2]).reshape(1, 1, 3)), same, atol=1e-5)
    np.testing.assert_allclose(standardize(jnp.full((4, 4, 1), 0.7)), 0, atol=1e-4)


@pytest.mark.slow
def test_rescaling_loses_detail_but_not_the_mean_of_a_ramp():
    ramp = jnp.broadcast_to(jnp.arange(32.0).reshape(-1, 1, 1), (32, 32, 1))
    keys = jax.random.split(jax.random.key(0), 50)
    small = np.asarray(jax.vmap(lambda key: rescale(key, ramp, 10))(keys))
    np.testing.assert_allclose(small.mean((1, 2, 3)), 15.5, atol=0.3)
    np.testing.assert_allclose(small[:, 4:-4], np.broadcast_to(ramp[4:-4], small[:, 4:-4].shape), atol=1.7)
    flat = rescale(keys[0], jnp.full((9, 9, 3), 0.3), 3)
    np.testing.assert_allclose(flat, 0.3, rtol=1e-5)
    board = jnp.asarray(np.indices((32, 32)).sum(0) % 2, jnp.float32).reshape(32, 32, 1)
    left = jax.vmap(lambda key: rescale(key, board, 10))(jax.random.split(jax.random.key(1), 200)).std((1, 2, 3))
    assert left.min() < 0.1 and np.median(left) < 0.4  # the checkerboard's own is 0.5


@pytest.mark.slow
def test_the_smallest_scale_is_a_few_averages(monkeypatch):
    """Four pixels to two are means of pairs; back up, bilinear between their centres."""
    monkeypatch.setattr(jax.random, "uniform", lambda key, minval, maxval: jnp.float32(minval))
    line = jnp.broadcast_to(jnp.array([0.0, 2.0, 4.0, 10.0]).reshape(-1, 1, 1), (4, 4, 1))
    np.testing.assert_allclose(rescale(jax.random.key(0), line, 2)[:, 0, 0], [1.0, 2.5, 5.5, 7.0], rtol=1e-6)


@pytest.mark.slow
def test_one_channel_has_no_colours_to_lose(rng):
    grey = jnp.asarray(rng.uniform(size=(6, 6, 1)), jnp.float32)
    for change in (*COLORS.values(), lambda key, patch: shift_channels(key, patch, 2)):
        np.testing.assert_array_equal(change(jax.random.key(0), grey), grey)
