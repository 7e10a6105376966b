"""PIRL's changes of levels, beside PIL's."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from jssl.augment.photometric import BITS, LEVELS, SHARPNESS, random_photometric
from jssl.augment.views import distort, draw_views, make_recipe, undistorted

photometric = jax.jit(jax.vmap(random_photometric, (0, None)))


def picture() -> np.ndarray:
    y, x = np.mgrid[0:24, 0:24] / 24
    return (30 + 180 * np.stack([y, x, (np.sin(7 * x * y) + 1) / 2], -1)).astype(np.uint8)


@pytest.mark.slow
def test_it_is_pils_four_operations_with_vissls_ranges() -> None:
    assert (BITS, SHARPNESS, LEVELS) == ((4, 8), (0.1, 1.9), 256)
    keys = jax.random.split(jax.random.key(0), 12)
    found = np.asarray(photometric(keys, jnp.asarray(picture(), jnp.float32) / 255)) * 255
    for key, ours in zip(keys, found, strict=True):
        bits, factor, threshold = jax.random.split(key, 3)
        theirs = ImageOps.posterize(Image.fromarray(picture()), int(jax.random.randint(bits, (), 4, 9)))
        theirs = ImageEnhance.Sharpness(theirs).enhance(float(jax.random.uniform(factor, minval=0.1, maxval=1.9)))
        theirs = ImageOps.solarize(theirs, int(jax.random.randint(threshold, (), 0, 257)))
        theirs = np.asarray(ImageOps.autocontrast(theirs), np.float32)
        # PIL rounds after each, which the last one stretches; and what lies at the threshold may be inverted in one.
        assert np.abs(ours - theirs).mean() < 2 and np.median(np.abs(ours - theirs)) < 1
    assert len({bits.tobytes() for bits in found}) == 12


@pytest.mark.slow
@pytest.mark.parametrize("probability", [0.0, 0.66, 1.0])
def test_a_share_of_the_views_is_changed(probability: float) -> None:
    images, keys = np.broadcast_to(picture(), (60, 24, 24, 3)), jax.random.split(jax.random.key(0), 60)
    changed, plain = (
        draw_views(make_recipe("plain", size=24, crop=None, flip=0.0, photometric=p), keys, images)[0]
        for p in (probability, 0.0)
    )
    share = np.mean(np.abs(np.asarray(changed) - np.asarray(plain)).max((1, 2, 3)) > 1e-3)
    assert abs(share - probability) < 0.15


def test_pirls_recipe_has_it_in_both_views() -> None:
    assert [view.photometric for view in make_recipe("pirl", size=224).views] == [0.66, 0.66]


@pytest.mark.slow
def test_a_view_is_its_place_in_the_picture_and_then_its_distortion() -> None:
    recipe = make_recipe("pirl", size=24)
    place = undistorted(view := recipe.views[1])
    assert (place.size, place.crop, place.ratio) == (view.size, view.crop, view.ratio)
    images = np.random.default_rng(0).integers(0, 256, (1, 40, 40, 3), np.uint8)
    keys = jax.random.split(jax.random.key(3), 1)
    (piece,) = draw_views(recipe._replace(views=(place,)), keys, images)
    still = place._replace(jitter=None)
    np.testing.assert_allclose(distort(recipe, still, jax.random.key(0), piece[0]), piece[0], atol=1e-5)
    flipped = still._replace(flip=1.0)
    np.testing.assert_allclose(distort(recipe, flipped, jax.random.key(0), piece[0]), piece[0][:, ::-1], atol=1e-5)
    grey = distort(recipe, still._replace(grey=1.0), jax.random.key(0), piece[0])
    pixels = np.asarray(grey) * np.array(recipe.std) + np.array(recipe.mean)
    assert np.ptp(pixels, axis=-1).max() < 1e-5
