"""Order prediction: the twelve answers, each as frequent, and what stays at chance."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.recipes import make_recipe
from jssl.methods.pretext.order_prediction import PAIRS, SHOWN, SORTED, answers, order_prediction, pairs_of
from jssl.nets.frames import each_frame
from tests.methods.fresh import fresh_accuracy
from tests.methods.toys import constant, flat, loss_of

N, T, SIDE, DIM = 6, 10, 8, 6
SMALL = make_recipe("plain", size=SIDE, crop=None, flip=0.0)


def make(encoder=None, frames=T, gap=(1, 2), pair=8, **options):
    return order_prediction(each_frame(encoder or flat(DIM)), ClipRecipe(SMALL, frames), gap=gap, pair=pair, **options)


def noise(rng, n=N):
    return rng.integers(0, 256, (n, T, SIDE, SIDE, 3), np.uint8)


def still(rng, n=48):
    return np.repeat(noise(rng, n)[:, :1], T, axis=1)


def bars(rng, n=48):
    """A light that comes in from the left and darkens what is above: every frame shows how far it is."""
    ramp = np.linspace(0, 250, T).reshape(1, T, 1, 1, 1) * rng.uniform(0.8, 1, (n, 1, 1, 1, 1))
    clips = np.zeros((n, T, SIDE, SIDE, 3))
    clips[:, :, :, : SIDE // 2] = ramp
    clips[:, :, : SIDE // 2, SIDE // 2 :] = 250 - ramp
    return clips.astype(np.uint8)


def start(method, clips=None):
    batch = {"clip": jnp.asarray(noise(np.random.default_rng(0)) if clips is None else clips)}
    params, extra = method.init(jax.random.key(0), batch)
    return params, extra, method.views(jax.random.split(jax.random.key(1), len(batch["clip"])), batch)


def test_the_answer_sorts_what_is_shown_one_way_or_the_other():
    label = answers()
    assert len(SHOWN) == 24 and len(SORTED) == 12
    np.testing.assert_array_equal(np.bincount(label), [2] * 12)
    for shown, answer in zip(SHOWN, label, strict=True):
        assert shown[SORTED[answer]].tolist() in ([0, 1, 2, 3], [3, 2, 1, 0])


def test_pairs_are_those_that_stand_at_two_places():
    for shown, pairs in zip(SHOWN, pairs_of(), strict=True):
        assert PAIRS[pairs].tolist() == [[shown[i], shown[j]] for i in range(4) for j in range(i + 1, 4)]


@pytest.mark.slow
def test_an_undecided_network_costs_ln_12():
    params, extra, views = start(method := make(constant()))
    params["head"] = jax.tree.map(jnp.zeros_like, params["head"])
    loss, (_, metrics) = loss_of(method, params, extra, views)
    np.testing.assert_allclose([loss, method.chance(N)], 2.484907, rtol=1e-5)
    np.testing.assert_allclose(metrics["accuracy"], 1 / 12, rtol=1e-6)


@pytest.mark.slow
def test_the_loss_is_that_of_a_loop_over_orders():
    params, extra, views = start(method := make())
    value = loss_of(method, params, extra, views)[0]
    linear = {name: jax.tree.map(np.asarray, params[name]) for name in ("pair", "head")}
    kernel = linear["pair"]["layers"]["layer0"]["kernel"]
    h = np.asarray(flat().apply(params["encoder"], {}, views.reshape(-1, SIDE, SIDE, 3))[0]).reshape(N, 4, DIM)
    twos = np.array([[np.concatenate([each[i], each[j]]) @ kernel for i, j in PAIRS] for each in h])
    twos = np.maximum(0, (twos - twos.mean((0, 1))) / np.sqrt(twos.var((0, 1)) + 1e-5))
    costs, last = [], linear["head"]["layers"]["layer0"]
    named = {tuple(pair): i for i, pair in enumerate(PAIRS.tolist())}
    for each in twos:
        for shown, answer in zip(SHOWN.tolist(), answers(), strict=True):
            six = [each[named[shown[i], shown[j]]] for i in range(4) for j in range(i + 1, 4)]
            logits = np.concatenate(six) @ last["kernel"] + last["bias"]
            costs.append(np.log(np.exp(logits - logits[answer]).sum()))
    np.testing.assert_allclose(value, np.mean(costs), rtol=1e-4)


@pytest.mark.slow
def test_a_film_that_runs_backwards_is_sorted_the_same():
    params, extra, views = start(method := make())
    there, back = loss_of(method, params, extra, views), loss_of(method, params, extra, views[:, ::-1])
    np.testing.assert_allclose(there[0], back[0], rtol=1e-5)


def test_frames_come_in_order_and_change_alike():
    levels = 20 * np.arange(T).reshape(1, T, 1, 1, 1) + np.zeros((N, T, SIDE, SIDE, 3))
    _, _, views = start(make(), levels.astype(np.uint8))
    assert views.shape == (N, 4, SIDE, SIDE, 3) and jnp.diff(views[:, :, 0, 0, 0], axis=1).min() > 0
    np.testing.assert_allclose(views, jnp.broadcast_to(views[:, :, :1, :1], views.shape), atol=1e-6)


def test_who_does_not_see_the_places_is_at_chance_exactly():
    """Two frames the same whichever comes first, and every two places weighed alike: a set of four frames is left."""
    params, extra, views = start(method := make())
    told = lambda: float(loss_of(method, params, extra, views)[1][1]["accuracy"])  # noqa: E731
    assert told() != pytest.approx(1 / 12)
    pair, head = (params[name]["layers"]["layer0"] for name in ("pair", "head"))
    pair["kernel"] = jnp.tile(pair["kernel"][:DIM], (2, 1))
    head["kernel"] = jnp.tile(head["kernel"][:8], (6, 1))
    np.testing.assert_allclose(told(), 1 / 12, atol=1e-6)


@pytest.mark.slow
def test_still_clips_stay_at_chance_and_motion_does_not():
    method = make(flat(12), pair=32)
    np.testing.assert_allclose(fresh_accuracy(method, still, key="clip", steps=20), 1 / 12, atol=1e-6)
    of_noise = fresh_accuracy(method, lambda rng: noise(rng, 64), key="clip", steps=40)
    np.testing.assert_allclose(of_noise, 1 / 12, atol=0.02)
    assert fresh_accuracy(method, bars, key="clip", steps=80) > 0.5


@pytest.mark.slow
def test_shows_frames_as_given_and_as_sorted():
    method = make()
    params, extra, _ = start(method)
    clips = {"clip": jnp.asarray(bars(np.random.default_rng(0), N))}
    given, found, film = method.show(params, extra, jax.random.split(jax.random.key(0), N), clips).columns
    assert given.figures.shape == found.figures.shape == film.figures.shape == (N, SIDE, 4 * SIDE + 3, 3)
    shown, found_in, true = (frames_of(column.figures) for column in (given, found, film))
    for i, right in enumerate(found.right):
        same = [np.abs(found_in[i] - x).max() < 1e-4 for x in (true[i], true[i][::-1])]
        assert any(same) == right
        assert np.abs(shown[i] - true[i]).max() > 0.01


def frames_of(strips):
    """[n, h, 4 (w + 1) - 1, c] -> [n, 4, h, w, c], without the lines in between."""
    return np.stack([strips[:, :, k * (SIDE + 1) : k * (SIDE + 1) + SIDE] for k in range(4)], axis=1)


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(ValueError, match=r"of \[\(0, 2\), \(0, 2\), \(0, 2\)\] must be the fewest and the most"):
        make(gap=(0, 2))
    with pytest.raises(ValueError, match=r"views have 6 frames, and gaps of up to \[2, 2, 2\] need more"):
        make(frames=6)
