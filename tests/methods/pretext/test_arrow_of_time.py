"""Arrow of time: what has a direction tells it, and what has none stays at chance."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.recipes import make_recipe
from jssl.methods.pretext.arrow_of_time import arrow_of_time
from jssl.nets.frames import differences, each_frame, of_picture
from tests.methods.fresh import fresh_accuracy
from tests.methods.toys import constant, flat, loss_of

N, T, SIDE, DIM = 6, 5, 8, 6
SMALL = make_recipe("plain", size=SIDE, crop=None, flip=0.0)
both_forms = pytest.mark.parametrize("antisymmetric", [True, False])


def make(encoder=None, **options):
    return arrow_of_time(encoder or of_picture(flat(DIM), differences), ClipRecipe(SMALL, T), **options)


def noise(rng, n=N):
    return rng.integers(0, 256, (n, T, SIDE, SIDE, 3), np.uint8)


def lights(levels):
    """Clips uint8 [n, t, 8, 8, 3] of one brightness each frame, [n, t]."""
    return np.broadcast_to(levels[:, :, None, None, None], (*levels.shape, SIDE, SIDE, 3)).round().astype(np.uint8)


def even(rng, n=64):
    """Brighter or darker by as much from frame to frame, and from any level: the same backwards."""
    step = rng.choice([-1, 1], (n, 1)) * rng.integers(5, 25, (n, 1))
    return lights(128 + step * (np.arange(T) - T // 2)[None])


def decaying(rng, n=64):
    """The difference to the last level, above it or below, is halved from frame to frame."""
    side = rng.choice([-1, 1], (n, 1)) * rng.uniform(60, 120, (n, 1))
    return lights(128 + side * 0.5 ** np.arange(T)[None])


def start(method, clips=None):
    batch = {"clip": jnp.asarray(noise(np.random.default_rng(0)) if clips is None else clips)}
    params, extra = method.init(jax.random.key(0), batch)
    return params, extra, method.views(jax.random.split(jax.random.key(1), len(batch["clip"])), batch)


@pytest.mark.slow
@both_forms
def test_an_undecided_network_costs_ln_2(antisymmetric):
    params, extra, views = start(method := make(constant(), antisymmetric=antisymmetric))
    params["head"] = jax.tree.map(jnp.zeros_like, params["head"])
    loss, (_, metrics) = loss_of(method, params, extra, views)
    np.testing.assert_allclose([loss, method.chance(N), metrics["accuracy"]], [0.693147, 0.693147, 0.5], rtol=1e-6)


@pytest.mark.slow
@both_forms
def test_the_loss_is_numpys(antisymmetric):
    params, extra, views = start(method := make(antisymmetric=antisymmetric))
    layer = params["head"]["layers"]["layer0"]
    layer["bias"] = jnp.full((1,), 0.3)
    w, kernel, costs, right = params["encoder"]["w"], np.asarray(layer["kernel"]), [], []
    score = lambda x: (np.asarray(flat().apply({"w": w}, {}, differences(x[None]))[0]) @ kernel)[0, 0] + 0.3  # noqa: E731
    for x in views:
        there, back = score(x), score(x[::-1])
        there, back = (there - back, back - there) if antisymmetric else (there, back)
        costs.append((np.log1p(np.exp(-there)) + np.log1p(np.exp(back))) / 2)
        right += [there > 0, back <= 0]
    loss, (_, metrics) = loss_of(method, params, extra, views)
    np.testing.assert_allclose([loss, metrics["accuracy"]], [np.mean(costs), np.mean(right)], rtol=1e-4)


@pytest.mark.slow
def test_an_antisymmetric_logit_turns_its_sign_with_the_clip():
    """Of one clip and of its reverse exp(-loss) is sigmoid(l) and sigmoid(-l): together 1."""
    method = make(antisymmetric=True, head=(16,))
    params, extra, views = start(method, noise(np.random.default_rng(1), 1))
    there, back = (np.exp(-float(loss_of(method, params, extra, x)[0])) for x in (views, views[:, ::-1]))
    np.testing.assert_allclose(there + back, 1.0, rtol=1e-6)
    assert abs(there - back) > 1e-3


@pytest.mark.slow
@both_forms
def test_clips_that_are_the_same_backwards_are_at_chance_exactly(antisymmetric):
    there = noise(np.random.default_rng(0))
    mirrored = np.concatenate([there[:, : T // 2 + 1], there[:, : T // 2][:, ::-1]], axis=1)
    for method, clips in (
        (make(antisymmetric=antisymmetric), mirrored),
        (make(each_frame(flat(DIM)), antisymmetric=antisymmetric), there),
    ):
        loss, (_, metrics) = loss_of(method, *start(method, clips))
        if antisymmetric:  # the logit is 0 to rounding, and the sign of that is anything
            np.testing.assert_allclose(loss, np.log(2), rtol=1e-5)
        else:
            np.testing.assert_allclose(metrics["accuracy"], 0.5, atol=1e-6)


@pytest.mark.slow
def test_even_motion_stays_at_chance_and_decay_is_told():
    method = make(of_picture(flat(12), differences), antisymmetric=True, head=(32,))
    assert fresh_accuracy(method, decaying, key="clip", steps=60) > 0.97
    np.testing.assert_allclose(fresh_accuracy(method, even, key="clip", steps=60), 0.5, atol=0.06)


def test_shows_both_ways_and_what_is_said_of_them():
    method = make()
    params, extra, _ = start(method)
    clips = {"clip": jnp.asarray(noise(np.random.default_rng(0)))}
    there, back = method.show(params, extra, jax.random.split(jax.random.key(0), N), clips).columns
    assert there.figures.shape == back.figures.shape == (N, SIDE, T * (SIDE + 1) - 1, 3)
    np.testing.assert_allclose(there.figures[:, :, :SIDE], back.figures[:, :, -SIDE:], atol=1e-6)
    assert list(there.right) == [said == "forwards" for said in there.captions]
    assert list(back.right) == [said == "backwards" for said in back.captions]
