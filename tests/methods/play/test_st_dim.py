"""Oracles of ST-DIM."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.views import make_recipe
from jssl.methods.parts.steps import Step
from jssl.methods.play.st_dim import st_dim
from jssl.nets.net import Net
from tests.methods.toys import loss_of

N, SIZE, PLACES, DIM = 6, 8, 4, 5
RECIPE = ClipRecipe(make_recipe("plain", size=SIZE, crop=None, flip=0.0), 1)


def quarters(blind: bool = False) -> Net:
    """A place for each quarter of the frame, and a linear map of all of them."""

    def init(key, example):
        first, second = jax.random.split(key)
        place, whole = jax.random.normal(first, (3, DIM)), jax.random.normal(second, (PLACES * DIM, 7))
        return {"place": place, "whole": whole}, {}

    def tokens(params, stats, x, *, key=None, train=False):
        n = len(x)
        cells = x.reshape(n, 2, SIZE // 2, 2, SIZE // 2, 3).mean((2, 4)).reshape(n, PLACES, 3)
        return (jnp.zeros_like(cells) if blind else cells) @ params["place"], stats

    def apply(params, stats, x, **mode):
        return tokens(params, stats, x)[0].reshape(len(x), -1) @ params["whole"], stats

    return Net(init, apply, tokens)


def started(method):
    clip = np.random.default_rng(0).integers(0, 256, (N, 3, SIZE, SIZE, 3), np.uint8)
    batch = {"clip": jnp.asarray(clip), "index": jnp.arange(N)}
    params, extra = method.init(jax.random.key(0), batch)
    return params, extra, method.views(jax.random.split(jax.random.key(1), N), batch), batch


@pytest.mark.slow
def test_equals_the_authors_loop():
    """Over places, the later frame's whole and place against that place of all earlier frames."""
    params, extra, views, _ = started(method := st_dim(quarters(), RECIPE))
    net = quarters()
    before, after = (np.asarray(net.tokens(params["encoder"], {}, x)[0]) for x in (views.before, views.after))
    whole = np.asarray(net.apply(params["encoder"], {}, views.after)[0])
    weights = jax.tree.map(np.asarray, {key: params[key]["layers"]["layer0"] for key in ("whole", "place")})
    expected = 0.0
    for key in ("whole", "place"):
        for p in range(PLACES):
            asked = whole if key == "whole" else after[:, p]
            logits = (asked @ weights[key]["kernel"] + weights[key]["bias"]) @ before[:, p].T
            odds = np.exp(logits - logits.max(1, keepdims=True))
            expected -= np.log(np.diag(odds) / odds.sum(1)).mean() / PLACES
    np.testing.assert_allclose(loss_of(method, params, extra, views)[0], expected, rtol=1e-5)


@pytest.mark.slow
def test_identical_places_cost_two_ln_n():
    params, extra, views, _ = started(method := st_dim(quarters(blind=True), RECIPE))
    np.testing.assert_allclose(loss_of(method, params, extra, views)[0], 2 * np.log(N), rtol=1e-6)


@pytest.mark.slow
def test_views_are_one_frame_and_the_next():
    _, _, views, batch = started(st_dim(quarters(), RECIPE))
    assert isinstance(views, Step) and not views.beside
    assert views.before.shape == views.after.shape == (N, 1, SIZE, SIZE, 3)
    frames = np.asarray(batch["clip"]) / 255
    std, mean = (np.array(x, np.float32) for x in (RECIPE.frame.std, RECIPE.frame.mean))
    for i in range(N):
        shown = [np.asarray(x[i, 0]) * std + mean for x in (views.before, views.after)]
        place = [int(np.abs(frames[i] - x[None]).mean((1, 2, 3)).argmin()) for x in shown]
        assert place[1] == place[0] + 1


def test_an_encoder_without_places_and_frames_left_out_are_refused():
    with pytest.raises(ValueError, match="take nature_cnn"):
        st_dim(quarters()._replace(tokens=None), RECIPE)
    with pytest.raises(ValueError, match=r"config\.augment\.stride=2 must be 1"):
        st_dim(quarters(), RECIPE._replace(stride=2))
    with pytest.raises(ValueError, match="clips of 1 frames hold no step between states of 1"):
        st_dim(quarters(), RECIPE).views(
            jax.random.split(jax.random.key(0), 1), {"clip": jnp.zeros((1, 1, SIZE, SIZE, 3), jnp.uint8)}
        )


def test_shows_what_came_before():
    params, extra, _, batch = started(method := st_dim(quarters(), RECIPE))
    exhibit = method.show(params, extra, jax.random.split(jax.random.key(1), N), batch)
    assert [column.name for column in exhibit.columns] == ["a frame", "the one before it", "what it finds"]
    assert len(exhibit.columns[2].right) == N
