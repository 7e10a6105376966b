"""What only the step itself can tell is refused with the plan, and the step is traced once for both."""

import jax
import pytest

from jssl.errors import ConfigError, DeviceError
from jssl.run import plan
from jssl.run.train import fit
from tests.tiny_config import get_config

MOCO = {"name": "moco", "projector": (8,), "queue": 128}


@pytest.mark.parametrize("compiler", ["jit", "pmap"])
@pytest.mark.parametrize(
    ("method", "accumulate", "says"),
    [
        # SimCLR sees both views of 8 pictures at once, MoCo the views of 8 and then of 4.
        ({}, 1, "batch_size=64, accumulate=1, 8 devices: a batch of 16 per device .* groups of 32; groups of 16 would"),
        (MOCO, 1, "accumulate=1, 8 devices: a batch of 8 per device .* groups of 8 would fit, or 32 per device"),
        (MOCO, 2, "accumulate=2, 8 devices: a batch of 4 per device .* groups of 4 would fit, or 32 per device"),
    ],
)
def test_ghost_groups_that_a_device_cannot_fill(compiler, method, accumulate, says, tmp_path):
    config = get_config()
    config.method = method or config.method
    config.encoder.batch_norm = "ghost:32"
    config.accumulate, config.parallel.compiler = accumulate, compiler
    with pytest.raises(DeviceError, match=says):
        fit(config, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("queue", "error", "says"),
    [(96, ConfigError, "a queue of 96 keys is no multiple of the global batch of 64"), (100, DeviceError, "100 rows")],
)
def test_a_queue_that_does_not_fit(queue, error, says, tmp_path):
    config = get_config()
    config.method = {**MOCO, "queue": queue}
    with pytest.raises(error, match=says):
        fit(config, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_ghost_groups_that_only_both_views_fill_are_let_through():
    config = get_config()
    config.encoder.batch_norm = "ghost:16"
    assert plan.make_plan(config).layout.devices == 8


@pytest.mark.slow
def test_a_run_does_not_trace_its_step_again(monkeypatch):
    traced, make_step = [], plan.make_step

    def counted(*arguments, **options):
        step = make_step(*arguments, **options)
        return lambda state, batch: traced.append(batch) or step(state, batch)

    monkeypatch.setattr(plan, "make_step", counted)
    made = plan.make_plan(get_config(), devices=jax.devices()[:2])
    made.train_step(made.create_state(), made.layout.feed(next(made.batches())))
    assert len(traced) == 1
