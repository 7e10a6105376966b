"""Random views: shapes, keys, distributions and the test-time transform."""

from functools import partial
from itertools import permutations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment import image as ops
from jssl.augment import views as module
from jssl.augment.recipe import Affine, Recipe, View
from jssl.augment.recipes import make_recipe
from jssl.augment.views import denormalize, draw_views, prepare

PLAIN = {"crop": (1.0, 1.0), "ratio": (1.0, 1.0), "flip": 0.0, "jitter": None, "grey": 0.0, "blur": 0.0}
UNIT = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}
draw = jax.jit(draw_views, static_argnums=0)


def pictures(n: int, side: int, channels: int = 3, width: int | None = None) -> jax.Array:
    rng = np.random.default_rng(1)
    return jnp.asarray(rng.integers(0, 256, (n, side, width or side, channels), np.uint8))


def keys(n: int, seed: int = 0) -> jax.Array:
    return jax.random.split(jax.random.key(seed), n)


def single(**fields: object) -> Recipe:
    """One view that does only what `fields` say, without normalisation."""
    return make_recipe("simclr_cifar", size=16, **{**UNIT, **PLAIN, **fields})._replace(
        views=(View(16, **{**PLAIN, **fields}),)
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["byol", "digits"])
def test_views_are_normalised_and_differ(name: str) -> None:
    recipe = make_recipe(name, size=16)
    views = draw(recipe, keys(3), pictures(3, 20, len(recipe.mean)))
    low, high = ((x - jnp.array(recipe.mean)[None]) / jnp.array(recipe.std)[None] for x in (0.0, 1.0))
    for view in views:
        flat = view.reshape(-1, len(recipe.mean))
        assert jnp.all(flat >= low - 1e-4) and jnp.all(flat <= high + 1e-4)
    assert not np.allclose(views[0], views[1])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["moco_v2", "fixmatch"])
def test_views_depend_on_key_and_pixels_only(name: str) -> None:
    recipe, images = make_recipe(name, size=16), pictures(6, 16)
    whole = draw(recipe, keys(6), images)
    again = draw(recipe, keys(6), images)
    order = jnp.array([4, 1, 2])
    part = draw(recipe, keys(6)[order], images[order])
    other = draw(recipe, keys(6, seed=1), images)
    for view in range(2):
        np.testing.assert_array_equal(whole[view], again[view])
        np.testing.assert_allclose(whole[view][order], part[view], atol=1e-5)
        assert all(jnp.abs(whole[view][i] - other[view][i]).max() > 1e-2 for i in range(6))


@pytest.mark.slow
def test_equal_views_are_independent() -> None:
    recipe = single(flip=0.5)._replace(views=(View(16, **{**PLAIN, "flip": 0.5}),) * 2)
    first, second = draw(recipe, keys(400), jnp.broadcast_to(pictures(1, 16), (400, 16, 16, 3)))
    same = jnp.all(jnp.isclose(first, second), axis=(1, 2, 3)).mean()
    assert 0.4 < same < 0.6


@pytest.mark.slow
def test_compiles_once() -> None:
    recipe, images = single(flip=0.5), pictures(2, 16)
    traced = jax.jit(partial(draw_views, recipe))
    for seed in range(3):
        traced(keys(2, seed), images)
    assert traced._cache_size() == 1


@pytest.mark.slow
@pytest.mark.parametrize("channels", [1, 3])
def test_view_that_changes_nothing_is_prepare(channels: int) -> None:
    recipe = make_recipe("moco_v2", size=16, mean=(0.4,) * channels, std=(0.2,) * channels, **PLAIN)
    images = pictures(4, 16, channels)
    expected = (np.asarray(images) / 255 - 0.4) / 0.2
    np.testing.assert_allclose(prepare(recipe, images), expected, atol=1e-5)
    for view in draw(recipe, keys(4), images):
        np.testing.assert_allclose(view, expected, atol=1e-5)
    idle = {"jitter": (0.0, 0.0, 0.0, 0.0), "affine": Affine(), "sigma": (1e-3, 1e-3), "blur": 1.0}
    recipe = make_recipe("moco_v2", size=16, mean=recipe.mean, std=recipe.std, **{**PLAIN, **idle})
    for view in draw(recipe, keys(4), images):
        np.testing.assert_allclose(view, expected, atol=1e-4)


@pytest.mark.slow
def test_without_crop_a_view_is_the_centre() -> None:
    recipe = single(crop=None)
    images = pictures(2, 24, width=30)
    np.testing.assert_allclose(draw(recipe, keys(2), images)[0], prepare(recipe, images), atol=1e-6)


