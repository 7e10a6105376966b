"""Adaptation by self-supervision: what its tasks show, and what it learns from."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.methods.semi_supervised.domain_adaptation import TASKS, domain_adaptation
from tests.methods import toys

LABELS = jnp.arange(toys.N, dtype=jnp.int32) % 3
KEYS = jax.random.split(jax.random.key(1), toys.N)


def start(**options):
    method = domain_adaptation(toys.flat(), toys.recipe(), classes=3, **options)
    batch = toys.batch()
    batch["labelled"] = {"image": 255 - batch["image"][::2], "index": batch["index"][::2], "label": LABELS[::2]}
    params, extra = method.init(jax.random.key(0), batch)
    return method, params, extra, method.views(KEYS, batch)


def test_answers_tell_what_is_shown():
    image = jnp.arange(16.0).reshape(4, 4, 1)
    for task, (count, show) in TASKS.items():
        shown = [np.asarray(show(jnp.int32(answer), image))[..., 0] for answer in range(count)]
        plain = np.asarray(image)[..., 0]
        expected = {
            "rotation": [np.rot90(plain, k) for k in range(4)],
            "flip": [plain, plain[::-1]],
            "location": [plain[:2, :2], plain[:2, 2:], plain[2:, :2], plain[2:, 2:]],
        }[task]
        np.testing.assert_array_equal(shown, expected)


@pytest.mark.slow
def test_a_blind_head_is_at_chance():
    method, params, extra, views = start()
    params = {**params, **{task: jax.tree.map(jnp.zeros_like, params[task]) for task in TASKS}}
    loss, (_, metrics) = toys.loss_of(method, params, extra, views)
    for task, (count, _) in TASKS.items():
        np.testing.assert_allclose(metrics[f"{task}_loss"], np.log(count), rtol=1e-5)
    np.testing.assert_allclose(loss, metrics["supervised_loss"] + np.log(4) + np.log(2) + np.log(4), rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"tasks": ()}, {"weight": 0.0}])
def test_without_tasks_the_source_alone_teaches(options):
    method, params, extra, views = start(**options)
    loss, (_, metrics) = toys.loss_of(method, params, extra, views)
    np.testing.assert_allclose(loss, metrics["supervised_loss"], rtol=1e-6)


@pytest.mark.slow
def test_the_unlabelled_pictures_teach_the_classifier_nothing_directly():
    method, params, extra, views = start()
    grads = toys.run(jax.grad(lambda p, v: method.loss(p, extra, v, jax.random.key(2), jnp.int32(0))[0]), params, views)
    other = (*views[:2], {task: (1 - x, answers) for task, (x, answers) in views[2].items()})
    changed = toys.run(
        jax.grad(lambda p, v: method.loss(p, extra, v, jax.random.key(2), jnp.int32(0))[0]), params, other
    )
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), grads["head"], changed["head"])
    assert np.abs(jax.tree.leaves(grads["encoder"])[0] - jax.tree.leaves(changed["encoder"])[0]).max() > 1e-3


def test_unknown_and_repeated_tasks_are_refused():
    for tasks in (("jigsaw",), ("flip", "flip")):
        with pytest.raises(ValueError, match="must be different ones of rotation"):
            start(tasks=tasks)


@pytest.mark.slow
def test_what_it_shows():
    method, params, extra, _ = start()
    shown = method.show(params, extra, KEYS, toys.batch())
    assert [column.name for column in shown.columns] == ["the target's", *TASKS]
    assert all(len(column.right) == len(column.figures) == 10 for column in shown.columns[1:])
