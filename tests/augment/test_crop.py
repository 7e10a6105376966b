"""Where crops are drawn: as torchvision draws them, in the whole of a picture that fills only a part of its image."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import ks_2samp

from benchmarks.crop import drawn_boxes, geometry, reference_box
from jssl.augment import image as ops
from jssl.augment.geometry import crop_box
from jssl.augment.recipe import Recipe, View
from jssl.augment.recipes import make_recipe
from jssl.augment.views import draw_views, prepare

DRAWS = 10_000
SIDES = [(256, 256), (375, 500), (500, 333), (160, 500)]
RANGES = [(0.08, 1.0), (0.4, 1.0), (0.05, 0.14)]
UNIT = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}
draw = jax.jit(draw_views, static_argnums=0)


def recorded() -> dict[str, np.ndarray]:
    return dict(np.load(Path(__file__).parents[1] / "fixtures" / "crop_boxes.npz"))


def furthest(boxes: np.ndarray, others: np.ndarray, sides: np.ndarray) -> float:
    a, b = geometry(boxes, sides), geometry(others, sides)
    return max(ks_2samp(a[key].ravel(), b[key].ravel()).statistic for key in a)


@pytest.mark.slow
@pytest.mark.parametrize("area", RANGES)
def test_boxes_are_distributed_as_torchvisions(area: tuple[float, float]) -> None:
    """At 10,000 draws against 2,000, equal distributions differ by more than 0.05 once in 6,000 times."""
    view, found = View(224, crop=area), recorded()
    ours = drawn_boxes(view, np.array(SIDES), DRAWS)
    assert np.array_equal(ours, np.round(ours))
    for sides, boxes in zip(SIDES, ours, strict=True):
        (case,) = np.flatnonzero((found["sides"] == sides).all(1) & np.isclose(found["area"], area).all(1))
        top, left, h, w = boxes.T
        assert (top >= 0).all() and (left >= 0).all() and (top + h <= sides[0]).all() and (left + w <= sides[1]).all()
        assert furthest(boxes[None], found["boxes"][case][None], np.array([sides])) < 0.05


def test_the_plain_words_for_it_are_torchvisions_too() -> None:
    found, rng = recorded(), np.random.default_rng(0)
    for sides, area, boxes in zip(found["sides"], found["area"], found["boxes"], strict=True):
        plain = np.array([reference_box(rng, View(224, crop=tuple(area)), *sides.tolist()) for _ in range(1000)])
        assert furthest(plain[None], boxes[None], sides[None]) < 0.07


@pytest.mark.slow
def test_a_box_that_never_fits_is_torchvisions_middle() -> None:
    view = View(16, crop=(1.0, 1.0), ratio=(1.0, 1.0))
    rng = np.random.default_rng(0)
    for height, width in ((40, 71), (72, 33), (25, 60)):
        expected = reference_box(rng, view, height, width)
        for sides in ((height, width), jnp.array([height, width], jnp.int32)):
            assert tuple(map(int, crop_box(view, jax.random.key(0), *sides))) == expected


def test_a_share_of_the_square_is_one_scale_anywhere_in_the_picture() -> None:
    view = View(225, crop=((225 / 256) ** 2,) * 2, ratio=(1.0, 1.0), square=True)
    sides = np.array([(256, 512), (256, 256), (400, 256)])
    boxes = drawn_boxes(view, sides, 2000)
    assert (boxes[..., 2:] == 225).all()
    for (height, width), (top, left) in zip(sides, boxes[..., :2].transpose(0, 2, 1), strict=True):
        assert top.min() == left.min() == 0 and top.max() == height - 225 and left.max() == width - 225


def on_canvas(images: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """The same pictures in the corner of larger images full of something else."""
    n, height, width, channels = images.shape
    canvas = np.random.default_rng(1).integers(0, 256, (n, side, side, channels), np.uint8)
    canvas[:, :height, :width] = images
    return canvas, np.tile(np.array([[height, width]], np.int32), (n, 1))


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [{"square": True, "crop": (0.5, 0.9)}, {"crop": None}, {"affine": (20.0, 0.2, (0.8, 1.2), 10.0)}],
    ids=["square", "centre", "affine"],
)
def test_a_picture_on_a_canvas_is_seen_as_alone(options: dict[str, object]) -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 30, 42, 3), np.uint8)
    keys = jax.random.split(jax.random.key(0), 3)
    recipe = make_recipe("simclr_cifar", size=16, jitter=None, **options)._replace(
        margin=15 / 8
    )  # 30 pixels: no scaling
    for alone, carried in zip(draw(recipe, keys, images), draw(recipe, keys, *on_canvas(images, 48)), strict=True):
        np.testing.assert_allclose(carried, alone, atol=2e-5)


@pytest.mark.slow
def test_pictures_of_different_sizes_share_a_batch() -> None:
    """And an example's views depend on its own key, pixels and extent alone."""
    rng = np.random.default_rng(0)
    recipe = make_recipe("simclr_cifar", size=16, jitter=None)
    keys = jax.random.split(jax.random.key(0), 3)
    parts = [on_canvas(rng.integers(0, 256, (1, *sides, 3), np.uint8), 40) for sides in ((40, 20), (12, 40), (33, 33))]
    together = draw(recipe, keys, *(np.concatenate(x) for x in zip(*parts, strict=True)))
    for i, part in enumerate(parts):
        for whole, alone in zip(together, draw(recipe, keys[i : i + 1], *part), strict=True):
            np.testing.assert_allclose(whole[i], alone[0], atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(("height", "width"), [(30, 45), (61, 32), (17, 20)])
def test_prepare_scales_the_shorter_side_and_takes_the_middle(height: int, width: int) -> None:
    recipe = Recipe((View(28),), **UNIT, margin=8 / 7)
    images = np.random.default_rng(0).integers(0, 256, (2, height, width, 3), np.uint8)
    expected = ops.center_crop(ops.resize(jnp.float32(images[0]) / 255, 32), 28)
    np.testing.assert_allclose(prepare(recipe, *on_canvas(images, 64))[0], expected, atol=1e-5)
