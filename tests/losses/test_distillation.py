"""DINO's loss and centre against theory, a naive reference and what the authors' code and two peers recorded."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.losses.distillation import cross_view_entropy, entropy, moved_center, sharpened

PEERS = np.load(Path(__file__).parents[1] / "fixtures" / "dino.npz")


def softmax(x):
    return np.exp(x) / np.exp(x).sum(-1, keepdims=True)


@pytest.mark.slow
@pytest.mark.parametrize(("k", "expected"), [(65536, 11.090), (3000, 8.006)])
def test_constant_logits_give_the_log_of_their_number(k, expected):
    targets = sharpened(jnp.full((2, 2, k), 0.7), jnp.zeros(k), 0.04)
    value = cross_view_entropy(targets, jnp.full((2, 3, k), -0.2), temperature=0.1)
    np.testing.assert_allclose(value, np.log(k), rtol=1e-5)
    np.testing.assert_allclose(value, expected, atol=1e-3)
    np.testing.assert_allclose(entropy(targets), np.log(k), rtol=1e-5)


@pytest.mark.slow
def test_equals_its_definition(rng):
    teacher, student, center = rng.normal(size=(3, 2, 5)), rng.normal(size=(3, 4, 5)), rng.normal(size=5)
    targets, p = softmax((teacher - center) / 0.3), softmax(student / 0.5)
    pairs = [(t, s) for t in range(2) for s in range(4) if s != t]
    naive = np.mean([-(targets[:, t] * np.log(p[:, s])).sum(-1) for t, s in pairs])
    sharp = sharpened(jnp.asarray(teacher), jnp.asarray(center), 0.3)
    np.testing.assert_allclose(sharp, targets, rtol=1e-5)
    np.testing.assert_allclose(cross_view_entropy(sharp, jnp.asarray(student), temperature=0.5), naive, rtol=1e-5)
    np.testing.assert_allclose(entropy(sharp), -(targets * np.log(targets)).sum(-1).mean(), rtol=1e-5)


@pytest.mark.parametrize("step", range(3))
@pytest.mark.parametrize(("peer", "views"), [("authors", 5), ("lightly", 5), ("solo", 2)])
def test_value_gradient_and_centre_are_what_peers_recorded(peer, views, step):
    student, teacher = (jnp.asarray(PEERS[name][step]) for name in ("student", "teacher"))
    center = jnp.asarray(PEERS[f"{peer}/{step - 1}/center"]) if step else jnp.zeros(teacher.shape[-1])

    def loss(student):
        targets = sharpened(teacher, center, 0.04 if step == 0 else 0.07)
        return cross_view_entropy(targets, student[:, :views], temperature=0.1)

    value, gradient = jax.value_and_grad(loss)(student)
    np.testing.assert_allclose(value, PEERS[f"{peer}/{step}/loss"], rtol=1e-5)
    np.testing.assert_allclose(gradient, PEERS[f"{peer}/{step}/gradient"], rtol=1e-3, atol=1e-6)
    moved = moved_center(center, teacher.mean((0, 1)), 0.8)
    np.testing.assert_allclose(moved, PEERS[f"{peer}/{step}/center"], atol=1e-6)


@pytest.mark.slow
def test_is_the_teachers_entropy_at_least_and_there_where_the_student_agrees(rng):
    logits = jnp.asarray(rng.normal(size=(6, 1, 9)))
    teacher, student = jnp.tile(logits, (1, 2, 1)), jnp.tile(logits, (1, 4, 1))
    targets = sharpened(teacher, jnp.zeros(9), 0.1)
    agreed = cross_view_entropy(targets, student, temperature=0.1)
    np.testing.assert_allclose(agreed, entropy(targets), rtol=1e-5)
    for noise in (0.1, 1.0):
        other = student + noise * jnp.asarray(rng.normal(size=student.shape))
        assert cross_view_entropy(targets, other, temperature=0.1) > agreed


@pytest.mark.slow
def test_a_constant_added_to_all_logits_changes_nothing(rng):
    teacher, student = jnp.asarray(rng.normal(size=(4, 2, 9))), jnp.asarray(rng.normal(size=(4, 3, 9)))

    def loss(shift):
        targets = sharpened(teacher - shift, jnp.zeros(9), 0.1)
        return cross_view_entropy(targets, student + shift, temperature=0.1)

    np.testing.assert_allclose(loss(3.0), loss(0.0), rtol=1e-4)


@pytest.mark.slow
def test_a_view_is_not_compared_with_itself(rng):
    teacher, student = jnp.asarray(rng.normal(size=(4, 2, 9))), jnp.asarray(rng.normal(size=(4, 3, 9)))
    only_first = sharpened(teacher, jnp.zeros(9), 0.1).at[:, 1].set(0.0)
    gradient = jax.grad(lambda s: cross_view_entropy(only_first, s, temperature=0.1))(student)
    assert not np.asarray(gradient[:, 0]).any() and np.asarray(gradient[:, 1]).any()


@pytest.mark.slow
def test_no_gradient_by_teacher_or_centre(rng):
    teacher, student = jnp.asarray(rng.normal(size=(4, 2, 9))), jnp.asarray(rng.normal(size=(4, 3, 9)))

    def loss(teacher, center):
        return cross_view_entropy(sharpened(teacher, center, 0.1), student, temperature=0.1)

    assert not any(np.asarray(g).any() for g in jax.grad(loss, (0, 1))(teacher, jnp.ones(9)))
    assert not np.asarray(jax.grad(lambda m: moved_center(jnp.ones(9), m, 0.9).sum())(jnp.ones(9))).any()


@pytest.mark.slow
def test_one_sure_prototype_has_no_entropy_and_half_precision_logits_do_not_overflow():
    targets = sharpened(jnp.array([[1.0, -1.0]], jnp.bfloat16), jnp.zeros(2), 0.001)
    assert entropy(targets) == 0
    value, gradient = jax.value_and_grad(
        lambda s: cross_view_entropy(jnp.tile(targets, (1, 2)).reshape(1, 2, 2), s, temperature=0.001)
    )(jnp.ones((1, 2, 2), jnp.bfloat16))
    assert value.dtype == jnp.float32 and np.isfinite(value) and np.isfinite(gradient.astype(jnp.float32)).all()
