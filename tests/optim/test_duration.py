"""Durations: the three ways to say how long something lasts."""

import pytest

from jssl.optim.duration import agree, steps_of


@pytest.mark.parametrize(
    ("duration", "steps"),
    [
        (3, 93), (3.0, 93), (0.5, 16), (0, 0), ("3", 93), ("3 epochs", 93), ("1 epoch", 31), ("500 steps", 500),
        ("1 step", 1), ("1e2 steps", 100), ("3.75%", 93), ("10 %", 248), ("100%", 2480), ("0%", 0), (1e-6, 1),
    ],
)  # fmt: skip
def test_epochs_steps_and_shares(duration, steps) -> None:
    assert steps_of(duration, steps_per_epoch=31, total=80 * 31) == steps


@pytest.mark.parametrize("duration", ["three", "-1", -1, float("nan"), float("inf"), "5 weeks", None, True, (1,), ""])
def test_nonsense_is_refused_by_what_was_said(duration) -> None:
    with pytest.raises(ValueError, match="duration"):
        steps_of(duration, steps_per_epoch=31, total=10)


def test_the_run_itself_is_no_share() -> None:
    with pytest.raises(ValueError, match="share of the run"):
        steps_of("10%", steps_per_epoch=31)


def test_durations_agree_whichever_way_they_are_said() -> None:
    assert (
        agree(3.0, "3.75%", (80, 80)) and agree("3 epochs", 3, (80, 80)) and agree("5%", "10 steps", ("200 steps",) * 2)
    )
    assert not agree(3.0, "3.75%", (80, 79)) and not agree("3 steps", 3, (80, 80))
