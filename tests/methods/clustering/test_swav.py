"""SwAV's oracles."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.augment.views import make_recipe, prepare
from jssl.errors import ConfigError
from jssl.inputs.image import pictures
from jssl.methods.clustering.swav import swav
from jssl.parallel import make_layout
from jssl.run.step import create_state, make_step
from tests.losses.test_sinkhorn import naive
from tests.methods.toys import SIZE, N, batch, flat, loss_of, recipe, run, start

K, DIM = 5, 4
CROPS = make_recipe(
    "multi_crop", size=SIZE, local_views=3, local_size=6, jitter=None, grey=0.0, blur=0.0, solarize=0.0
)  # fmt: skip


def make(recipe=CROPS, **options):
    """With a linear projector, whose output is what a linear encoder gives for a view, whatever the batch."""
    usual = {"steps": 10, "steps_per_epoch": 2, "projector": (DIM,), "prototypes": K, "freeze": 0.0}
    return swav(flat(), pictures(recipe), **{**usual, **options})


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def features(params, view):
    """Of one view, [n, DIM], by hand."""
    h, _ = flat().apply(params["encoder"], {}, view)
    layer = params["projector"]["layers"]["layer0"]
    return unit(np.asarray(h) @ np.asarray(layer["kernel"]) + np.asarray(layer["bias"]))


def scores_by_hand(params, z):
    return z @ np.asarray(params["prototypes"]).T


def loss_by_hand(params, views, earlier=None, teacher=None, temperature=0.1, epsilon=0.05):
    """Every other view predicts the codes of each of the first two.

    `earlier` [rows, 2, DIM] are assigned with them, by the prototypes of `teacher` if that is given.
    """
    z, costs = [features(params, view) for view in views], []
    for t in range(2):
        together = z[t] if earlier is None else np.concatenate([z[t], earlier[:, t]])
        codes = naive(scores_by_hand(teacher or params, together), epsilon, 3)[:N]
        for v in set(range(len(views))) - {t}:
            log_p = jax.nn.log_softmax(scores_by_hand(params, z[v]) / temperature, axis=-1)
            costs.append(-np.mean(np.sum(codes * np.asarray(log_p), axis=1)))
    return np.mean(costs)


@pytest.mark.slow
@pytest.mark.parametrize(
    "recipe",
    [pytest.param(CROPS, marks=pytest.mark.long), CROPS._replace(views=CROPS.views[:2])],
    ids=["multi-crop", "two views"],
)
def test_every_view_predicts_the_codes_of_the_other_large_views(recipe):
    params, extra, views = start(method := make(recipe))
    np.testing.assert_allclose(loss_of(method, params, extra, views)[0], loss_by_hand(params, views), rtol=1e-4)


@pytest.mark.slow
def test_equal_prototypes_cost_ln_k():
    params, extra, views = start(method := make())
    params["prototypes"] = jnp.broadcast_to(params["prototypes"][:1], (K, DIM))
    loss, (_, metrics) = loss_of(method, params, extra, views)
    np.testing.assert_allclose(loss, np.log(K), rtol=1e-5)
    np.testing.assert_allclose(metrics["information"], 0, atol=1e-5)


@pytest.mark.slow
def test_the_queue_holds_the_last_large_views_and_the_oldest_leave_first():
    params, extra, _ = start(method := make(queue=3 * N))
    assert method.sharded == {"queue"} and extra["queue"].shape == (3 * N, 2 * DIM)
    keys = jnp.stack([jax.random.split(jax.random.key(i), N) for i in range(4)])
    drawn = jax.jit(jax.vmap(method.views, (0, None)))(keys, batch())

    def step(extra, views):
        return method.loss(params, extra, views, jax.random.key(2), jnp.int32(0))[1][0], None

    extra, _ = run(lambda extra, drawn: jax.lax.scan(step, extra, drawn), extra, drawn)
    drawn = [jax.tree.map(lambda x, i=i: x[i], drawn) for i in range(4)]
    expected = [np.concatenate([features(params, view) for view in drawn[i][:2]], axis=1) for i in (3, 1, 2)]
    np.testing.assert_allclose(extra["queue"], np.concatenate(expected), atol=1e-5)
    assert int(extra["pointer"]) == N


@pytest.mark.slow
def test_the_queue_is_used_from_its_epoch_and_only_once_it_is_full():
    options = {"queue": 2 * N, "freeze": 0.0}
    params, extra, views = start(method := make(queue_from=3.0, **options))  # from step 6
    alone = loss_by_hand(params, views)
    with_queue = loss_by_hand(params, views, np.asarray(extra["queue"]).reshape(-1, 2, DIM))
    assert abs(alone - with_queue) > 1e-3

    def at(method, *steps):
        def loss(step):
            return method.loss(params, extra, views, jax.random.key(2), step)[0]

        return run(lambda steps: jax.lax.map(loss, steps), jnp.array(steps))

    np.testing.assert_allclose(at(method, 0, 5, 6, 60), [alone, alone, with_queue, with_queue], rtol=1e-4)
    at_once = at(make(queue_from=0.0, **options), 0, 1, 2)
    np.testing.assert_allclose(at_once, [alone, alone, with_queue], rtol=1e-4)


@pytest.mark.slow
def test_no_gradient_passes_through_the_queue_or_the_codes():
    params, extra, views = start(method := make(queue=N, queue_from=0.0))
    earlier = np.asarray(extra["queue"]).reshape(-1, 2, DIM)

    def loss(prototypes, rows):
        state = {**extra, "queue": rows}
        return method.loss({**params, "prototypes": prototypes}, state, views, jax.random.key(2), jnp.int32(9))[0]

    gradient, by_queue = run(jax.grad(loss, argnums=(0, 1)), params["prototypes"], extra["queue"])
    np.testing.assert_array_equal(by_queue, 0)
    direction = np.random.default_rng(0).normal(size=(K, DIM))

    def moved(by, teacher=None):
        other = {**params, "prototypes": np.asarray(params["prototypes"]) + by * direction}
        return loss_by_hand(other, views, earlier, teacher)

    still = (moved(1e-3, params) - moved(-1e-3, params)) / 2e-3
    np.testing.assert_allclose(np.sum(gradient * direction), still, rtol=1e-2)
    assert abs((moved(1e-3) - moved(-1e-3)) / 2e-3 - still) > 0.1


@pytest.mark.slow
def test_a_queue_that_the_batch_does_not_divide_is_refused():
    with pytest.raises(ConfigError, match="queue of 20 keys is no multiple of the global batch of 12; 12 or 24 would"):
        loss_of(method := make(queue=20), *start(method))


OPTIMIZERS = {
    "sgd": optax.chain(optax.add_decayed_weights(0.1), optax.sgd(0.1, momentum=0.9)),
    "adamw": optax.adamw(0.03, weight_decay=0.5),
    "lars": optax.lars(1.0, weight_decay=0.1, trust_coefficient=0.1),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_prototypes_have_unit_norm_and_stay_while_frozen(name):
    """Also under weight decay and momentum, and though the rest of the network moves."""
    method, tx = make(recipe(), freeze=1.5), OPTIMIZERS[name]  # 3 steps
    layout = make_layout(devices=jax.devices()[:1])
    shapes = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), batch())
    state = create_state(method, tx, 0, shapes, layout)
    step, images = layout.compile(make_step(method, tx), state), layout.feed(jax.tree.map(np.asarray, batch()))
    seen = [jax.tree.map(np.array, state.params)]
    for _ in range(5):
        state, _ = step(state, images)
        seen.append(jax.tree.map(np.array, state.params))
    prototypes = np.stack([params["prototypes"] for params in seen])
    np.testing.assert_allclose(np.linalg.norm(prototypes, axis=-1), 1, rtol=1e-5)
    np.testing.assert_allclose(prototypes[1:4], prototypes[:3], atol=1e-6)
    assert np.abs(np.diff(prototypes[3:], axis=0)).max(axis=(1, 2)).min() > 1e-4
    assert (seen[0]["encoder"]["w"] != seen[1]["encoder"]["w"]).all()


def softmax(scores, *, epsilon, **_):
    """Codes without balance."""
    return jax.lax.stop_gradient(jax.nn.softmax(scores / epsilon, axis=-1))


def train(steps=200):
    """Information after learning from pictures of one light colour each, whose features are alike at first."""
    method, tx = make(recipe()), optax.adam(1e-2)
    layout = make_layout(devices=jax.devices()[:1])
    colours = np.random.default_rng(0).integers(200, 256, (N, 1, 1, 3), np.uint8)
    pictures = {"image": np.tile(colours, (1, SIZE, SIZE, 1)), "index": np.arange(N, dtype=np.int32)}
    state = create_state(method, tx, 0, pictures, layout)
    step, fed = layout.compile(make_step(method, tx), state), layout.feed(pictures)
    for _ in range(steps):
        state, metrics = step(state, fed)
    return float(metrics["information"])


@pytest.mark.slow
def test_without_balance_all_pictures_take_one_prototype(monkeypatch):
    assert train() > np.log(K) / 2
    monkeypatch.setitem(swav.__globals__, "sinkhorn", softmax)
    assert train() < 0.05


def test_shows_the_pictures_nearest_to_the_prototypes_that_are_used_most():
    method = make()
    params, extra, _ = start(method)
    images = batch()["image"]
    exhibit = method.show(params, extra, jax.random.split(jax.random.key(0), N), {"image": images})
    scores = scores_by_hand(params, features(params, prepare(CROPS, images)))
    counts = np.bincount(scores.argmax(1), minlength=K)
    first = scores[:, counts == counts.max()]  # of which one is the first row
    assert len(exhibit.columns) == 8 and all(column.figures.shape == (K, SIZE, SIZE, 3) for column in exhibit.columns)
    nearest = {f"{x:.2f}" for x in first.max(axis=0)}
    assert exhibit.columns[0].captions[0] in nearest
    shown = exhibit.columns[0].figures[0]
    assert any(np.array_equal(shown, images[i]) for i in first.argmax(axis=0))
    cosines = np.array([[float(caption) for caption in column.captions] for column in exhibit.columns])
    assert (np.diff(cosines, axis=0) <= 0).all()
