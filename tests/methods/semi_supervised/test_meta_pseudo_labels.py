"""Meta Pseudo Labels: what each player learns from, and what the teacher's reward is."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.losses.semi_supervised import soft_pseudo_label
from jssl.methods.semi_supervised.meta_pseudo_labels import meta_pseudo_labels
from tests.methods import toys

LABELS = jnp.arange(toys.N, dtype=jnp.int32) % 3
PLAYERS = ("encoder", "head", "teacher")


@pytest.fixture(scope="module")
def started():
    return start()


def start(**options):
    method = meta_pseudo_labels(toys.flat(), toys.two_views(), classes=3, steps=100, **{"weight": 1.0, **options})
    batch = toys.batch()
    batch["labelled"] = {"image": 255 - batch["image"][::2], "index": batch["index"][::2], "label": LABELS[::2]}
    params, extra = method.init(jax.random.key(0), batch)
    return method, params, extra, method.views(jax.random.split(jax.random.key(1), toys.N), batch)


def logits(player, x):
    kernel = player["head"]["layers"]["layer0"]
    return jnp.matmul(toys.flat().apply(player["encoder"], {}, x)[0], kernel["kernel"]) + kernel["bias"][None]


def cross_entropy(player, x, labels):
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits(player, x)), labels[:, None], axis=1))


def gradient(method, params, extra, views, step=10):
    return toys.run(jax.grad(lambda p: method.loss(p, extra, views, jax.random.key(2), jnp.int32(step))[0]), params)


@pytest.mark.slow
def test_the_reward_is_by_how_much_the_labelled_loss_falls(started):
    """As a finite difference along the student's own step: the paper's h."""
    _, params, extra, views = started
    own, labels, _, strong = views
    student = {part: params[part] for part in ("encoder", "head")}
    pseudo = logits(params["teacher"], strong).argmax(-1)
    g = jax.grad(lambda p: cross_entropy(p, strong, pseudo))(student)
    rewards = []
    for rate in (1e-3, 0.1):
        method, *_ = start(rate=rate)
        rewards.append(float(toys.loss_of(method, params, extra, views)[1][1]["reward"]))
        after = jax.tree.map(lambda p, g, rate=rate: p - rate * g, student, g)
        exact = jax.grad(lambda p: cross_entropy(p, own, labels))(after)
        product = sum(jnp.sum(a * b) for a, b in zip(jax.tree.leaves(exact), jax.tree.leaves(g), strict=True))
        np.testing.assert_allclose(rewards[-1], rate * product, rtol=1e-4)
    before, later = (
        cross_entropy(jax.tree.map(lambda p, g, rate=rate: p - rate * g, student, g), own, labels)
        for rate in (0.0, 1e-3)
    )
    np.testing.assert_allclose(rewards[0], before - later, rtol=0.02)


@pytest.mark.slow
def test_the_student_learns_pseudo_labels_alone(started):
    method, params, extra, views = started
    strong = views[3]
    grads = gradient(method, params, extra, views)
    pseudo = logits(params["teacher"], strong).argmax(-1)
    student = {part: params[part] for part in ("encoder", "head")}
    expected = jax.grad(lambda p: cross_entropy(p, strong, pseudo))(student)
    for part in student:
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5), grads[part], expected[part])


@pytest.mark.slow
def test_a_usual_reward_leaves_the_teacher_its_own_losses(started):
    """And one above the usual draws the teacher towards the labels that it gave."""
    method, params, extra, views = started
    own, labels, weak, strong = views
    gain = toys.loss_of(method, params, extra, views)[1][1]["reward"]
    at_rest = gradient(method, params, {**extra, "usual_reward": gain}, views)["teacher"]

    def apart(teacher):
        agreement = soft_pseudo_label(logits(teacher, weak), logits(teacher, strong), 0.7, 0.6)
        return cross_entropy(teacher, own, labels) + agreement

    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5), at_rest, jax.grad(apart)(params["teacher"]))
    paid = gradient(method, params, {**extra, "usual_reward": gain - 1.0}, views)["teacher"]
    pseudo = logits(params["teacher"], strong).argmax(-1)
    towards = jax.grad(lambda teacher: cross_entropy(teacher, strong, pseudo))(params["teacher"])
    jax.tree.map(lambda a, b, c: np.testing.assert_allclose(a - b, 0.99 * c, atol=1e-4), paid, at_rest, towards)


@pytest.mark.slow
def test_what_it_shows(started):
    method, params, extra, _ = started
    shown = method.show(params, extra, jax.random.split(jax.random.key(0), toys.N), toys.batch())
    assert [len(column.figures) for column in shown.columns] == [10, 10, 10]
    assert len(shown.columns[2].right) == 10
