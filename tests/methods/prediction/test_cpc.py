"""CPC's oracles."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.views import distort, prepare
from jssl.inputs.image import pictures
from jssl.losses.predictive import among
from jssl.methods.prediction.cpc import cpc
from jssl.nets.context import causal_context
from jssl.nets.net import Net
from jssl.nets.patches import each_patch
from tests.methods.fresh import fresh_accuracy
from tests.methods.toys import SIZE, N, batch, constant, flat, loss_of, recipe, start

GRID = 3


def make(encoder=None, patch=4, views=None, **options):
    usual = {"nearest": 1, "furthest": 2, "context": 16, "depth": 1}
    return cpc(each_patch(encoder or flat(), patch, patch), pictures(views or recipe()), **{**usual, **options})


@pytest.mark.slow
def test_equal_embeddings_cost_ln_of_how_many_there_are():
    method = make(constant())
    expected = (np.log(N * 2 * GRID) + np.log(N * GRID)) / 2
    np.testing.assert_allclose(loss_of(method, *start(method))[0], expected, rtol=1e-5)


@pytest.mark.slow
def test_a_context_sees_nothing_of_the_rows_below():
    net = causal_context(8, 3)
    params, stats = net.init(jax.random.key(0), jnp.zeros((1, 5, 4, 6)))
    x = jax.random.normal(jax.random.key(1), (1, 5, 4, 6))
    read = lambda x: net.apply(params, stats, x)[0]  # noqa: E731
    changed = read(x.at[:, 3].add(1.0)) != read(x)
    np.testing.assert_array_equal(np.asarray(changed).any(axis=(0, 2, 3)), [False, False, False, True, True])


@pytest.mark.slow
def test_no_gradient_comes_to_a_prediction_from_patches_that_were_not_read():
    """Of one picture of two rows: what is said of the second row depends on the first alone."""
    net = causal_context(8, 2)
    params, stats = net.init(jax.random.key(0), jnp.zeros((1, 2, 3, 6)))
    slope = jax.grad(lambda x: jnp.sum(net.apply(params, stats, x)[0][:, 0]))(jnp.ones((1, 2, 3, 6)))
    assert (slope[:, 0] != 0).any() and (slope[:, 1] == 0).all()


@pytest.mark.slow
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


@pytest.mark.slow
def test_patches_that_have_nothing_in_common_stay_at_chance_and_others_do_not():
    assert fresh_accuracy(make(flat(16)), noise, steps=40) < 0.03
    assert fresh_accuracy(make(flat(16)), colours, steps=60) > 0.06


@pytest.mark.slow
def test_four_directions_are_the_four_turns_of_the_map():
    one, four = make(), make(directions=4)
    params, extra, views = start(four)
    patches = jnp.asarray(each_patch(flat(), 4, 4).pieces(views))
    found = []
    for i in range(4):
        turned = jnp.rot90(patches, i, axes=(1, 2))
        own = {"encoder": params["encoder"], "turn0": params[f"turn{i}"]}
        found.append(loss_of(one, own, extra, turned)[0])
    np.testing.assert_allclose(loss_of(four, params, extra, views)[0], np.mean(found), rtol=1e-5)


@pytest.mark.slow
def test_patches_apart_are_each_distorted_by_a_key_of_its_own():
    views = recipe()._replace(views=tuple(view._replace(jitter=(0.8, 0.8, 0.0, 0.0)) for view in recipe().views))
    method = make(views=views, apart=True)
    _, _, pieces = start(method)
    assert pieces.shape == (N, GRID, GRID, 4, 4, 3)
    keys = jax.random.split(jax.random.key(1), N)
    plain = each_patch(flat(), 4, 4).pieces(prepare(views, batch()["image"])).reshape(N, -1, 4, 4, 3)
    own = jax.random.split(jax.random.fold_in(keys[5], 1), GRID**2)
    np.testing.assert_allclose(pieces[5, 2, 1], distort(views, views.views[0], own[7], plain[5, 7]), atol=1e-4)


def sequence() -> Net:
    """A linear map of three numbers at a time."""
    net = flat()

    def tokens(params, stats, x, **mode):
        return x.reshape(len(x), -1, 3) @ params["w"][:3], stats

    return Net(net.init, lambda *given, **mode: (tokens(*given)[0].mean(1), {}), tokens=tokens)


def waves():
    return pictures(recipe())._replace(
        prepare=lambda batch: batch["image"][:, 0].reshape(N, -1).astype(jnp.float32) / 255, recipe=None
    )


@pytest.mark.slow
def test_a_sequence_is_a_map_of_one_column():
    """By hand: a context of two moments, and the embedding two moments on among those of the whole batch."""
    method = cpc(sequence(), waves(), nearest=2, furthest=2, context=4, depth=1)
    params, extra = method.init(jax.random.key(0), batch())
    x = waves().prepare(batch())
    z = np.asarray(x.reshape(N, 12, 3) @ params["encoder"]["w"][:3])
    reader = causal_context(4, 1)
    seen = np.asarray(reader.apply(params["turn0"]["context"], {}, z[:, :, None])[0][:, :, 0])
    head = params["turn0"]["head"]["layers"]["layer0"]
    guess = (seen[:, :-2] @ head["kernel"] + np.asarray(head["bias"])[None, None]).reshape(-1, 6)
    logits = guess @ z[:, 2:].reshape(-1, 6).T
    expected = np.mean(np.log(np.exp(logits - logits.max(1, keepdims=True)).sum(1)) + logits.max(1) - np.diag(logits))
    np.testing.assert_allclose(loss_of(method, params, extra, x)[0], expected, rtol=1e-4)


@pytest.mark.slow
def test_features_are_the_mean_over_patches():
    params, extra, _ = start(method := make())
    patches = each_patch(flat(), 4, 4).pieces(prepare(recipe(), batch()["image"]))
    h, _ = flat().apply(params["encoder"], {}, patches.reshape(-1, 4, 4, 3))
    np.testing.assert_allclose(method.embed(params, extra, batch()), h.reshape(N, 9, -1).mean(1), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("options", [{"nearest": 3, "furthest": 3}, {"patch": 10}])
def test_grids_without_a_row_to_predict_are_refused(options):
    with pytest.raises(ValueError, match="must be a row to predict"):
        start(make(**options))


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: make(directions=2), "directions=2 of 1 or 4"),
        (lambda: make(nearest=3), "nearest=3 up to furthest=2"),
        (lambda: cpc(flat(), pictures(recipe())), "an encoder with tokens"),
        (lambda: cpc(sequence(), waves(), apart=True), "take per_patch"),
        (lambda: start(cpc(sequence(), waves(), directions=4)), "a sequence has one direction"),
    ],
)
def test_what_cannot_be_predicted_is_refused(make, told):
    with pytest.raises(ValueError, match=told):
        make()


@pytest.mark.slow
def test_shows_neighbours():
    params, extra, _ = start(method := make())
    exhibit = method.show(params, extra, jax.random.split(jax.random.key(0), N), batch())
    assert exhibit.columns[0].figures.shape == (8, SIZE, SIZE, 3)
