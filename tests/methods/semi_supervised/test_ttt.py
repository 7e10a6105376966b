"""Test-time training: what its two tasks share, and what a test picture moves."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.methods.semi_supervised.supervised import supervised
from jssl.methods.semi_supervised.ttt import ttt
from jssl.nets.convnet import convnet
from tests.methods import toys

BATCH = {**toys.batch(), "label": jnp.arange(toys.N, dtype=jnp.int32) % 3}
KEYS = jax.random.split(jax.random.key(1), toys.N)
HOW = {"learning_rate": 0.1, "copies": 16}


def net(norm="group:2"):
    return convnet(width=4, depth=2, features=8, batch_norm=norm)


def start(norm="group:2", **options):
    method = ttt(net(norm), toys.recipe(), classes=3, **options)
    params, extra = method.init(jax.random.key(0), BATCH)
    return method, params, extra, method.views(KEYS, BATCH)


def adapted(method, params, extra, steps, seed=4):
    one = {name: x[:1] for name, x in BATCH.items()}
    run = jax.jit(lambda params, extra, key: method.adapt(params, extra, key, one, steps=steps, **HOW)[1])
    return run(params, extra, jax.random.key(seed))["average"]


def leaves(tree):
    return {jax.tree_util.keystr(path): leaf for path, leaf in jax.tree_util.tree_leaves_with_path(tree)}


@pytest.mark.slow
def test_without_turns_it_is_supervised_learning():
    method, params, extra, views = start(weight=0.0)
    plain = supervised(net(), toys.two_views(), classes=3)
    np.testing.assert_allclose(
        toys.loss_of(method, params, extra, views)[0], toys.loss_of(plain, params, extra, views[:2])[0], rtol=1e-6
    )


@pytest.mark.slow
def test_turned_pictures_and_their_answers():
    _, _, _, (x, labels, every, turns) = start()
    np.testing.assert_array_equal(labels, BATCH["label"])
    for i, row in enumerate(np.asarray(turns)):
        assert row.tolist() == [0, 1, 2, 3]
        for turn in row:
            np.testing.assert_array_equal(every[i, turn], np.rot90(x[i], turn))
    _, _, _, (x, _, some, turns) = start(all_turns=False)
    assert some.shape[:2] == turns.shape == (len(x), 1) and len(set(turns[:, 0].tolist())) > 1
    for i, turn in enumerate(np.asarray(turns)[:, 0]):
        np.testing.assert_array_equal(some[i, 0], np.rot90(x[i], turn))


@pytest.mark.slow
def test_a_blind_branch_is_at_chance():
    method, params, extra, views = start()
    params["turns"]["head"] = jax.tree.map(jnp.zeros_like, params["turns"]["head"])
    _, (_, metrics) = toys.loss_of(method, params, extra, views)
    np.testing.assert_allclose(metrics["rotation_loss"], np.log(4), rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("shared", [0, 1, 3])
def test_the_first_layers_are_shared_and_the_others_each_task_s_own(shared):
    method, params, extra, views = start(shared=shared)
    branch = leaves(params["turns"]["branch"])
    layers = ("layer0", "layer1", "last")
    assert {name for name in layers if any(name in path for path in branch)} == set(layers[shared:])
    copied = leaves(params["encoder"])
    for path, leaf in branch.items():  # they begin alike, as the authors' do
        np.testing.assert_array_equal(leaf, copied[path])
    turns = (views[0], views[1], 1 - views[2], views[3])

    def grads(views):
        return toys.run(jax.grad(lambda p: method.loss(p, extra, views, jax.random.key(2), 0)[0]), params)

    one, other = leaves(grads(views)["encoder"]), leaves(grads(turns)["encoder"])
    moved = {path for path in one if np.abs(one[path] - other[path]).max() > 1e-6}
    assert moved == {path for path in one if any(name in path for name in layers[:shared])}


@pytest.mark.slow
def test_no_step_is_the_classifier_as_it_is_bit_for_bit():
    method, params, extra, _ = start(shared=2)
    for path, leaf in leaves(adapted(method, params, extra, 0)).items():
        np.testing.assert_array_equal(leaf, leaves(extra["average"])[path], strict=True)


@pytest.mark.slow
def test_a_test_picture_moves_the_shared_layers_alone():
    method, params, extra, _ = start(shared=2)
    before, after = leaves(extra["average"]), leaves(adapted(method, params, extra, 3))
    moved = {path for path in before if np.abs(before[path] - after[path]).max() > 0}
    assert moved and all("encoder" in path and ("layer0" in path or "layer1" in path) for path in moved)
    assert not any("head" in path or "last" in path for path in moved)


@pytest.mark.slow
def test_steps_lower_the_loss_of_the_picture_s_turns():
    method, params, extra, _ = start(shared=2)
    picture = {name: jnp.repeat(x[:1], toys.N, 0) for name, x in BATCH.items()}
    views = method.views(KEYS, picture)

    def told(weights):
        return float(toys.loss_of(method, weights, extra, views)[1][1]["rotation_loss"])

    assert told(adapted(method, params, extra, 20)) < told(extra["average"]) - 0.02


@pytest.mark.slow
def test_the_step_is_plain_gradient_descent():
    method, params, extra, _ = start(shared=2)
    first, second = (leaves(adapted(method, params, extra, steps)) for steps in (0, 1))
    HOW["learning_rate"] *= 2
    twice = leaves(adapted(method, params, extra, 1))
    HOW["learning_rate"] /= 2
    for path, leaf in first.items():
        np.testing.assert_allclose(twice[path] - leaf, 2 * (second[path] - leaf), rtol=1e-3, atol=1e-6)


@pytest.mark.slow
def test_batch_norm_s_statistics_of_each_branch_are_its_own():
    method, params, extra, views = start("sync", shared=1)
    _, (moved, _) = toys.loss_of(method, params, extra, views)
    layers, own = moved["stats"]["encoder"]["norms"], moved["stats"]["turns"]["norms"]
    assert set(own) == {"layer1", "last"} and set(layers) == {"layer0", "layer1", "last"}
    assert np.abs(layers["layer1"]["mean"] - own["layer1"]["mean"]).max() > 1e-6


def test_more_shared_layers_than_there_are_is_refused():
    with pytest.raises(ValueError, match="shared=4, but the encoder has 3 layers"):
        start(shared=4)


@pytest.mark.slow
def test_what_it_shows():
    method, params, extra, _ = start()
    shown = method.show(params, extra, KEYS, BATCH)
    assert [column.name for column in shown.columns] == ["0°", "90°", "180°", "270°"]
    assert len(shown.columns[0].figures) == len(shown.columns[0].right) == 8
