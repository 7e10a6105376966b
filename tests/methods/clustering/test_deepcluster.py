"""The oracles of DeepCluster and DeepCluster-v2."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.methods.clustering.deepcluster import deepcluster
from jssl.methods.clustering.deepcluster_v2 import deepcluster_v2
from jssl.parallel import make_layout
from jssl.run.step import create_state, make_step
from tests.methods.toys import SIZE, N, batch, flat, loss_of, run, start, two_views

RUN = {"examples": 3 * N, "steps": 12, "steps_per_epoch": 3}
DIM, KS = 4, (5, 3)


def v2(**options):
    """With a linear projector, so that what it gives for a view does not depend on the batch."""
    usual = {**RUN, "projector": (DIM,), "prototypes": KS}
    return deepcluster_v2(flat(), two_views(), **{**usual, **options})


def v1(**options):
    return deepcluster(flat(), two_views(), **{**RUN, "clusters": 5, "components": 4, **options})


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def embeddings(params, views):
    layer = params["projector"]["layers"]["layer0"]
    h = [np.asarray(flat().apply(params["encoder"], {}, view)[0]) for view in views]
    return unit(np.stack([x @ np.asarray(layer["kernel"]) + np.asarray(layer["bias"])[None] for x in h], axis=1))


def clustered(extra, rng):
    """As after a clustering."""
    centroids = {f"head{i}": jnp.asarray(unit(rng.normal(size=(k, DIM))), jnp.float32) for i, k in enumerate(KS)}
    assigned = jnp.stack([jnp.asarray(rng.integers(0, k, len(extra["assigned"]))) for k in KS], axis=1)
    return {**extra, "centroids": centroids, "assigned": assigned.astype(jnp.int32)}


@pytest.mark.slow
def test_v2_every_view_predicts_its_examples_cluster_of_each_clustering(rng):
    params, extra, views = start(method := v2())
    extra = clustered(extra, rng)
    z, index = embeddings(params, views[0]), np.asarray(views[1])
    expected = []
    for i, head in enumerate(("head0", "head1")):
        log_p = jax.nn.log_softmax(z @ np.asarray(extra["centroids"][head]).T / 0.1, axis=-1)
        expected += [-log_p[n, v, extra["assigned"][index[n], i]] for n in range(N) for v in range(2)]
    np.testing.assert_allclose(loss_of(method, params, extra, views, step=3)[0], np.mean(expected), rtol=1e-4)


@pytest.mark.slow
def test_v2_keeps_the_large_views_of_the_batch_and_no_other_row():
    params, extra, views = start(method := v2())
    _, (after, _) = loss_of(method, params, extra, views)
    index, z = np.asarray(views[1]), embeddings(params, views[0]).reshape(N, -1)
    np.testing.assert_allclose(after["bank"][index], unit(z), atol=1e-5)
    others = np.setdiff1d(np.arange(len(extra["bank"])), index)
    np.testing.assert_array_equal(after["bank"][others], extra["bank"][others])


@pytest.mark.slow
@pytest.mark.parametrize("make", [v1, v2])
def test_learns_nothing_until_there_are_clusters(make):
    params, extra, views = start(method := make())
    gradient = run(jax.grad(lambda p: method.loss(p, extra, views, jax.random.key(2), jnp.int32(2))[0]), params)
    for leaf in jax.tree.leaves(gradient):
        np.testing.assert_array_equal(leaf, 0)
    chance = np.log(5) if make is v1 else (np.log(5) + np.log(3)) / 2
    np.testing.assert_allclose(loss_of(method, params, extra, views, step=2)[0], chance, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("make", [v1, v2])
def test_clusters_are_found_at_the_ends_of_epochs_alone(make):
    params, extra, _ = start(method := make())
    for step, due in ((0, False), (2, True), (3, False), (5, True)):
        _, after = run(method.after, params, extra, jnp.int32(step))
        assert ((after["assigned"] != extra["assigned"]).any()) == due, step


@pytest.mark.slow
def test_v2_assigns_to_the_nearest_centroid():
    params, extra, _ = start(method := v2())
    _, after = run(method.after, params, extra, jnp.int32(2))
    for i, head in enumerate(("head0", "head1")):
        rows = unit(np.asarray(extra["bank"])[: RUN["examples"], i * DIM : (i + 1) * DIM])
        nearest = (rows @ np.asarray(after["centroids"][head]).T).argmax(1)
        np.testing.assert_array_equal(after["assigned"][: RUN["examples"], i], nearest)


@pytest.mark.slow
def test_v1_weighs_every_cluster_the_same(rng):
    params, extra, views = start(method := v1())
    index = np.asarray(views[1])
    assigned = np.zeros(len(extra["assigned"]), np.int32)
    assigned[index[:2]], sizes = 1, np.array([RUN["examples"] - 2, 2, 0, 0, 0])
    extra = {**extra, "assigned": jnp.asarray(assigned)[:, None], "sizes": jnp.asarray(sizes, jnp.int32)}
    h = flat().apply(params["encoder"], {}, views[0])[0]
    layer = params["head"]["layers"]["layer0"]
    costs = optax.softmax_cross_entropy_with_integer_labels(h @ layer["kernel"] + layer["bias"][None], assigned[index])
    expected = np.average(costs, weights=1 / sizes[assigned[index]])
    value, _ = loss_of(method, params, extra, views, step=3)
    np.testing.assert_allclose(value, expected, rtol=1e-4)
    assert abs(value - np.mean(costs)) > 1e-3


@pytest.mark.slow
def test_v1_begins_with_a_new_classifier_and_keeps_the_encoder():
    params, extra, _ = start(method := v1())
    moved, after = run(method.after, params, extra, jnp.int32(2))
    kernel = lambda params: np.asarray(params["head"]["layers"]["layer0"]["kernel"])  # noqa: E731
    assert (kernel(moved) != kernel(params)).any()
    np.testing.assert_array_equal(moved["encoder"]["w"], params["encoder"]["w"])
    again, _ = run(method.after, params, extra, jnp.int32(5))
    assert (kernel(moved) != kernel(again)).any() and int(after["sizes"].sum()) == RUN["examples"]


@pytest.mark.slow
def test_clusterings_come_to_agree():
    """On pictures of two kinds."""
    method, tx = v2(prototypes=(2,), examples=N), optax.adam(1e-2)
    rng = np.random.default_rng(0)
    colours = np.array([[230, 40, 40], [40, 40, 230]])[np.arange(N) % 2] + rng.integers(-20, 20, (N, 3))
    shown = np.uint8(np.tile(colours[:, None, None], (1, SIZE, SIZE, 1)))
    pictures = {"image": shown, "index": np.arange(N, dtype=np.int32)}
    layout = make_layout(devices=jax.devices()[:1])
    state = create_state(method, tx, 0, pictures, layout)
    step, fed, seen = layout.compile(make_step(method, tx), state), layout.feed(pictures), []
    for _ in range(31):
        state, metrics = step(state, fed)
        seen.append((float(metrics["stability"]), float(metrics["loss"])))
    assert np.mean([stability for stability, _ in seen[-9:]]) > 0.7 > seen[3][0]
    assert seen[-1][1] < seen[3][1]


@pytest.mark.parametrize(("make", "options"), [(v1, {"clusters": 99}), (v2, {"prototypes": (5, 99)})])
def test_more_clusters_than_examples_are_refused(make, options):
    with pytest.raises(ValueError, match="of 36 examples: there cannot be more"):
        make(**options)


@pytest.mark.slow
@pytest.mark.parametrize("make", [v1, v2])
def test_shows_what_is_nearest_to_the_clusters(make):
    method = make()
    params, extra, _ = start(method)
    _, extra = run(method.after, params, extra, jnp.int32(2))
    exhibit = method.show(params, extra, jax.random.split(jax.random.key(0), N), batch())
    assert len(exhibit.columns) == 8 and exhibit.columns[0].figures.shape == (5, SIZE, SIZE, 3)
