"""Random views of clips: one change for all frames, and stretches of time."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.clip.recipe import ClipRecipe, make_clip_recipe
from jssl.augment.clip.views import draw_clips, draw_frames, prepare_clips, stretches
from jssl.augment.recipe import Affine
from jssl.augment.recipes import make_recipe
from jssl.augment.views import prepare

SIDE = 12
EVERYTHING = make_recipe("byol", size=SIDE, affine=Affine(20.0, 0.1, (0.8, 1.2), 10.0))
WHOLE = ClipRecipe(EVERYTHING, 3)
draw = jax.jit(draw_clips, static_argnums=0)
STILL = make_recipe("digits", size=SIDE, affine=None, crop=None, jitter=None, blur=0.0)


def keys(n: int, seed: int = 0) -> jax.Array:
    return jax.random.split(jax.random.key(seed), n)


def clips(n: int, t: int, channels: int = 3) -> jax.Array:
    return jnp.asarray(np.random.default_rng(0).integers(0, 256, (n, t, 16, 16, channels), np.uint8))


def numbered(n: int, t: int) -> jax.Array:
    """Grey clips whose i-th frame has the level i everywhere."""
    levels = jnp.arange(t, dtype=jnp.uint8).reshape(1, t, 1, 1, 1)
    return jnp.broadcast_to(levels, (n, t, SIDE, SIDE, 1))


def numbers(view: jax.Array) -> np.ndarray:
    """Which frames of numbered clips a view shows, int [n, frames]."""
    level = (np.asarray(view[:, :, 0, 0, 0]) * STILL.std[0] + STILL.mean[0]) * 255
    return level.round().astype(int)


@pytest.mark.slow
def test_all_frames_of_a_view_change_alike_and_those_of_others_do_not() -> None:
    """A clip of one picture repeated stays one, under everything a recipe can do."""
    still = jnp.repeat(clips(1, 1), 5, axis=1).repeat(6, axis=0)
    first, second = draw(WHOLE, keys(6), still)
    for view in (first, second):
        assert view.shape == (6, 3, SIDE, SIDE, 3) and view.dtype == jnp.float32
        np.testing.assert_allclose(view, jnp.broadcast_to(view[:, :1], view.shape), atol=1e-5)
        assert all(jnp.abs(view[0] - view[i]).max() > 0.1 for i in range(1, 6))
    assert jnp.abs(first - second).max() > 0.1


@pytest.mark.slow
def test_views_depend_on_key_and_pixels_only() -> None:
    given, order = clips(6, 5), jnp.array([3, 1, 1, 3, 3, 1])
    whole, part = draw(WHOLE, keys(6), given), draw(WHOLE, keys(6)[order], given[order])
    for all_, some in zip(whole, part, strict=True):
        np.testing.assert_allclose(all_[order], some, atol=1e-5)


@pytest.mark.slow
def test_equal_views_see_stretches_of_their_own() -> None:
    first, second = map(numbers, draw_clips(ClipRecipe(STILL, 2), keys(200), numbered(200, 8)))
    assert 0.05 < np.mean(first[:, 0] == second[:, 0]) < 0.3  # 1 in 7


@pytest.mark.slow
def test_a_stretch_begins_anywhere_and_keeps_its_stride() -> None:
    recipe = ClipRecipe(STILL, frames=3, stride=2)
    seen = np.asarray(stretches(recipe, keys(600), numbered(600, 9)))[:, :, 0, 0, 0].astype(int)
    np.testing.assert_array_equal(np.diff(seen, axis=1), 2)
    starts = np.bincount(seen[:, 0])
    assert len(starts) == 5 and starts.min() > 80  # 120 each
    np.testing.assert_array_equal(stretches(ClipRecipe(STILL, 9), keys(2), numbered(2, 9)), numbered(2, 9))


@pytest.mark.slow
def test_an_untouched_clip_is_its_middle_frames() -> None:
    recipe = ClipRecipe(STILL, frames=3, stride=2)
    np.testing.assert_array_equal(numbers(prepare_clips(recipe, numbered(2, 9))), [[2, 4, 6]] * 2)
    given = clips(2, 5)
    frames = prepare_clips(ClipRecipe(EVERYTHING, 5), given)
    for i in range(5):
        np.testing.assert_allclose(frames[:, i], prepare(EVERYTHING, given[:, i]), atol=1e-6)


@pytest.mark.slow
def test_frames_are_drawn_as_pictures_are() -> None:
    still = draw_frames(STILL, keys(2), clips(2, 3, channels=1))
    np.testing.assert_allclose(still[0], prepare_clips(ClipRecipe(STILL, 3), clips(2, 3, channels=1)), atol=1e-6)


@pytest.mark.parametrize(
    ("options", "recipe"),
    [
        ({"frames": 0}, (9, 1)),
        ({"frames": 0, "stride": 2}, (5, 2)),
        ({"frames": 0, "stride": 3}, (3, 3)),
        ({"frames": 4, "stride": 2}, (4, 2)),
    ],
)
def test_a_view_is_as_long_as_the_clip_unless_said(options: dict, recipe: tuple[int, int]) -> None:
    made = make_clip_recipe("digits", length=9, size=SIDE, **options)
    assert made[1:] == recipe and made.frame == make_recipe("digits", size=SIDE)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="4 frames at stride 3 span 10, and clips have 9"):
        make_clip_recipe("digits", length=9, size=SIDE, frames=4, stride=3)
    with pytest.raises(ValueError, match=r"frames=-1 .* stride=0"):
        make_clip_recipe("digits", length=9, size=SIDE, frames=-1, stride=0)
    with pytest.raises(ValueError, match="clips have 3 frames, and 4 are needed"):
        prepare_clips(ClipRecipe(STILL, 4), numbered(1, 3))
    with pytest.raises(ValueError, match=r"clips must be uint8 \[n, t, h, w, c\], not uint8 \[2, 16, 16, 3\]"):
        draw_clips(ClipRecipe(EVERYTHING, 1), keys(2), clips(2, 1)[:, 0])
