"""The average of a teacher, by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.methods import METHODS
from jssl.methods.parts.teacher import follow, momentum_at
from tests.methods.toys import N, flat, loss_of, start, two_views


def test_momentum_rises_to_one_along_half_a_cosine():
    kept = [float(momentum_at(jnp.int32(step), 12, 0.9)) for step in (0, 3, 4, 6, 12, 13)]
    np.testing.assert_allclose(kept, [0.9, 1 - 0.05 * (1 + 0.5**0.5), 0.925, 0.95, 1, 1], atol=1e-6)


def test_a_teacher_follows_the_parts_it_has():
    teacher = {"encoder": {"w": jnp.array([1.0, 2.0])}}
    student = {"encoder": {"w": jnp.array([5.0, -2.0])}, "predictor": jnp.zeros(3)}
    np.testing.assert_allclose(follow(teacher, student, 0.75)["encoder"]["w"], [2.0, 1.0])
    assert jax.tree.structure(follow(teacher, student, 0.75)) == jax.tree.structure(teacher)


def test_a_teacher_that_keeps_everything_keeps_every_bit():
    teacher = {"w": jnp.linspace(-1, 1, 7) / 3}
    kept = momentum_at(jnp.int32(10), 10, 0.99)
    np.testing.assert_array_equal(follow(teacher, {"w": jnp.full(7, 1e3)}, kept)["w"], teacher["w"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options", "student"),
    [
        ("byol", {"steps": 10, "predictor": (8, 5)}, 2),
        ("moco", {"queue": 3 * N}, 1),
        ("moco_v3", {"steps": 10, "predictor": (8, 5)}, 2),
    ],
)
def test_a_teacher_gets_no_key_and_so_drops_no_path(name, options, student):
    """Of each view the student's encoder has one, and the teacher's none."""
    keyed, plain = [], flat()

    def apply(params, stats, x, *, key=None, train=False):
        keyed.extend([key is not None] if train else [])
        return plain.apply(params, stats, x)

    method = METHODS[name](plain._replace(apply=apply), two_views(), projector=(8, 5), **options)
    loss_of(method, *start(method))
    assert sorted(keyed) == [False] * student + [True] * student
