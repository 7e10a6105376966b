"""Distillation: what a student learns of its teacher, and that the teacher never moves."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.losses.semi_supervised import soft_targets
from jssl.methods.semi_supervised.distillation import distillation
from jssl.methods.semi_supervised.supervised import supervised
from tests.methods import toys

LABELS = jnp.arange(toys.N, dtype=jnp.int32) % 3
BATCH = {**toys.batch(), "labelled": {**toys.batch(), "label": LABELS}}


def start(**options):
    method = distillation(toys.flat(), toys.two_views(), classes=3, **options)
    params, extra = method.init(jax.random.key(0), BATCH)
    return method, params, extra, method.views(jax.random.split(jax.random.key(1), toys.N), BATCH)


def logits_of(params, images):
    return np.asarray(
        toys.flat().apply(params["encoder"], {}, images)[0] @ params["head"]["layers"]["layer0"]["kernel"]
    )


def softmax(x):
    x = np.exp(x - x.max(1, keepdims=True))
    return x / x.sum(1, keepdims=True)


@pytest.mark.slow
def test_the_loss_by_hand():
    np.testing.assert_allclose(
        soft_targets(jnp.array([[np.log(3.0), 0]]), jnp.zeros((1, 2)), 1.0), np.log(2), rtol=1e-6
    )
    target, logits = np.random.default_rng(0).normal(size=(2, 5, 4)).astype(np.float32)
    for temperature in (0.1, 1.0, 4.0):
        p, q = softmax(target / temperature), softmax(logits / temperature)
        expected = -(temperature**2) * (p * np.log(q)).sum(1).mean()
        found = soft_targets(jnp.asarray(target), jnp.asarray(logits), temperature)
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    no = jax.grad(lambda t: soft_targets(t, jnp.asarray(logits), 1.0))(jnp.asarray(target))
    np.testing.assert_array_equal(no, 0)


@pytest.mark.slow
@pytest.mark.parametrize("temperature", [0.5, 1.0])
def test_a_student_that_is_its_teacher_has_the_teacher_s_entropy_and_no_gradient(temperature):
    method, params, extra, views = start(temperature=temperature)
    teacher = extra["frozen"]["teacher"]["params"]
    p = softmax(logits_of(teacher, views[2]) / temperature)
    value = jax.value_and_grad(lambda p: method.loss(p, extra, views, jax.random.key(2), 0)[0])
    loss, grads = toys.run(value, teacher)
    np.testing.assert_allclose(loss, -(temperature**2) * (p * np.log(p)).sum(1).mean(), rtol=1e-4)
    assert max(np.abs(leaf).max() for leaf in jax.tree.leaves(grads)) < 1e-5
    other, grads = toys.run(value, params)
    assert other > loss and max(np.abs(leaf).max() for leaf in jax.tree.leaves(grads)) > 1e-3


@pytest.mark.slow
def test_the_labelled_term_is_the_rest():
    parts = {weight: toys.loss_of(*start(weight=weight)[:3], start()[3]) for weight in (0.0, 0.25, 1.0)}
    alone, mixed, taught = (parts[weight][0] for weight in (0.0, 0.25, 1.0))
    np.testing.assert_allclose(mixed, 0.25 * taught + 0.75 * alone, rtol=1e-5)
    _, params, extra, views = start()
    plain = supervised(toys.flat(), toys.two_views(), classes=3)
    np.testing.assert_allclose(alone, toys.loss_of(plain, params, extra, views[:2])[0], rtol=1e-5)


@pytest.mark.slow
def test_the_labels_teach_nothing_where_the_teacher_is_all():
    method, params, extra, views = start()
    wrong = (1 - views[0], (LABELS + 1) % 3, views[2])
    assert toys.loss_of(method, params, extra, views)[0] == toys.loss_of(method, params, extra, wrong)[0]


@pytest.mark.slow
def test_the_teacher_may_be_another_network_and_never_moves():
    method, params, extra, views = start(
        teacher={"name": "convnet", "width": 4, "depth": 2}, teacher_hidden=(5,), average=0.9, temperature=0.5
    )
    found = extra["frozen"]["teacher"]
    assert set(found["params"]["encoder"]) == {"convs", "norms"}
    assert found["params"]["head"]["layers"]["layer1"]["kernel"].shape == (5, 3)
    _, (moved, _) = toys.loss_of(method, params, extra, views)
    moved = method.after(optax.tree.scale(2.0, params), moved, 5)[1]
    jax.tree.map(np.testing.assert_array_equal, found, moved["frozen"]["teacher"])
    by_state = toys.gradient_by_state(method, params, extra, views)
    assert not any(np.abs(leaf).max() for leaf in jax.tree.leaves(by_state["frozen"]))


@pytest.mark.slow
def test_what_it_shows():
    method, params, extra, _ = start()
    shown = method.show(params, extra, jax.random.split(jax.random.key(1), toys.N), toys.batch())
    assert [column.name for column in shown.columns] == ["the teacher", "the student"]
    assert len(shown.columns[0].figures) == 10 and shown.columns[0].captions != shown.columns[1].captions
