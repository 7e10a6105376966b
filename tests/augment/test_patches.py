"""Patches on a grid."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.patches import check_grid, cut_grid, draw_patches, join
from jssl.augment.recipes import make_recipe
from tests.augment.test_pretext import coordinates


@pytest.mark.slow
@pytest.mark.parametrize(("patch", "gap", "jitter", "side"), [(96, 48, 14, 398), (5, 2, 3, 25), (6, -2, 0, 14)])
def test_every_patch_lies_where_it_should(patch, gap, jitter, side):
    """Doersch's numbers fill a view of 398 pixels; a wider one is used in its middle; overlaps are allowed."""
    pieces = jax.vmap(lambda key: cut_grid(key, coordinates(side), patch=patch, gap=gap, jitter=jitter))
    pieces = np.asarray(pieces(jax.random.split(jax.random.key(0), 200)))
    assert pieces.shape == (200, 9, patch, patch, 2)
    corners = pieces[:, :, 0, 0].astype(int)
    np.testing.assert_array_equal(
        pieces[3] - pieces[3, :, :1, :1], np.broadcast_to(coordinates(patch), pieces[3].shape)
    )
    free = side - (3 * patch + 2 * gap + jitter)
    grid = np.stack(np.meshgrid(*[np.arange(3) * (patch + gap) + free // 2] * 2, indexing="ij"), -1).reshape(9, 2)
    moved = corners - grid
    assert moved.min() == 0 and moved.max() == jitter
    between = (corners[:, 1:3] - corners[:, :2])[..., 1] - patch
    assert gap - jitter <= between.min() and between.max() <= gap + jitter


@pytest.mark.slow
def test_joined_patches_are_the_picture_again():
    image = np.random.default_rng(0).normal(size=(12, 12, 3))
    pieces = cut_grid(jax.random.key(0), jnp.asarray(image), patch=4, gap=0, jitter=0)
    np.testing.assert_array_equal(join(pieces), image.astype(np.float32))
    np.testing.assert_array_equal(join(jnp.stack([pieces, 2 * pieces]))[1], 2 * image.astype(np.float32))


@pytest.mark.slow
def test_patches_are_cut_from_the_last_view_in_its_own_colours():
    recipe = make_recipe("plain", size=6, puzzle=9, crop=None, flip=0.0)
    images = np.random.default_rng(0).integers(0, 256, (2, 9, 9, 3), np.uint8)
    keys = jax.random.split(jax.random.key(0), 2)
    same = draw_patches(recipe, keys, jnp.asarray(images), lambda key, patch: patch, patch=3, gap=0, jitter=0)
    np.testing.assert_allclose(join(same), images / 255, atol=1e-5)


@pytest.mark.slow
def test_each_patch_is_distorted_on_its_own():
    recipe = make_recipe("plain", size=9, crop=None, flip=0.0)
    images = jnp.full((2, 9, 9, 3), 100, jnp.uint8)
    noise = lambda key, patch: jax.random.normal(key, patch.shape)  # noqa: E731
    drawn = draw_patches(recipe, jax.random.split(jax.random.key(0), 2), images, noise, patch=3, gap=0, jitter=0)
    assert len(np.unique(np.asarray(drawn[..., 0, 0, 0]))) == 18


@pytest.mark.parametrize("numbers", [(4, 1, 1), (6, 0, 0), (0, 0, 0)])
def test_a_grid_that_does_not_fit_is_refused(numbers):
    recipe = make_recipe("plain", size=32, puzzle=14)
    patch, gap, jitter = numbers
    with pytest.raises(
        ValueError, match=rf"3x3 patches of {patch} pixels, {gap} apart.* but the recipe's last view has 14"
    ):
        check_grid(recipe, patch=patch, gap=gap, jitter=jitter)
