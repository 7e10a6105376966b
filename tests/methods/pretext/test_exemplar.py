"""The oracles of Exemplar-CNN."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.augment.energy import energies, seed_patch
from jssl.augment.views import denormalize
from jssl.methods.pretext.exemplar import exemplar
from jssl.parallel import make_layout
from jssl.run.step import create_state, make_step
from tests.methods.toys import N, batch, constant, flat, loss_of, recipe, start

STILL = recipe()._replace(views=tuple(view._replace(flip=0.0) for view in recipe().views))


def make(encoder=None, **options):
    return exemplar(encoder or flat(), STILL, **{"examples": 50, "patch": 6, **options})


@pytest.mark.slow
def test_equal_logits_cost_ln_n():
    params, extra, views = start(method := make(constant()))
    params["head"] = jax.tree.map(jnp.zeros_like, params["head"])
    np.testing.assert_allclose(loss_of(method, params, extra, views)[0], np.log(50), rtol=1e-6)


def test_energies_are_sums_over_patches(rng):
    image = rng.random((7, 8, 1)).astype(np.float32)
    squares = np.zeros((7, 8))
    squares[:-1] += np.diff(image[..., 0], axis=0) ** 2
    squares[:, :-1] += np.diff(image[..., 0], axis=1) ** 2
    expected = [[squares[y : y + 3, x : x + 3].sum() for x in range(6)] for y in range(5)]
    np.testing.assert_allclose(energies(jnp.asarray(image), 3), expected, rtol=1e-4)


@pytest.mark.slow
def test_patches_lie_where_there_is_something_to_see(rng):
    image = np.full((24, 24, 3), 128, np.uint8)
    image[16:22, 2:8] = rng.integers(0, 256, (6, 6, 3))
    drawn = jax.vmap(lambda key: seed_patch(key, jnp.asarray(image), 4))(jax.random.split(jax.random.key(0), 64))
    assert np.mean((np.asarray(drawn) != 128).any(axis=(1, 2, 3))) > 0.9  # a step to the texture's edge counts, too
    flat_one = seed_patch(jax.random.key(0), jnp.full((24, 24, 3), 9, jnp.uint8), 4)
    np.testing.assert_array_equal(flat_one, 9)


@pytest.mark.slow
def test_without_a_transformation_the_patch_is_what_was_cut_and_always_the_same():
    method = make()
    first, second = (method.views(jax.random.split(jax.random.key(seed), N), batch()) for seed in (1, 2))
    np.testing.assert_array_equal(first[0], second[0])
    looks = np.round(np.asarray(denormalize(STILL, first[0])) * 255)
    images = np.asarray(batch()["image"])
    for i in range(N):
        windows = np.lib.stride_tricks.sliding_window_view(images[i], (6, 6), axis=(0, 1)).transpose(0, 1, 3, 4, 2)
        assert (windows == looks[i]).all(axis=(2, 3, 4)).any()


@pytest.mark.slow
def test_few_seeds_are_learnt_by_heart():
    method, tx = exemplar(flat(32), recipe(), examples=N, patch=8), optax.adam(1e-2)
    fed = {"image": np.asarray(batch()["image"]), "index": np.arange(N, dtype=np.int32)}
    layout = make_layout(devices=jax.devices()[:1])
    state = create_state(method, tx, 0, fed, layout)
    step, fed, seen = layout.compile(make_step(method, tx), state), layout.feed(fed), []
    for _ in range(200):
        state, metrics = step(state, fed)
        seen.append(float(metrics["accuracy"]))
    assert np.mean(seen[-20:]) > 0.9


def test_no_patch_is_refused():
    with pytest.raises(ValueError, match="patch=0"):
        make(patch=0)


@pytest.mark.slow
def test_shows_patches_and_what_became_of_them():
    method = make()
    params, extra, _ = start(method)
    images = {"image": batch()["image"]}  # the report knows no index
    exhibit = method.show(params, extra, jax.random.split(jax.random.key(0), N), images)
    assert len(exhibit.columns) == 7 and all(column.figures.shape == (8, 6, 6, 3) for column in exhibit.columns)
    assert all(np.all(column.right) for column in exhibit.columns[1:])  # nothing was transformed