@pytest.mark.slow
def test_rates_of_flip_grey_and_solarize() -> None:
    n = 1500
    x = pictures(1, 16).astype(jnp.float32) / 255
    images = jnp.broadcast_to(pictures(1, 16), (n, 16, 16, 3))
    for field, rate, changed in (
        ("flip", 0.3, ops.horizontal_flip(x[0])),
        ("grey", 0.2, ops.to_grey(x[0])),
        ("solarize", 0.4, ops.solarize(x[0], 0.5)),
    ):
        views = draw(single(**{field: rate}), keys(n), images)[0]
        was = jnp.all(jnp.isclose(views, changed[None], atol=1e-5), axis=(1, 2, 3))
        assert abs(float(was.mean()) - rate) < 0.05
        np.testing.assert_allclose(views[~was], jnp.broadcast_to(x, views[~was].shape), atol=1e-5)


@pytest.mark.slow
def test_crop_covers_its_range() -> None:
    # On a horizontal and a vertical ramp, the slope of a view tells the width and height of its box.
    side, n = 64, 2000
    ramp = np.arange(side) * 4
    picture = np.stack([np.tile(ramp, (side, 1)), np.tile(ramp[:, None], (1, side)), np.zeros((side, side))], -1)
    images = jnp.broadcast_to(jnp.asarray(picture, jnp.uint8)[None], (n, side, side, 3))
    low, high = 0.2, 0.6
    views = np.asarray(draw(single(crop=(low, high), ratio=(0.5, 2.0)), keys(n), images)[0]) * 255 / 4
    middle = views[:, 8, 8]
    width = (views[:, 8, 12, 0] - views[:, 8, 4, 0]) * 2
    height = (views[:, 12, 8, 1] - views[:, 4, 8, 1]) * 2
    area, ratio = width * height / side**2, width / height
    assert area.min() > low - 0.03 and area.max() < high + 0.03
    assert area.min() < low + 0.03 and area.max() > high - 0.03
    assert abs(area.mean() - (low + high) / 2) < 0.02
    assert 0.45 < ratio.min() < 0.6 and 1.7 < ratio.max() < 2.2
    assert abs(np.log(ratio).mean()) < 0.05
    assert np.abs(middle[:, :2].mean(0) - side / 2).max() < 1.5


@pytest.mark.slow
def test_crop_that_never_fits_takes_the_centre() -> None:
    # A box of the whole area with ratio 2 is wider than the square: the fallback is the central 8 rows.
    image = pictures(1, 16)
    view = draw(single(crop=(1.0, 1.0), ratio=(2.0, 2.0)), keys(1), image)[0][0]
    expected = ops.resized_crop(image[0].astype(jnp.float32) / 255, 4, 0, 8, 16, 16)
    np.testing.assert_allclose(view, expected, atol=1e-5)


@pytest.mark.slow
def test_jitter_takes_every_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """With every factor fixed, each view is one of the 24 orders of the four operations, and all of them occur."""
    x = pictures(1, 4)[0].astype(jnp.float32) / 255
    monkeypatch.setattr(module, "uniform", lambda key, low, high: jnp.full((), low + 0.7 * (high - low)))
    view = View(4, jitter=(0.5, 0.6, 0.7, 0.4), jitter_probability=1.0)
    drawn = jax.jit(jax.vmap(partial(module._jitter, view), (0, None)))(keys(600), x)
    operations = (
        partial(ops.adjust_brightness, factor=1.2),
        partial(ops.adjust_contrast, factor=1.24),
        partial(ops.adjust_saturation, factor=1.28),
        partial(ops.adjust_hue, delta=0.16),
    )
    seen = []
    for order in permutations(operations):
        expected = x
        for operation in order:
            expected = operation(expected)
        seen.append(jnp.all(jnp.isclose(drawn, expected[None], atol=1e-4), axis=(1, 2, 3)))
    counts = np.stack(seen).sum(1)
    assert np.stack(seen).any(0).all()
    assert counts.min() > 5, counts
    assert counts.sum() < 2 * 600


@pytest.mark.slow
def test_jitter_probability() -> None:
    images = jnp.broadcast_to(pictures(1, 16), (1000, 16, 16, 3))
    views = draw(single(jitter=(0.4, 0.4, 0.4, 0.1), jitter_probability=0.8), keys(1000), images)[0]
    untouched = jnp.all(jnp.isclose(views, images / 255.0, atol=1e-5), axis=(1, 2, 3)).mean()
    assert abs(float(untouched) - 0.2) < 0.05


