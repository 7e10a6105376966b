"""Oracles of tracked patches."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.recipes import make_recipe
from jssl.methods.pretext.tracked_patches import tracked_patches
from jssl.nets.frames import each_frame
from jssl.nets.net import Net
from tests.methods.toys import constant, flat, loss_of, run

N, T, SIDE, PATCH = 12, 4, 16, 6
SMALL = make_recipe("plain", size=PATCH, crop=None, flip=0.0)


def make(encoder=None, frames=T, **options):
    known = {"steps": 100, "steps_per_epoch": 10, "patch": PATCH, "reach": 2, "negatives": 3, "hard_from": "5 steps"}
    return tracked_patches(each_frame(encoder or flat()), ClipRecipe(SMALL, frames), **{**known, **options})


def drifting(seed=0):
    """Noise that moves by one pixel to the right a frame, uint8 [n, t, side, side, 3]."""
    whole = np.random.default_rng(seed).integers(0, 256, (N, SIDE, SIDE + T, 3), np.uint8)
    return np.stack([whole[:, :, T - i : T - i + SIDE] for i in range(T)], axis=1)


def start(method, clips=None):
    batch = {"clip": jnp.asarray(drifting() if clips is None else clips)}
    params, extra = method.init(jax.random.key(0), batch)
    return params, extra, method.views(jax.random.split(jax.random.key(1), N), batch)


def pixels() -> Net:
    """All pixels, less their mean: patches of noise are nearly orthogonal."""

    def apply(params, stats, x, *, key=None, train=False):
        x = x.reshape(len(x), -1)
        return x - x.mean(1, keepdims=True) + 0 * params["none"], stats

    return Net(lambda key, example: ({"none": jnp.zeros(())}, {}), apply)


@pytest.mark.slow
def test_a_constant_network_pays_the_margin():
    for margin in (0.5, 0.2):
        params, extra, views = start(method := make(constant(), margin=margin))
        for step in (0, 5):
            np.testing.assert_allclose(loss_of(method, params, extra, views, step=step)[0], margin, rtol=1e-5)
        assert method.chance(N) == margin


@pytest.mark.slow
def test_pairs_are_a_patch_and_what_became_of_it():
    _, _, views = start(make())
    assert views.shape == (N, 2, PATCH, PATCH, 3)
    same = np.abs(np.asarray(views[:, 0] - views[:, 1])).max((1, 2, 3)) < 1e-5
    assert same.mean() > 0.6  # some leave the frame


@pytest.mark.slow
def test_who_tells_noise_apart_pays_nothing():
    params, extra, views = start(method := make(pixels(), margin=0.3))
    views = views.at[:, 1].set(views[:, 0])
    for step in (0, 5):
        value, (_, metrics) = loss_of(method, params, extra, views, step=step)
        assert value == 0 and metrics["found_again"] == 1.0


@pytest.mark.slow
def test_hard_negatives_are_the_nearest_of_other_clips():
    params, extra, views = start(method := make(margin=2.0, negatives=3))
    z = np.array(flat().apply(params["encoder"], {}, views.reshape(2 * N, PATCH, PATCH, 3))[0]).reshape(N, 2, -1)
    z /= np.linalg.norm(z, axis=-1, keepdims=True)
    cosines = z[:, 0] @ z[:, 1].T
    own = cosines.diagonal().copy()
    np.fill_diagonal(cosines, -np.inf)
    hardest = np.sort(cosines, axis=1)[:, -3:]

    def value(seed, step):
        return method.loss(params, extra, views, jax.random.key(seed), step)[0]

    def values(seeds, steps):
        return jax.lax.map(lambda each: value(*each), (seeds, steps))

    hard, *some = run(values, jnp.arange(9), jnp.where(jnp.arange(9) == 0, 5, 4)).tolist()
    np.testing.assert_allclose(hard, np.mean(hardest - own[:, None] + 2), rtol=1e-4)
    np.fill_diagonal(cosines, 0)
    every = np.sum(cosines, axis=1) / (N - 1)
    assert max(some) < hard and len(set(some)) == 8
    np.testing.assert_allclose(np.mean(some), np.mean(every - own + 2), atol=0.2)


@pytest.mark.slow
def test_training_pulls_pairs_together():
    params, extra, views = start(method := make())

    def value(params):
        return method.loss(params, extra, views, jax.random.key(2), jnp.int32(0))[0]

    step = jax.value_and_grad(value)
    before, slope = run(step, params)
    moved = jax.tree.map(lambda x, g: x - 0.3 * g, params, slope)
    assert run(step, moved)[0] < before


def test_what_cannot_work_is_refused():
    with pytest.raises(ValueError, match="frames=1: a patch is followed"):
        make(frames=1)
    with pytest.raises(ValueError, match="patch=20: clips have 16 pixels"):
        start(make(patch=20))
    method = make(negatives=N)
    with pytest.raises(ValueError, match=f"negatives={N} must be fewer than the batch's {N} clips"):
        loss_of(method, *start(method))
