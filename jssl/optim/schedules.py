"""Learning rates over a run, in steps: linear warm-up from 0, and then half a cosine, an arc of one, or drops."""

from collections.abc import Sequence

import jax.numpy as jnp
import optax


def warmup_cosine(peak: float, *, warmup: int, total: int, final: float = 0.0) -> optax.Schedule:
    """Half a cosine (arXiv:1608.03983) from `peak` after the warm-up down to `final` at the end of all steps."""
    return _warmed_up(peak, warmup, optax.cosine_decay_schedule(peak, total - warmup, final / peak))


def warmup_arc(peak: float, *, warmup: int, total: int, arc: float) -> optax.Schedule:
    """`peak` cos(pi arc t), where t rises from 0 after the warm-up to 1: FixMatch's with 7/16 (arXiv:2001.07685).

    That one ends at 0.195 of `peak`, so that the last steps still learn.

    Args:
        arc: share of half a turn. Beyond a half the rate would be negative.

    Raises:
        ValueError: an arc out of (0, 1/2].
    """
    if not 0 < arc <= 0.5:
        raise ValueError(f"arc={arc} must be above 0 and at most 1/2, where the rate is 0")
    steps = total - warmup
    return _warmed_up(peak, warmup, lambda step: peak * jnp.cos(jnp.pi * arc * jnp.minimum(step / steps, 1.0)))


def warmup_drops(peak: float, *, warmup: int, drops: Sequence[int], factor: float) -> optax.Schedule:
    """Constant after the warm-up, but multiplied by `factor` at each step of `drops`."""
    steps = optax.piecewise_constant_schedule(peak, dict.fromkeys(drops, factor))
    return lambda step: steps(step) * jnp.minimum(step / max(warmup, 1), 1.0) if warmup else steps(step)


def _warmed_up(peak: float, warmup: int, schedule: optax.Schedule) -> optax.Schedule:
    return optax.join_schedules([optax.linear_schedule(0.0, peak, warmup), schedule], [warmup]) if warmup else schedule
