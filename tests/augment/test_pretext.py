"""Puzzles and quarter turns."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.pretext import jigsaw, quarter_turns, rotate


def coordinates(side):
    """A picture whose two channels are each pixel's row and column."""
    return jnp.stack(jnp.meshgrid(jnp.arange(side), jnp.arange(side), indexing="ij"), axis=-1).astype(jnp.float32)


@pytest.mark.parametrize(("side", "patch"), [(255, 64), (36, 9), (16, 4)])
def test_nine_whole_patches_one_from_each_cell(side, patch):
    pieces = np.asarray(jax.jit(jigsaw)(jax.random.key(3), coordinates(side)))
    assert pieces.shape == (9, patch, patch, 2)
    corners = pieces[:, 0, 0].astype(int)
    np.testing.assert_array_equal(pieces - pieces[:, :1, :1], np.broadcast_to(coordinates(patch), pieces.shape))
    cells = corners // (side // 3)
    np.testing.assert_array_equal(cells, (corners + patch - 1) // (side // 3))  # none crosses into another
    assert {tuple(cell) for cell in cells.tolist()} == {(i, j) for i in range(3) for j in range(3)}


@pytest.mark.slow
def test_order_and_places_are_uniform():
    pieces = jax.vmap(jigsaw, (0, None))(jax.random.split(jax.random.key(0), 4000), coordinates(24))
    corners = np.asarray(pieces[:, :, 0, 0]).astype(int)  # cells of 8, patches of 6
    cells = corners // 8
    places = cells[..., 0] * 3 + cells[..., 1]
    counts = np.stack([(places == cell).mean(0) for cell in range(9)])
    np.testing.assert_allclose(counts, 1 / 9, atol=0.025)
    offsets = [((corners % 8) == offset).mean() for offset in range(3)]
    np.testing.assert_allclose(offsets, 1 / 3, atol=0.02)


def test_turns_are_exact(rng):
    image = rng.normal(size=(5, 5, 3)).astype(np.float32)
    for turns in range(4):
        np.testing.assert_array_equal(jax.jit(rotate)(turns, image), np.rot90(image, turns))
    again = image
    for _ in range(4):
        again = rotate(jnp.int32(1), jnp.asarray(again))
    np.testing.assert_array_equal(again, image)


def test_all_four_turns_in_order(rng):
    images = rng.normal(size=(2, 5, 5, 3)).astype(np.float32)
    turned = quarter_turns(jnp.asarray(images))
    assert turned.shape == (2, 4, 5, 5, 3)
    for i, image in enumerate(images):
        for k in range(4):
            np.testing.assert_array_equal(turned[i, k], np.rot90(image, k))
