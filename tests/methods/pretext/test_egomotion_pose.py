"""Oracles of egomotion by a true pose."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.views import make_recipe
from jssl.methods.pretext.egomotion_pose import egomotion_pose, motion
from jssl.nets.frames import each_frame
from jssl.parallel import make_layout
from jssl.run.step import create_state, make_step
from tests.methods.toys import SIZE, constant, flat, loss_of

STILL = make_recipe("simclr_cifar", size=SIZE, crop=None, jitter=None, grey=0.0, flip=0.0)
N, FRAMES = 24, 4


def make(encoder=None, views=STILL, **options):
    options = {"apart": 3, "reach": (4.0, 4.0, 40.0), "bins": 2, "head": (16,), **options}
    return egomotion_pose(each_frame(encoder or flat()), ClipRecipe(views, FRAMES), **options)


def walks(rng, seen: bool = True):
    """A walk to the east, on which the picture grows brighter, unless nothing is to be seen of it."""
    speed = rng.uniform(-4, 4, (N, 1))
    where = speed * np.arange(FRAMES).reshape(1, -1)
    pose = np.stack([where, np.zeros_like(where), np.zeros_like(where)], axis=-1)
    grey = 128 + (5 * where if seen else 0 * where) + rng.uniform(-40, 40, (N, 1))
    clip = np.broadcast_to(grey[:, :, None, None, None], (N, FRAMES, SIZE, SIZE, 3)).astype(np.uint8)
    return {"clip": clip, "pose": pose.astype(np.float32), "index": np.arange(N, dtype=np.int32)}


def started(method):
    batch = jax.tree.map(jnp.asarray, walks(np.random.default_rng(0)))
    params, extra = method.init(jax.random.key(0), batch)
    return params, extra, method.views(jax.random.split(jax.random.key(1), N), batch)


def test_motion_is_seen_from_the_first_pose():
    north = jnp.array([1.0, 2.0, 90.0])
    np.testing.assert_allclose(motion(north, jnp.array([1.0, 5.0, 100.0])), [3, 0, 10], atol=1e-5)
    np.testing.assert_allclose(motion(north, jnp.array([-1.0, 2.0, 80.0])), [0, 2, -10], atol=1e-5)
    np.testing.assert_allclose(motion(jnp.array([0, 0, 350.0]), jnp.array([0, 0, 10.0])), [0, 0, 20], atol=1e-4)


def test_recorded_motion_is_the_same_sums():
    from jssl.data.games.doom import _motion

    poses = np.random.default_rng(0).uniform(-300, 300, (9, 3)).astype(np.float32)
    np.testing.assert_allclose(jax.vmap(motion)(poses[:-1], poses[1:]), _motion(poses), atol=1e-2)


@pytest.mark.slow
def test_a_constant_encoder_is_at_chance():
    params, extra, views = started(method := make(constant()))
    params["head"] = jax.tree.map(jnp.zeros_like, params["head"])
    np.testing.assert_allclose(loss_of(method, params, extra, views)[0], 3 * np.log(5), rtol=1e-6)


@pytest.mark.slow
def test_labels_are_the_motion_between_the_frames_that_are_shown():
    """Brightness says where a frame was taken. Classes are 2 wide; the last takes what is further."""
    _, _, (pairs, labels) = started(make())
    shown = np.asarray(pairs).mean((2, 3, 4)) * np.mean(STILL.std) * 255
    went = (shown[:, 1] - shown[:, 0]) / 5
    sure = np.abs(went / 2 % 1 - 0.5) > 0.15
    np.testing.assert_array_equal(labels[sure, 0], np.clip(np.round(went / 2), -2, 2)[sure] + 2)
    assert sure.sum() > N / 2 and {0, 4} <= set(np.asarray(labels[:, 0]).tolist())
    np.testing.assert_array_equal(labels[:, 1:], 2)


@pytest.mark.slow
def test_either_frame_comes_first():
    batch = jax.tree.map(jnp.asarray, walks(np.random.default_rng(0)))
    batch["pose"] = jnp.broadcast_to(jnp.array([[[0.0, 0, 0], [2, 0, 0], [4, 0, 0], [6, 0, 0]]]), (N, FRAMES, 3))
    _, labels = make(apart=1).views(jax.random.split(jax.random.key(1), N), batch)
    assert set(np.asarray(labels[:, 0]).tolist()) == {1, 3}


def learnt(seen: bool) -> float:
    """Accuracy of what is said of walks never seen before."""
    method, tx, layout = make(flat(16)), optax.adam(1e-2), make_layout(devices=jax.devices()[:1])
    state = create_state(method, tx, 0, walks(np.random.default_rng(0)), layout)
    step = layout.compile(make_step(method, tx), state)
    told = []
    for i in range(120):
        state, metrics = step(state, layout.feed(walks(np.random.default_rng(i), seen)))
        told.append(float(metrics["forward_accuracy"]))
    return np.mean(told[-30:])


@pytest.mark.slow
def test_what_cannot_be_seen_stays_at_chance_and_what_can_does_not():
    rng, most = np.random.default_rng(1), []
    for _ in range(40):
        steps = walks(rng)["pose"][:, :, 0]
        label = np.clip(np.round((steps[:, 1:] - steps[:, :-1]) / 2), -2, 2)
        most.append(np.bincount(label.astype(int).ravel() + 2, minlength=5).max() / label.size)
    assert learnt(seen=False) < np.mean(most) + 0.08 < learnt(seen=True)


def test_a_view_that_mirrors_is_refused():
    with pytest.raises(ValueError, match="turns the other way"):
        make(views=make_recipe("simclr_cifar", size=SIZE))


@pytest.mark.slow
def test_shows_pairs_with_what_is_guessed():
    params, extra, _ = started(method := make())
    batch = jax.tree.map(jnp.asarray, walks(np.random.default_rng(0)))
    exhibit = method.show(params, extra, jax.random.split(jax.random.key(0), N), batch)
    before, after = exhibit.columns
    assert before.figures.shape == after.figures.shape == (8, SIZE, SIZE, 3)
    assert all("truly" in caption for caption in after.captions) and len(after.right) == 8
