"""The plain view, on which classifiers are trained: mild, whatever the recipe does to the views of pretraining."""

import jax
import numpy as np
import pytest

from jssl.augment.recipe import Recipe, View
from jssl.augment.recipes import IMAGENET, make_recipe
from jssl.augment.views import draw_views
from jssl.inputs.image import pictures
from tests.methods.senses import clip, sound, tokens

KEYS = jax.random.split(jax.random.key(0), 8)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["simclr", "byol", "moco_v2", "pirl"])
def test_of_pictures_it_is_a_random_resized_crop_or_its_mirror_image(name):
    images = np.random.default_rng(0).integers(0, 256, (8, 20, 24, 3), np.uint8)
    view = View(16, crop=(0.08, 1.0), ratio=(3 / 4, 4 / 3), flip=0.5, jitter=None, grey=0.0)
    (expected,) = draw_views(Recipe((view,), *IMAGENET), KEYS, images)
    found = pictures(make_recipe(name, size=16, crop=(0.5, 1.0))).plain(KEYS, {"image": images})
    np.testing.assert_array_equal(found, expected)


@pytest.mark.slow
def test_it_is_drawn_by_its_own_key_and_can_be_changed():
    images = np.random.default_rng(0).integers(0, 256, (8, 20, 24, 3), np.uint8)
    seen = pictures(make_recipe("simclr", size=16))
    np.testing.assert_array_equal(
        seen.plain(KEYS[3:], {"image": images[3:]}), seen.plain(KEYS, {"image": images})[3:]
    )  # fmt: skip
    still = pictures(make_recipe("simclr", size=20, plain={"crop": None, "flip": 0.0}))
    np.testing.assert_allclose(still.plain(KEYS, {"image": images}), still.prepare({"image": images}), atol=1e-6)


def test_digits_are_not_mirrored():
    assert make_recipe("digits", size=8).plain.flip == make_recipe("digits_multi_crop", size=8).plain.flip == 0


@pytest.mark.slow
def test_of_clips_and_sounds_and_texts():
    for sense, moves in ((clip.SENSE, True), (sound.SENSE, True), (tokens.SENSE, False)):
        (seen,) = sense.inputs().values()
        batch = {key: x for key, x in sense.batch(0).items() if key in (*seen.keys, "index")}
        keys = jax.random.split(jax.random.key(1), len(batch["index"]))
        drawn, whole = np.asarray(seen.plain(keys, batch)), np.asarray(seen.prepare(batch))
        assert drawn.shape == whole.shape and drawn.dtype == whole.dtype
        assert (np.abs(drawn - whole).max() > 0) == moves
