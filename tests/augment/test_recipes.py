"""Papers' recipes, and recipes by name."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.recipe import Affine, RandAugment
from jssl.augment.recipes import RECIPES, make_recipe
from jssl.augment.views import draw_views, prepare
from tests.augment.test_views import UNIT, draw, keys, pictures, shifted


@pytest.mark.parametrize("name", RECIPES)
def test_shapes_of_every_recipe(name: str) -> None:
    channels = 1 if "digits" in name else 3
    recipe = make_recipe(name, size=16, **({"local_views": 2} if "multi_crop" in name else {}))
    images = pictures(3, 20, channels)
    views = jax.eval_shape(partial(draw_views, recipe), keys(3), images)
    others = {"multi_crop": [16, 16, 7, 7], "digits_multi_crop": [16, 16, 8, 8], "pirl": [16, 18]}
    sizes = others.get(name, [16, 16])  # 3/7 of 16; PIRL's 255 beside 224
    assert [view.shape for view in views] == [(3, size, size, channels) for size in sizes]
    assert all(view.dtype == jnp.float32 for view in views)
    assert prepare(recipe, images).shape == (3, 16, 16, channels)


@pytest.mark.slow
def test_fixmatch_views_are_weak_and_strong() -> None:
    images = pictures(1, 16)
    recipe = make_recipe("fixmatch", size=16, **UNIT)
    weak, strong = (np.asarray(x) for x in draw(recipe, keys(300), jnp.broadcast_to(images, (300, 16, 16, 3))))
    picture = np.asarray(images[0], np.float32) / 255
    mirrored, straight = (
        np.isclose(weak[:, None], shifted(side, 2)[None], atol=1e-5).all((2, 3, 4)).any(1)
        for side in (picture[:, ::-1], picture)
    )
    assert (mirrored | straight).all() and 0.4 < mirrored.mean() < 0.6
    hidden = (strong == 0).all(-1).mean((1, 2))  # a mean of 0: what Cutout and the borders take
    assert hidden.min() >= 4 * 4 / 16**2
    recipe = make_recipe("fixmatch", size=16, rand_augment=None, cutout=0.0, flip=0.0, shift=0.0, **UNIT)
    for view in draw(recipe, keys(2), pictures(2, 16)):
        np.testing.assert_allclose(view, pictures(2, 16) / 255, atol=1e-5)


def test_rand_augment_as_a_list_of_a_config() -> None:
    recipe = make_recipe("simclr_cifar", size=16, rand_augment=[3, [0.9, 0.9], 1.0])
    assert all(view.rand_augment == RandAugment(3, (0.9, 0.9), 1.0) for view in recipe.views)
    hash(recipe)


def test_digits_are_never_mirrored() -> None:
    assert all(view.flip == 0 for view in make_recipe("fixmatch_digits", size=28).views)
    for name in ("digits", "digits_multi_crop"):
        assert all(view.flip == 0 and view.affine for view in make_recipe(name, size=28).views)


def test_overrides_reach_every_view() -> None:
    recipe = make_recipe("digits", size=28, crop=[0.5, 1.0], affine=[5.0, 0.2, [0.9, 1.1], 3.0])
    assert all(view.crop == (0.5, 1.0) for view in recipe.views)
    assert all(view.affine == Affine(5.0, 0.2, (0.9, 1.1), 3.0) for view in recipe.views)
    hash(recipe)
    crops = make_recipe("multi_crop", size=224, local_views=6, local_crop=(0.05, 0.14), blur=0.5)
    assert [view.size for view in crops.views] == [224] * 2 + [96] * 6
    assert crops.views[0].crop == (0.4, 1.0) and crops.views[7].crop == (0.05, 0.14)
    assert {view.blur for view in crops.views} == {0.5}
    assert make_recipe("simclr", size=32, strength=0.5).views[0].jitter == (0.4, 0.4, 0.4, 0.1)


def test_errors_name_what_would_do() -> None:
    with pytest.raises(ValueError, match="'simclr2' is none of simclr, simclr_cifar"):
        make_recipe("simclr2", size=32)
    with pytest.raises(ValueError, match=r"does not take \['flips'\]; it takes .*'flip'"):
        make_recipe("simclr", size=32, flips=0.5)
    with pytest.raises(ValueError, match="size=0"):
        make_recipe("simclr", size=0)
