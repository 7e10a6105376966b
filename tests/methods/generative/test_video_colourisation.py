"""Oracles of tracking by colourisation."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.lab import lab_to_rgb, rgb_to_lab
from jssl.augment.recipes import make_recipe
from jssl.losses.contrastive import l2_normalize
from jssl.methods.generative.video_colourisation import video_colourisation
from jssl.nets.convnet import convnet
from jssl.nets.frames import each_frame
from jssl.nets.net import Net
from tests.methods.toys import loss_of, run

N, T, SIDE, PATCH = 6, 3, 16, 4
GRID = SIDE // PATCH
COLOURS = partial(make_recipe, "plain", size=SIDE, crop=None, flip=0.0)
OPEN = {"mean": (0.0,) * 3, "std": (1.0,) * 3}


def patches() -> Net:
    """Each place is the pattern of light of its own pixels, as a unit vector, and sees nothing else."""

    def tokens(params, stats, x, *, key=None, train=False):
        n, h, w, c = x.shape
        grid = x.reshape(n, h // PATCH, PATCH, w // PATCH, PATCH, c).transpose(0, 1, 3, 2, 4, 5)
        grid = grid.reshape(n, -1, PATCH * PATCH * c)
        return params["scale"] * l2_normalize(grid - grid.mean(-1, keepdims=True)), stats

    def apply(params, stats, x, **mode):
        return tokens(params, stats, x)[0].mean(1), stats

    return Net(lambda key, example: ({"scale": jnp.float32(20.0)}, {}), apply, tokens)


def make(net=None, frames=T, recipe=None, **options):
    known = {"steps": 100, "steps_per_epoch": 10, "colours": 4, "settle": "3 steps"}
    recipe = ClipRecipe(recipe or COLOURS(**OPEN), frames)
    return video_colourisation(each_frame(net or patches(), grey=True), recipe, **{**known, **options})


def noise(seed=0, frames=T):
    return np.random.default_rng(seed).integers(0, 256, (N, frames, SIDE, SIDE, 3), np.uint8)


def start(method, clips):
    batch = {"clip": jnp.asarray(clips)}
    params, extra = method.init(jax.random.key(0), batch)
    return params, extra, method.views(jax.random.split(jax.random.key(1), N), batch)


def cells(seed=2, colours=((200, 40, 40), (40, 60, 210), (60, 160, 60), (230, 230, 230))):
    """Pictures of cells of one colour each, with a texture of its own that only lightness has: [n, side, side, 3]."""
    rng = np.random.default_rng(seed)
    chosen = np.array(colours)[rng.integers(0, len(colours), (N, GRID, GRID))]
    light = rng.uniform(0.4, 1.0, (N, SIDE, SIDE, 1))
    return np.round(chosen.repeat(PATCH, axis=1).repeat(PATCH, axis=2) * light).astype(np.uint8)


def shuffled(pictures, order):
    """The same pictures with their cells in another order."""
    grid = pictures.reshape(N, GRID, PATCH, GRID, PATCH, 3).transpose(0, 1, 3, 2, 4, 5).reshape(N, GRID**2, -1)
    grid = grid[:, order].reshape(N, GRID, GRID, PATCH, PATCH, 3).transpose(0, 1, 3, 2, 4, 5)
    return grid.reshape(N, SIDE, SIDE, 3)


@pytest.mark.slow
def test_frames_that_are_the_same_are_coloured_without_error():
    params, extra, views = start(method := make(), np.repeat(cells()[:, None], T, axis=1))
    value, (_, metrics) = loss_of(method, params, extra, views)
    assert value < 0.01 and metrics["accuracy"] == metrics["same_place"] == 1.0


@pytest.mark.slow
def test_places_that_are_permuted_are_found_again():
    order = np.random.default_rng(1).permutation(GRID**2)
    params, extra, views = start(method := make(), np.stack([cells(), cells(), shuffled(cells(), order)], axis=1))
    value, (_, metrics) = loss_of(method, params, extra, views)
    assert value < 0.01 and metrics["accuracy"] == 1.0 and metrics["same_place"] < 0.7


@pytest.mark.slow
def test_colour_never_reaches_the_encoder():
    """Clips of the same lightness have the same features, and a change of colour alone has no gradient."""
    lab = rgb_to_lab(jnp.asarray(np.random.default_rng(0).uniform(0.35, 0.65, (N, T, SIDE, SIDE, 3)), jnp.float32))
    turned = lab * jnp.array([1.0, -0.3, 0.2]).reshape(1, 1, 1, 1, 3)
    net = each_frame(convnet(width=4, depth=2), grey=True)
    params, stats = net.init(jax.random.key(0), lab_to_rgb(lab))
    one, other = (net.tokens(params, stats, lab_to_rgb(x))[0] for x in (lab, turned))
    assert jnp.abs(one - other).max() < 1e-3 < jnp.ptp(one)

    def by_colour(ab):
        return net.tokens(params, stats, lab_to_rgb(jnp.concatenate([lab[..., :1], ab], axis=-1)))[0].sum()

    def by_light(lightness):
        return net.tokens(params, stats, lab_to_rgb(jnp.concatenate([lightness, lab[..., 1:]], axis=-1)))[0].sum()

    colour, light = jax.grad(by_colour)(lab[..., 1:]), jax.grad(by_light)(lab[..., :1])
    assert jnp.abs(colour).max() < 1e-3 * jnp.abs(light).max()


@pytest.mark.slow
def test_clusters_are_those_of_the_data_and_then_stay():
    params, extra, views = start(method := make(), np.repeat(cells()[:, None], T, axis=1))
    for step in range(12):
        _, (extra, _) = loss_of(method, params, extra, views, step=min(step, 2))
    ab = rgb_to_lab(views).reshape(N, T, GRID, PATCH, GRID, PATCH, 3)[..., 1:].mean((3, 5)).reshape(-1, 2)
    distance = np.linalg.norm(np.asarray(ab)[:, None] - np.asarray(extra["clusters"])[None], axis=-1)
    nearest = distance.argmin(1)
    means = np.stack([np.asarray(ab)[nearest == i].mean(0) for i in range(4)])
    np.testing.assert_allclose(extra["clusters"], means, atol=0.05)
    assert distance.min(1).mean() < np.linalg.norm(ab - ab.mean(0, keepdims=True), axis=-1).mean() / 3
    _, (after, _) = loss_of(method, params, extra, jnp.roll(views, 1, axis=-1), step=3)
    np.testing.assert_array_equal(after["clusters"], extra["clusters"])


@pytest.mark.slow
def test_what_is_shown_is_coloured_by_the_frames_before():
    clips = np.repeat(cells()[:, None], T, axis=1)
    params, extra, _ = start(method := make(), clips)
    columns = method.show(params, extra, jax.random.split(jax.random.key(0), N), {"clip": jnp.asarray(clips)}).columns
    _, grey, coloured, truth = (column.figures for column in columns)
    assert np.abs(rgb_to_lab(grey)[..., 1:]).max() < 0.1
    off = [
        np.linalg.norm(rgb_to_lab(x)[..., 1:] - rgb_to_lab(truth)[..., 1:], axis=-1).mean() for x in (grey, coloured)
    ]
    assert off[1] < 0.7 * off[0]


@pytest.mark.slow
def test_gradients_reach_the_encoder():
    params, extra, views = start(method := make(temperature=50.0), noise())

    def value(params):
        return method.loss(params, extra, views, jax.random.key(2), jnp.int32(0))[0]

    assert jnp.abs(run(jax.grad(value), params)["encoder"]["scale"]) > 1e-4


def test_what_cannot_work_is_refused():
    recipe = ClipRecipe(COLOURS(**OPEN), T)
    with pytest.raises(ValueError, match="encoder of grey frames"):
        video_colourisation(each_frame(patches()), recipe, steps=10, steps_per_epoch=1)
    with pytest.raises(ValueError, match="colours from 0 to 1"):
        make(recipe=COLOURS())
    with pytest.raises(ValueError, match="frames=1: the last frame"):
        make(frames=1)
    with pytest.raises(ValueError, match="a map of 25 places does not divide frames of 18 pixels"):
        make(convnet(width=4, depth=2), recipe=make_recipe("plain", size=18, crop=None, **OPEN))
