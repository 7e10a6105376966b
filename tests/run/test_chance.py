"""When a loss is said to stay above chance."""

import jax
import pytest

from jssl.run.chance import FEWEST, Watch
from jssl.run.plan import make_plan
from tests.tiny_config import get_config


def warned(losses: list[float], *, chance: float | None = 2.0, warmup: int = 5, epoch: int = 2, steps: int = 100):
    watch = Watch(chance, warmup=warmup, epoch=epoch, steps=steps)
    return [step for step, loss in enumerate(losses, start=1) if watch(step, loss)]


def test_it_is_said_once_when_enough_steps_since_the_warm_up_were_above():
    assert warned([9.0] * 100) == [5 + FEWEST]
    assert warned([9.0] * 1000, steps=1000) == [5 + 50]
    assert warned([9.0] * 100, epoch=10) == [10 + FEWEST]
    assert warned([9.0] * 100, epoch=90) == [25 + FEWEST]


def test_a_loss_that_falls_after_the_warm_up_is_not_warned_of():
    assert warned([9.0] * 10 + [1.0] * 90) == []
    assert warned([2.02] * 100) == []  # not learnt, but nothing has broken down
    assert warned([9.0] * 100, chance=None) == []


def test_a_loss_that_rises_later_is():
    assert warned([1.5] * 50 + [9.0] * 50) == [50 + FEWEST]
    assert warned([9.0, 9.0, 1.5] * 50) == []  # it goes to and fro


@pytest.mark.slow
@pytest.mark.parametrize("accumulate", [1, 2])
def test_chance_is_that_of_a_micro_batch(accumulate):
    config = get_config()
    config.accumulate = accumulate
    assert make_plan(config, devices=jax.devices()[:1]).chance == pytest.approx(
        {1: 4.844187086458591, 2: 4.143134726391533}[accumulate]  # ln 127 and ln 63
    )
