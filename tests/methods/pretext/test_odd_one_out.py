"""Odd one out: every answer is as frequent, and who sees no order or no motion is exactly at chance."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.recipes import make_recipe
from jssl.methods.pretext.odd_one_out import odd_one_out
from jssl.nets.frames import differences, each_frame, of_picture
from tests.methods.fresh import fresh_accuracy
from tests.methods.toys import constant, flat, loss_of

N, T, SIDE, DIM, FRAMES, AMONG = 6, 8, 8, 6, 4, 3
SMALL = make_recipe("plain", size=SIDE, crop=None, flip=0.0)


def by_order(dim=DIM):
    return of_picture(flat(dim), differences)


def make(encoder=None, frames=FRAMES, among=AMONG, **options):
    return odd_one_out(encoder or by_order(), ClipRecipe(SMALL, frames), among=among, **options)


def noise(rng, n=N):
    return rng.integers(0, 256, (n, T, SIDE, SIDE, 3), np.uint8)


def still(rng, n=N):
    return np.repeat(noise(rng, n)[:, :1], T, axis=1)


def bars(rng, n=48):
    """A light that grows from frame to frame, faster in some clips."""
    ramp = np.arange(T).reshape(1, T, 1, 1, 1) * rng.uniform(15, 30, (n, 1, 1, 1, 1))
    return np.broadcast_to(ramp, (n, T, SIDE, SIDE, 3)).astype(np.uint8)


def start(method, clips=None):
    batch = {"clip": jnp.asarray(noise(np.random.default_rng(0)) if clips is None else clips)}
    params, extra = method.init(jax.random.key(0), batch)
    return params, extra, method.views(jax.random.split(jax.random.key(1), len(batch["clip"])), batch)


def accuracy(method, clips=None):
    return float(loss_of(method, *start(method, clips))[1][1]["accuracy"])


@pytest.mark.slow
def test_an_undecided_network_costs_the_logarithm_of_the_choices():
    params, extra, views = start(method := make(constant(), among=6, frames=6))
    params["head"] = jax.tree.map(jnp.zeros_like, params["head"])
    loss, _ = loss_of(method, params, extra, views)
    np.testing.assert_allclose([loss, method.chance(N)], 1.791759, rtol=1e-6)  # ln 6


@pytest.mark.slow
def test_each_question_has_one_clip_out_of_order_and_the_same_frames():
    _, _, views = start(make(), 20 * np.arange(T, dtype=np.uint8).reshape(1, T, 1, 1, 1) + np.zeros_like(noise(
        np.random.default_rng(0))))  # fmt: skip
    assert views.shape == (N, 2, AMONG, FRAMES, SIDE, SIDE, 3)
    np.testing.assert_allclose(views, jnp.broadcast_to(views[..., :1, :1, :], views.shape), atol=1e-6)
    steps = np.diff(np.asarray(views[..., 0, 0, 0]), axis=-1)
    in_order, mixed = steps[:, 0], steps[:, 1]
    np.testing.assert_allclose(in_order, in_order[0, 0, 0], rtol=1e-4)  # every next frame
    assert ((mixed > 0).any(-1) & (mixed < 0).any(-1)).all()
    np.testing.assert_allclose(np.sort(views[:, 1, ..., 0, 0, 0], -1), views[:, 0, ..., 0, 0, 0], rtol=1e-6)


@pytest.mark.slow
def test_every_answer_is_asked_as_often():
    """A head that always says the same is right exactly once in every question's turn."""
    params, extra, views = start(method := make(head=()))
    layer = params["head"]["layers"]["layer0"]
    for said in range(AMONG):
        layer["kernel"], layer["bias"] = jnp.zeros_like(layer["kernel"]), jax.nn.one_hot(said, AMONG)
        np.testing.assert_allclose(loss_of(method, params, extra, views)[1][1]["accuracy"], 1 / AMONG, rtol=1e-6)


@pytest.mark.slow
def test_the_loss_is_that_of_a_loop_over_questions():
    params, extra, views = start(method := make(head=()))
    w, layer, costs = np.asarray(params["encoder"]["w"]), params["head"]["layers"]["layer0"], []
    encode = lambda clip: np.asarray(flat().apply({"w": w}, {}, differences(clip[None]))[0][0])  # noqa: E731
    for question in np.asarray(views):
        for odd in range(AMONG):
            features = [encode(question[int(i == odd), i]) for i in range(AMONG)]
            logits = np.concatenate(features) @ np.asarray(layer["kernel"]) + np.asarray(layer["bias"])
            costs.append(np.log(np.exp(logits - logits[odd]).sum()))
    np.testing.assert_allclose(loss_of(method, params, extra, views)[0], np.mean(costs), rtol=1e-4)


@pytest.mark.slow
def test_who_sees_no_order_or_no_motion_is_at_chance_exactly():
    blind = each_frame(flat(DIM))
    np.testing.assert_allclose(accuracy(make(blind)), 1 / AMONG, rtol=1e-6)
    np.testing.assert_allclose(accuracy(make(), still(np.random.default_rng(0))), 1 / AMONG, rtol=1e-6)
    assert accuracy(make()) != pytest.approx(1 / AMONG)


@pytest.mark.slow
def test_motion_is_learnt_and_noise_is_not():
    method = make(by_order(12), head=(32,))
    assert fresh_accuracy(method, bars, key="clip", steps=60) > 0.8
    of_noise = fresh_accuracy(method, lambda rng: noise(rng, 64), key="clip", steps=40)
    np.testing.assert_allclose(of_noise, 1 / 3, atol=0.04)


@pytest.mark.slow
def test_shows_the_odd_one_and_what_is_taken_for_it():
    method = make()
    params, extra, _ = start(method)
    clips = {"clip": jnp.asarray(noise(np.random.default_rng(0)))}
    beside, odd = method.show(params, extra, jax.random.split(jax.random.key(0), N), clips).columns
    assert beside.figures.shape == odd.figures.shape == (N, SIDE, FRAMES * (SIDE + 1) - 1, 3)
    said = [caption.removeprefix("clip ").split(f" of {AMONG}, taken for it: ") for caption in odd.captions]
    assert list(odd.right) == [at == guess for at, guess in said] and [at for at, _ in said] == list("123123")


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(ValueError, match="among=1 must be 2 or more"):
        make(among=1)
    with pytest.raises(ValueError, match="views have 2 frames, and it takes 3"):
        make(frames=2)
