"""The geometry of holes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.holes import center_hole, grow, random_blocks, random_square


@pytest.mark.parametrize(("size", "side", "first"), [(8, 4, 2), (7, 3, 2), (9, 4, 2), (5, 5, 0)])
def test_the_central_hole(size: int, side: int, first: int) -> None:
    expected = np.zeros((size, size, 1), bool)
    expected[first : first + side, first : first + side] = True
    np.testing.assert_array_equal(center_hole(size, side), expected)


def test_the_central_hole_and_its_overlap_are_the_authors() -> None:
    # Of 128 pixels they paint 33 to 96, counted from one, and hide all but 4 at each side of these.
    hole = center_hole(128, 64 - 2 * 4)[None]
    hidden, painted = np.zeros((2, 128, 128), bool)
    hidden[32 + 4 : 96 - 4, 32 + 4 : 96 - 4] = painted[32:96, 32:96] = True
    np.testing.assert_array_equal(hole[0, ..., 0], hidden)
    np.testing.assert_array_equal(grow(hole, 4)[0, ..., 0], painted)


@pytest.mark.slow
@pytest.mark.parametrize("size", [12, 17, 28])
def test_random_blocks_hide_at_most_a_quarter_and_reach_every_pixel(size: int) -> None:
    holes = jax.vmap(lambda key: random_blocks(key, size))(jax.random.split(jax.random.key(0), 400))
    assert holes.shape == (400, size, size, 1) and holes.dtype == bool
    block, area = (size // 4) ** 2, np.asarray(holes).sum((1, 2, 3))
    assert block <= area.min() < area.max() == 4 * block <= size**2 / 4
    assert holes.any(0).all() and len({hole.tobytes() for hole in np.asarray(holes)}) > 390


def test_random_blocks_are_whole_squares() -> None:
    hole = np.asarray(random_blocks(jax.random.key(3), 16))[..., 0]
    rebuilt = np.zeros_like(hole)
    for i in range(13):
        for j in range(13):
            if hole[i : i + 4, j : j + 4].all():
                rebuilt[i : i + 4, j : j + 4] = True
    np.testing.assert_array_equal(rebuilt, hole)


@pytest.mark.slow
@pytest.mark.parametrize(("size", "side"), [(8, 4), (7, 3), (5, 1), (6, 0)])
def test_a_random_square_lies_around_any_pixel_and_is_clipped(size: int, side: int) -> None:
    holes = jax.vmap(lambda key: random_square(key, size, side))(jax.random.split(jax.random.key(0), 40 * size**2))
    expected = set()
    for row in range(size):
        for column in range(size):
            hole = np.zeros((size, size, 1), bool)
            top, left = row - side // 2, column - side // 2
            hole[max(0, top) : top + side, max(0, left) : left + side] = True
            expected.add(hole.tobytes())
    assert {hole.tobytes() for hole in np.asarray(holes)} == expected


@pytest.mark.parametrize("radius", [0, 1, 3])
def test_grow_takes_what_lies_near(radius: int, rng: np.random.Generator) -> None:
    holes = rng.random((3, 9, 11, 1)) < 0.05
    expected = np.zeros_like(holes)
    for n, i, j, c in np.argwhere(holes):
        expected[n, max(0, i - radius) : i + radius + 1, max(0, j - radius) : j + radius + 1, c] = True
    np.testing.assert_array_equal(grow(jnp.asarray(holes), radius), expected)