@pytest.mark.slow
def test_one_channel_images_skip_what_needs_colour() -> None:
    recipe = make_recipe("simclr", size=16, mean=(0.5,), std=(0.5,))
    first, _ = draw(recipe, keys(2), pictures(2, 16, 1))
    assert first.shape == (2, 16, 16, 1) and bool(jnp.isfinite(first).all())


def shifted(picture: np.ndarray, limit: int) -> np.ndarray:
    """All (2 limit + 1)^2 moves of a picture whose borders reflect."""
    padded = np.pad(picture, ((limit, limit), (limit, limit), (0, 0)), mode="reflect")
    moves = range(2 * limit + 1)
    return np.stack([padded[i : i + len(picture), j : j + len(picture)] for i in moves for j in moves])


@pytest.mark.slow
def test_shift_takes_every_move() -> None:
    images = pictures(1, 16)
    views = draw(single(shift=0.125), keys(500), jnp.broadcast_to(images, (500, 16, 16, 3)))[0]
    moves = shifted(np.asarray(images[0], np.float32) / 255, 2)
    matches = np.isclose(np.asarray(views)[:, None], moves[None], atol=1e-5).all((2, 3, 4))
    assert (matches.sum(1) == 1).all()
    assert matches.sum(0).min() >= 5 and matches.sum(0).max() <= 40  # 20 expected of each of 25


@pytest.mark.slow
def test_cutout_is_a_square_of_the_mean() -> None:
    recipe = single(cutout=0.5)._replace(mean=(0.3, 0.4, 0.5), std=(0.2, 0.2, 0.2))
    images = jnp.full((400, 16, 16, 3), 255, jnp.uint8)
    hidden = np.abs(np.asarray(draw(recipe, keys(400), images)[0])).max(-1) < 1e-5
    rows, columns = hidden.any(2), hidden.any(1)
    np.testing.assert_array_equal(hidden, rows[:, :, None] & columns[:, None, :])
    assert rows.sum(1).max() == columns.sum(1).max() == 8 and rows.sum(1).min() == columns.sum(1).min() == 4
    assert hidden.any(0).all()


@pytest.mark.slow
def test_affine_moves_a_dot() -> None:
    image = np.zeros((1, 17, 17, 1), np.uint8)
    image[0, 8, 12] = 255
    still = {**PLAIN, "size": 17, "affine": Affine(degrees=180.0)}
    recipe = Recipe((View(**still),), (0.0,), (1.0,))
    views = np.asarray(draw(recipe, keys(200), jnp.broadcast_to(jnp.asarray(image), (200, 17, 17, 1)))[0])[..., 0]
    y, x = (np.tensordot(views, grid, 2) / views.sum((1, 2)) - 8 for grid in np.mgrid[0:17, 0:17])
    np.testing.assert_allclose(np.hypot(x, y), 4, atol=0.3)
    angle = np.arctan2(y, x)
    assert angle.min() < -2.8 and angle.max() > 2.8 and abs(angle.mean()) < 0.4


@pytest.mark.slow
@pytest.mark.parametrize(("height", "width", "scaled"), [(300, 400, 256), (240, 240, 240), (224, 260, 224)])
def test_prepare_keeps_imagenets_margin(height: int, width: int, scaled: int) -> None:
    recipe = make_recipe("simclr", size=224, **UNIT)
    images = pictures(1, height, width=width)
    expected = ops.center_crop(ops.resize(images[0].astype(jnp.float32) / 255, scaled), 224)
    np.testing.assert_allclose(prepare(recipe, images)[0], expected, atol=1e-5)


@pytest.mark.slow
def test_prepare_enlarges_small_pictures() -> None:
    assert prepare(make_recipe("digits", size=28), pictures(2, 8, 1)).shape == (2, 28, 28, 1)


def test_pictures_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="must be uint8"):
        draw_views(make_recipe("simclr", size=8), keys(1), jnp.zeros((1, 8, 8, 3)))
    with pytest.raises(ValueError, match="images have 1 channels"):
        prepare(make_recipe("simclr", size=8), pictures(1, 8, 1))


def test_denormalize_gives_the_colours_back() -> None:
    recipe = make_recipe("simclr_cifar", size=16, **PLAIN)
    images = pictures(2, 16)
    np.testing.assert_allclose(denormalize(recipe, prepare(recipe, images)), images / 255, atol=1e-6)
