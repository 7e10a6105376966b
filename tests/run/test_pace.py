"""What stands beside the loss while a run trains."""

from types import SimpleNamespace

import jax
import pytest

from jssl.cost.chips import Chip
from jssl.run import pace
from jssl.run.pace import Pace
from jssl.run.plan import make_plan
from tests.tiny_config import get_config


@pytest.fixture
def clock(monkeypatch):
    """A clock that is moved by hand."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(pace.time, "perf_counter", lambda: clock.now)
    return clock


def plan_of(steps: int) -> SimpleNamespace:
    devices = SimpleNamespace(size=1, devices=SimpleNamespace(flat=[SimpleNamespace(device_kind="an abacus")]))
    return SimpleNamespace(
        steps=steps, config=SimpleNamespace(batch_size=10, precision="float32"), layout=SimpleNamespace(mesh=devices)
    )


def test_compilation_and_pauses_do_not_count(clock):
    told = Pace(plan_of(steps=130))
    clock.now = 60.0  # the first step was compiled
    told.look(1)
    assert told.told(1) == ""
    clock.now = 70.0
    told.look(11)
    assert told.told(11) == "  10 examples/s, 1 min 59 s left"
    clock.now = 1000.0
    told.pause(11)
    clock.now = 1005.0
    told.look(21)
    assert told.told(21) == "  20 examples/s, 54 s left"
    assert "left" not in told.told(130)


@pytest.mark.slow
def test_the_share_of_the_peak_is_that_of_what_a_step_multiplies(clock, monkeypatch):
    plan = make_plan(get_config(), devices=jax.devices()[:2])
    flops = pace.count_flops(plan.train_step, plan.abstract_state(), plan.abstract_batch())
    monkeypatch.setitem(pace.CHIPS, "cpu", Chip("a CPU", flops, flops, 0, 0, 0))
    told = Pace(plan)
    told.look(1)
    clock.now = 2.0
    told.look(2)  # a step in two seconds, on two chips that do one in one
    assert "25% of the peak" in told.told(2)
