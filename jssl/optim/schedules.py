"""Learning rates over a run: linear warm-up from 0, and then half a cosine, an arc of one, or drops."""

from collections.abc import Sequence

import jax.numpy as jnp
import optax


def warmup_cosine(
    peak: float, *, warmup_epochs: float, epochs: float, steps_per_epoch: int, final: float = 0.0
) -> optax.Schedule:
    """Half a cosine (arXiv:1608.03983) from `peak` after the warm-up down to `final`.

    Raises:
        ValueError: if the warm-up leaves no step to train after it.
    """
    warmup, steps = _split(warmup_epochs, epochs, steps_per_epoch)
    return _warmed_up(peak, warmup, optax.cosine_decay_schedule(peak, steps, final / peak))


def warmup_arc(peak: float, *, warmup_epochs: float, epochs: float, steps_per_epoch: int, arc: float) -> optax.Schedule:
    """`peak` cos(pi arc t), where t rises from 0 after the warm-up to 1: FixMatch's with 7/16 (arXiv:2001.07685).

    That one ends at 0.195 of `peak`, so that the last steps still learn.

    Args:
        arc: share of half a turn. Beyond a half the rate would be negative.

    Raises:
        ValueError: an arc out of (0, 1/2]; if the warm-up leaves no step to train after it.
    """
    if not 0 < arc <= 0.5:
        raise ValueError(f"arc={arc} must be above 0 and at most 1/2, where the rate is 0")
    warmup, steps = _split(warmup_epochs, epochs, steps_per_epoch)
    return _warmed_up(peak, warmup, lambda step: peak * jnp.cos(jnp.pi * arc * jnp.minimum(step / steps, 1.0)))


def warmup_drops(
    peak: float, *, warmup_epochs: float, drops: Sequence[float], factor: float, steps_per_epoch: int
) -> optax.Schedule:
    """Constant after the warm-up, but multiplied by `factor` at each epoch of `drops`."""
    warmup = round(warmup_epochs * steps_per_epoch)
    steps = optax.piecewise_constant_schedule(peak, {round(epoch * steps_per_epoch): factor for epoch in drops})
    return lambda step: steps(step) * jnp.minimum(step / max(warmup, 1), 1.0) if warmup else steps(step)


def _split(warmup_epochs: float, epochs: float, steps_per_epoch: int) -> tuple[int, int]:
    """Steps of the warm-up, and those after it."""
    warmup, total = round(warmup_epochs * steps_per_epoch), round(epochs * steps_per_epoch)
    if not 0 <= warmup < total:
        raise ValueError(
            f"warmup_epochs={warmup_epochs} ({warmup} steps) must be at least 0 and shorter than epochs={epochs} "
            f"({total} steps of {steps_per_epoch} an epoch)"
        )
    return warmup, total - warmup


def _warmed_up(peak: float, warmup: int, schedule: optax.Schedule) -> optax.Schedule:
    return optax.join_schedules([optax.linear_schedule(0.0, peak, warmup), schedule], [warmup]) if warmup else schedule
