"""Durations: a part of a run in epochs, in steps, or as a share of it, so that a config moves to other data."""

import math
import re

Duration = float | str
"""Epochs, which may be a fraction, or "500 steps", "3 epochs", "10%" (of the run)."""
UNITS = {"": "epochs", "epoch": "epochs", "epochs": "epochs", "step": "steps", "steps": "steps", "%": "%"}


def steps_of(duration: Duration, *, steps_per_epoch: int, total: int | None = None) -> int:
    """Whole steps of a duration, rounded; at least one of what is not 0.

    Args:
        total: steps of the run, which shares are of; None where there can be none, as for the run itself.

    Raises:
        ValueError: no duration, a negative one, or a share of nothing.
    """
    number, unit = _parsed(duration)
    if unit == "%" and total is None:
        raise ValueError(
            f'{duration!r} is a share of the run, and the run is what it is to be: give epochs or "N steps"'
        )
    steps = round(number * {"epochs": steps_per_epoch, "steps": 1, "%": (total or 0) / 100}[unit])
    return max(steps, 1) if number else 0


def agree(a: Duration, b: Duration, run: tuple[Duration, Duration]) -> bool:
    """Whether two durations, each of a run of its own, are as many epochs or steps, whichever way they are said."""
    found = [_absolute(duration, whole) for duration, whole in zip((a, b), run, strict=True)]
    return found[0][1] == found[1][1] and math.isclose(found[0][0], found[1][0])


def _absolute(duration: Duration, run: Duration) -> tuple[float, str]:
    number, unit = _parsed(duration)
    if unit != "%":
        return number, unit
    whole, unit = _parsed(run)
    return number / 100 * whole, unit


def _parsed(duration: Duration) -> tuple[float, str]:
    found = re.fullmatch(r"\s*([^\s%a-z]+(?:e[+-]?\d+)?)\s*(%|[a-z]*)\s*", str(duration))
    try:
        number, unit = float(found[1]), UNITS[found[2]]
    except (TypeError, ValueError, KeyError):
        raise ValueError(f'{duration!r} is no duration: give epochs, "N steps" or "N%"') from None
    if not 0 <= number < math.inf:
        raise ValueError(f"a duration of {duration!r} must be finite and at least 0")
    return number, unit
