"""Teachers: running averages of a student's weights."""

from typing import Any

import jax
import optax

PyTree = Any


def momentum_at(step: jax.Array, steps: int, start: float) -> jax.Array:
    """Share of its weights that a teacher keeps: `start` at step 0, then up to 1 at `steps` along half a cosine.

    By BYOL (arXiv:2006.07733); MoCo v3 and DINO use it too.
    """
    return 1 - optax.cosine_decay_schedule(1 - start, steps)(step)


def follow(teacher: dict[str, PyTree], student: dict[str, PyTree], kept: jax.Array | float) -> dict[str, PyTree]:
    """The teacher after a step: `kept` of itself and the rest from those parts of the student that it has."""
    return optax.incremental_update({part: student[part] for part in teacher}, teacher, 1 - kept)
