"""CPC's oracles."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.patches import windows
from jssl.losses.predictive import among
from jssl.methods.prediction.cpc import cpc
from jssl.nets.context import causal_context
from tests.methods.fresh import fresh_accuracy
from tests.methods.toys import SIZE, N, batch, constant, flat, loss_of, recipe, run, start

GRID = 3


def make(encoder=None, **options):
    usual = {"patch": 4, "stride": 4, "nearest": 1, "furthest": 2, "context": 16, "depth": 1}
    return cpc(encoder or flat(), recipe(), **{**usual, **options})


def test_equal_embeddings_cost_ln_of_how_many_there_are():
    method = make(constant())
    expected = (np.log(N * 2 * GRID) + np.log(N * GRID)) / 2
    np.testing.assert_allclose(loss_of(method, *start(method))[0], expected, rtol=1e-5)


def test_patches_are_where_the_grid_says():
    images = np.arange(2 * 10 * 10).reshape(2, 10, 10, 1)
    cut = windows(jnp.asarray(images), 4, 3)
    assert cut.shape == (2, 3, 3, 4, 4, 1)
    np.testing.assert_array_equal(cut[1, 2, 0], images[1, 6:10, 0:4])


def test_a_context_sees_nothing_of_the_rows_below():
    net = causal_context(8, 3)
    params, stats = net.init(jax.random.key(0), jnp.zeros((1, 5, 4, 6)))
    x = jax.random.normal(jax.random.key(1), (1, 5, 4, 6))
    read = lambda x: net.apply(params, stats, x)[0]  # noqa: E731
    changed = read(x.at[:, 3].add(1.0)) != read(x)
    np.testing.assert_array_equal(np.asarray(changed).any(axis=(0, 2, 3)), [False, False, False, True, True])


def test_no_gradient_comes_to_a_prediction_from_patches_that_were_not_read():
    """Of one picture of two rows: what is said of the second row depends on the first alone."""
    net = causal_context(8, 2)
    params, stats = net.init(jax.random.key(0), jnp.zeros((1, 2, 3, 6)))
    slope = jax.grad(lambda x: jnp.sum(net.apply(params, stats, x)[0][:, 0]))(jnp.ones((1, 2, 3, 6)))
    assert (slope[:, 0] != 0).any() and (slope[:, 1] == 0).all()


@pytest.mark.parametrize(("rho", "information"), [(0.9, 0.830), (0.99, 1.959)])
def test_bounds_the_information_of_correlated_normals_from_below(rho, information, rng):
    """By the best critic, the log-density ratio: I >= ln N - L, and nearly so where N is large. L >= 0."""
    np.testing.assert_allclose(-np.log(1 - rho**2) / 2, information, atol=1e-3)
    n, found = 256, []
    for _ in range(20):
        x = rng.normal(size=n)
        y = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=n)
        # ln p(y|x) / p(y), as an inner product
        c = 1 / (1 - rho**2)
        queries = np.stack([rho * c * x, np.ones(n)], axis=1)
        keys = np.stack([y, -(rho**2) * c * y**2 / 2], axis=1)
        loss, _ = among(jnp.float32(queries), jnp.float32(keys), jnp.arange(n))
        assert loss >= 0
        found.append(np.log(n) - float(loss))
    assert information - 0.25 < np.mean(found) < information + 0.05


def noise(rng):
    return rng.integers(0, 256, (24, SIZE, SIZE, 3), np.uint8)


def colours(rng):
    """Every picture of one colour: what is above tells what is below."""
    return np.tile(rng.integers(0, 256, (24, 1, 1, 3)), (1, SIZE, SIZE, 1)).astype(np.uint8)


def test_patches_that_have_nothing_in_common_stay_at_chance_and_others_do_not():
    assert fresh_accuracy(make(flat(16)), noise, steps=40) < 0.03
    assert fresh_accuracy(make(flat(16)), colours, steps=60) > 0.06


def test_four_directions_are_the_four_turns_of_the_map():
    one, four = make(), make(directions=4)
    params, extra, (patches, whole) = start(four)
    found = []
    for i in range(4):
        turned = jnp.rot90(patches, i, axes=(1, 2))
        own = {"encoder": params["encoder"], "turn0": params[f"turn{i}"]}
        found.append(loss_of(one, own, extra, (turned, whole))[0])
    np.testing.assert_allclose(loss_of(four, params, extra, (patches, whole))[0], np.mean(found), rtol=1e-5)


def test_whole_pictures_give_no_gradient():
    params, extra, (patches, whole) = start(method := make())
    by = lambda whole: method.loss(params, extra, (patches, whole), jax.random.key(0), jnp.int32(0))[0]  # noqa: E731
    np.testing.assert_array_equal(run(jax.grad(by), whole), 0)


@pytest.mark.parametrize("options", [{"nearest": 3}, {"nearest": 0}, {"directions": 2}, {"patch": 10}])
def test_grids_without_a_row_to_predict_are_refused(options):
    with pytest.raises(ValueError, match="must be a row to predict"):
        make(**options)


def test_shows_neighbours():
    params, extra, _ = start(method := make())
    exhibit = method.show(params, extra, jax.random.split(jax.random.key(0), N), batch())
    assert exhibit.columns[0].figures.shape == (8, SIZE, SIZE, 3)
