"""LeJEPA's oracles."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.augment.views import make_recipe
from jssl.inputs.image import pictures
from jssl.losses.gaussian import directions
from jssl.methods.prediction.lejepa import lejepa
from tests.losses.test_gaussian import PEER, sigreg
from tests.methods.toys import SIZE, N, batch, flat, loss_of, recipe, start, strangers, train, two_views

CROPS = make_recipe("multi_crop", size=SIZE, local_views=3, local_size=6, jitter=None, grey=0.0, blur=0.0, solarize=0.0)
DIM = 4


def make(recipe=CROPS, **options):
    """With a linear projector, so that what it gives for a view does not depend on the batch."""
    return lejepa(flat(), pictures(recipe), **{"projector": (DIM,), "slices": 16, **options})


def projections(params, views):
    layer = params["projector"]["layers"]["layer0"]
    h = [flat().apply(params["encoder"], {}, view)[0] for view in views]
    return np.stack([np.asarray(x) @ np.asarray(layer["kernel"]) + np.asarray(layer["bias"]) for x in h])


def test_lightlys_loss_is_the_weighted_sum_of_both_terms():
    views = PEER["views"]
    prediction = np.mean((views - views[:2].mean(0, keepdims=True)) ** 2)
    expected = 0.05 * PEER["usual/sigreg"] + 0.95 * prediction
    np.testing.assert_allclose(PEER["usual/loss"], expected, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    "recipe", [pytest.param(CROPS, marks=pytest.mark.long), recipe()], ids=["multi-crop", "two views"]
)
def test_all_views_predict_the_mean_of_the_large_ones_and_are_tested_one_by_one(recipe):
    params, extra, views = start(method := make(recipe, weight=0.3))
    z = projections(params, views)
    along = directions(jax.random.split(jax.random.key(2))[1], 16, DIM)
    prediction, test = np.mean((z - z[:2].mean(0, keepdims=True)) ** 2), sigreg(jnp.asarray(z), along)
    value, (_, metrics) = loss_of(method, params, extra, views)
    np.testing.assert_allclose([metrics["prediction"], metrics["sigreg"]], [prediction, test], rtol=1e-4)
    np.testing.assert_allclose(value, 0.3 * test + 0.7 * prediction, rtol=1e-4)


@pytest.mark.slow
def test_directions_are_drawn_anew():
    params, extra, views = start(method := make())
    first, second = (loss_of(method, params, extra, views, seed=seed)[1][1]["sigreg"] for seed in (2, 3))
    assert abs(first - second) > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("weight", [0.5, 0.0])
def test_collapses_without_sigreg(weight):
    """On views with nothing in common."""
    method = lejepa(flat(), two_views(), projector=(DIM,), slices=16, weight=weight)._replace(views=strangers)
    metrics = train(method, optax.adam(1e-2), steps=150, batch_size=32)
    prediction = np.mean(metrics["prediction"][-10:])
    assert prediction > 0.1 if weight else prediction < 0.01


@pytest.mark.parametrize("options", [{"weight": 1.5}, {"slices": 0}, {"points": 1}])
def test_settings_that_mean_nothing_are_refused(options):
    with pytest.raises(ValueError, match="weight="):
        make(**options)


@pytest.mark.slow
def test_shows_each_example_with_its_neighbours():
    params, extra, _ = start(method := make())
    exhibit = method.show(params, extra, jax.random.split(jax.random.key(0), N), batch())
    assert [column.figures.shape for column in exhibit.columns] == [(8, SIZE, SIZE, 3)] * 8
    np.testing.assert_array_equal(exhibit.columns[0].figures, batch()["image"][:8])
    cosines = np.array([[float(caption) for caption in column.captions] for column in exhibit.columns[1:]])
    assert (np.diff(cosines, axis=0) <= 0).all()
