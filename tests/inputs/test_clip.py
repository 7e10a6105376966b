"""Clips as an input: what encoders, people and baselines are given of them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.recipes import make_recipe
from jssl.data.source import Facts, from_arrays
from jssl.inputs.clip import clip, clips, mean_frame, strip

SIDE = 8
STILL = make_recipe("plain", size=SIDE, crop=None, flip=0.0)


def given(n: int = 3, t: int = 6, channels: int = 3, side: int = SIDE) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, t, side, side, channels), np.uint8)


@pytest.mark.slow
def test_a_config_names_the_recipe_and_the_data_say_how_long_clips_are() -> None:
    facts = Facts(10, {"clip": jax.ShapeDtypeStruct((7, SIDE, SIDE, 3), np.uint8)})
    seen = clip(facts, recipe="plain", size=SIDE, stride=2)
    assert seen.count == 2 and seen.recipe.frames == 4
    assert seen.prepare({"clip": jnp.asarray(given(t=7))}).shape == (3, 4, SIDE, SIDE, 3)
    first, *others = seen.views(jax.random.split(jax.random.key(0), 3), {"clip": jnp.asarray(given(t=7))}, 1)
    assert first.shape == (3, 4, SIDE, SIDE, 3) and not others


def test_short_clips_begin_again_and_colours_are_matched() -> None:
    seen = clips(ClipRecipe(STILL, frames=3, stride=2))
    short = given(t=2)
    np.testing.assert_array_equal(seen.match({"clip": short})["clip"], short[:, [0, 1, 0, 1, 0]])
    grey = given(channels=1)
    np.testing.assert_array_equal(seen.match({"clip": jnp.asarray(grey)})["clip"], grey.repeat(3, axis=-1))
    assert seen.match({"clip": given(t=7)})["clip"].shape == (3, 7, SIDE, SIDE, 3)


def test_own_clips_are_taken_as_they_are_and_others_refused_by_shape() -> None:
    seen = clips(ClipRecipe(STILL, frames=3))
    np.testing.assert_array_equal(seen.own(given()).read(np.array([1]))["clip"], given()[1:2])
    assert seen.own(given()[..., 0]).spec["clip"].shape == (6, SIDE, SIDE, 1)
    for wrong in (given().astype(np.float32), given()[0, 0], given(channels=2)):
        with pytest.raises(ValueError, match=r"clips must be uint8 \[n, t, h, w, 1 or 3\]"):
            seen.own(wrong)


@pytest.mark.slow
def test_what_is_embedded_of_a_perturbed_clip_is_the_view() -> None:
    seen = clips(ClipRecipe(make_recipe("plain", size=SIDE, mean=(0.0,) * 3, std=(1.0,) * 3), frames=3, stride=2))
    keys, batch = jax.random.split(jax.random.key(0), 3), {"clip": jnp.asarray(given())}
    views, perturbed = seen.views(keys, batch), seen.perturb(keys, batch)
    assert len(perturbed) == 2
    for view, clip_ in zip(views, perturbed, strict=True):
        np.testing.assert_allclose(seen.prepare(clip_), view, atol=0.5 / 255 + 1e-6)


def test_people_see_up_to_eight_frames_side_by_side() -> None:
    first, second = given(t=2)[:, 0], given(t=2)[:, 1]
    line = np.full((3, SIDE, 1, 3), 255, np.uint8)
    np.testing.assert_array_equal(strip(given(t=2)), np.concatenate([first, line, second], axis=2))
    many = given(t=15)
    np.testing.assert_array_equal(strip(many)[:, :, SIDE + 1 : 2 * SIDE + 1], many[:, 2])
    assert strip(many).shape == (3, SIDE, 8 * (SIDE + 1) - 1, 3)
    seen = clips(ClipRecipe(STILL, frames=6))
    batch = {"clip": given()}
    np.testing.assert_array_equal(seen.look(seen.prepare(batch)), seen.figure(batch))


def test_the_mean_frame_knows_no_order() -> None:
    features = mean_frame(from_arrays("clips", clip=given()))
    np.testing.assert_allclose(features, (given().mean(1) / 255).reshape(3, -1), atol=0.5 / 255 + 1e-6)
    np.testing.assert_array_equal(features, mean_frame(from_arrays("clips", clip=given()[:, ::-1])))
    assert mean_frame(from_arrays("clips", clip=given(side=80))).shape == (3, 32 * 32 * 3)
