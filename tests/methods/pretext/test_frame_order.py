"""Frame order's oracles, and its controls: what each form of the question gives away, and what it does not."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.recipes import make_recipe
from jssl.methods.pretext.frame_order import FORMS, frame_order
from jssl.nets.frames import each_frame
from tests.methods.fresh import fresh_accuracy
from tests.methods.toys import constant, flat, loss_of

N, T, SIDE, DIM = 12, 10, 8, 6
SMALL = make_recipe("plain", size=SIDE, crop=None, flip=0.0)
every_form = pytest.mark.parametrize("form", FORMS)


def make(form="shuffled", encoder=None, inner=(1, 2), outer=(1, 2), frames=T, **options):
    recipe = ClipRecipe(SMALL, frames)
    return frame_order(each_frame(encoder or flat(DIM)), recipe, form=form, inner=inner, outer=outer, **options)


def noise(rng, n=N):
    return rng.integers(0, 256, (n, T, SIDE, SIDE, 3), np.uint8)


def start(method, clips=None):
    batch = {"clip": jnp.asarray(noise(np.random.default_rng(0)) if clips is None else clips)}
    params, extra = method.init(jax.random.key(0), batch)
    return params, extra, method.views(jax.random.split(jax.random.key(1), N), batch)


def head(params, parts):
    """A linear head that weighs the three frames' features by the same map, times `parts`."""
    layer = params["head"]["layers"]["layer0"]
    layer["kernel"] = jnp.concatenate([part * layer["kernel"][:DIM] for part in parts])
    return params


@pytest.mark.slow
@every_form
def test_a_constant_score_costs_what_theory_says(form):
    """Undecided it is ln 2, and the entropy of one in four for who knows only how many there are."""
    params, extra, views = start(method := make(form, constant(), right=0.25))
    params["head"] = jax.tree.map(jnp.zeros_like, params["head"])
    loss, (_, metrics) = loss_of(method, params, extra, views)
    np.testing.assert_allclose([loss, metrics["accuracy"]], [np.log(2), 0.5], rtol=1e-6)
    params["head"]["layers"]["layer0"]["bias"] = jnp.full((1,), -np.log(3.0))
    loss, _ = loss_of(method, params, extra, views)
    np.testing.assert_allclose(loss, 0.562335, rtol=1e-5)


@pytest.mark.slow
@every_form
def test_frames_come_in_order_and_change_alike(form):
    levels = 20 * np.arange(T).reshape(1, T, 1, 1, 1) + np.zeros((N, T, SIDE, SIDE, 3))
    _, _, views = start(make(form), levels.astype(np.uint8))
    assert views.shape == (N, 5 if form == "shuffled" else 3, SIDE, SIDE, 3)
    assert jnp.diff(views[:, :, 0, 0, 0], axis=1).min() > 0
    np.testing.assert_allclose(views, jnp.broadcast_to(views[:, :, :1, :1], views.shape), atol=1e-6)


@pytest.mark.slow
@every_form
def test_a_film_that_runs_backwards_is_asked_the_same(form):
    params, extra, views = start(method := make(form, head=(16,)))
    there, back = loss_of(method, params, extra, views), loss_of(method, params, extra, views[:, ::-1])
    np.testing.assert_allclose(there[0], back[0], rtol=1e-5)


def accuracy(form, parts):
    params, extra, views = start(method := make(form))
    params = head(params, parts)
    params["head"]["layers"]["layer0"]["kernel"] *= 10
    return float(loss_of(method, params, extra, views)[1][1]["accuracy"])


@pytest.mark.slow
def test_what_a_form_keeps_the_same_says_nothing():
    """A sum over frames does not see their order, and who sees the ends alone does not see the middle: exactly chance.

    Each form gives away what the other does not: the paper's the set of frames, and the permuted one the ends.
    """
    np.testing.assert_allclose(accuracy("permuted", (1, 1, 1)), 0.5, atol=1e-6)
    np.testing.assert_allclose(accuracy("shuffled", (1, 0, 1)), 0.5, atol=1e-6)
    np.testing.assert_allclose(accuracy("replaced", (1, 0, 1)), 0.5, atol=1e-6)
    assert accuracy("shuffled", (1, 1, 1)) != 0.5 and accuracy("permuted", (1, 0, 1)) != 0.5


def bars(rng, n=N):
    """A bar of light that comes in from the left and darkens what is above: every frame shows how far it is."""
    ramp = np.linspace(0, 250, T).reshape(1, T, 1, 1, 1) * rng.uniform(0.5, 1, (n, 1, 1, 1, 1))
    clips = np.zeros((n, T, SIDE, SIDE, 3))
    clips[:, :, :, : SIDE // 2] = ramp
    clips[:, :, : SIDE // 2, SIDE // 2 :] = 250 - ramp
    return clips.astype(np.uint8)


def unlike(rng):
    """Clips of one colour each, in which nothing moves."""
    return np.broadcast_to(rng.integers(0, 256, (48, 1, 1, 1, 3), np.uint8), (48, T, SIDE, SIDE, 3))


def told(form, clips, steps=60):
    return fresh_accuracy(make(form, flat(12), head=(32,)), clips, key="clip", steps=steps)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["shuffled", pytest.param("permuted", marks=pytest.mark.long)])
def test_still_clips_and_noise_stay_at_chance_and_motion_does_not(form):
    np.testing.assert_allclose(told(form, unlike), 0.5, atol=1e-6)
    np.testing.assert_allclose(told(form, lambda rng: noise(rng, 64), 40), 0.5, atol=0.04)
    assert told(form, lambda rng: bars(rng, 48), 100) > 0.8


@pytest.mark.slow
def test_another_clips_frame_is_told_by_what_it_looks_like_without_any_motion():
    assert told("replaced", unlike, 100) > 0.8
    alike = lambda rng: np.broadcast_to(unlike(rng)[:1], (48, T, SIDE, SIDE, 3))  # noqa: E731
    np.testing.assert_allclose(told("replaced", alike, 20), 0.5, atol=1e-6)


@pytest.mark.slow
@every_form
def test_shows_each_triple_and_marks_what_is_said_of_it(form):
    method = make(form)
    params, extra, _ = start(method)
    clips = {"clip": jnp.asarray(noise(np.random.default_rng(0)))}
    exhibit = method.show(params, extra, jax.random.split(jax.random.key(0), N), clips)
    first, *others = exhibit.columns
    assert first.name == "in order" and len(exhibit.columns) == len(FORMS[form].triples)
    for column in exhibit.columns:
        assert column.figures.shape == (8, SIDE, 3 * SIDE + 2, 3)
        assert column.figures.min() > -1e-5 and column.figures.max() < 1 + 1e-5
        said = np.array(column.captions) == "in order"
        np.testing.assert_array_equal(column.right, said if column is first else ~said)
    for other in others:
        assert np.abs(other.figures - first.figures).max() > 0.1


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(ValueError, match="form='sorted' is none of shuffled, permuted, replaced"):
        make("sorted")
    with pytest.raises(ValueError, match=r"of \[\(1, 2\), \(0, 2\), \(0, 2\), \(1, 2\)\] must be the fewest"):
        make(inner=(0, 2))
    with pytest.raises(ValueError, match=r"views have 8 frames, and gaps of up to \[2, 2, 2, 2\] need more"):
        make(frames=8)
    make("permuted", frames=5)
