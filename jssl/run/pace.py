"""How fast a run goes, and how long it still takes: what stands beside the loss while it trains."""

import math
import time
from functools import cached_property

import jax

from jssl.cost.chips import CHIPS
from jssl.cost.flops import count_flops
from jssl.cost.units import binary, duration
from jssl.run.plan import Plan


class Pace:
    """Examples per second, of training alone: compilation, monitors and saves do not count."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._mark: tuple[int, float] | None = None  # none yet: the first interval would count the compilation
        self.rate = math.nan
        """Examples per second since the last look; NaN before there are two."""

    def look(self, step: int) -> None:
        """A step is done."""
        now = time.perf_counter()
        if self._mark and step > self._mark[0]:
            self.rate = (step - self._mark[0]) * self._plan.config.batch_size / (now - self._mark[1])
        self._mark = (step, now)

    def pause(self, step: int) -> None:
        """What took time since the last look was not training."""
        self._mark = (step, time.perf_counter())

    def told(self, step: int) -> str:
        """In words: speed, time left at this speed, share of the chip's peak where that is known, memory in use."""
        if math.isnan(self.rate):
            return ""
        parts = [f"{self.rate:,.0f} examples/s"]
        if self._peak:
            parts.append(f"{self.rate * self._flops / self._peak:.0%} of the peak")
        # Of the fullest device; a CPU does not tell.
        used = [(device.memory_stats() or {}).get("peak_bytes_in_use", 0) for device in jax.local_devices()]
        if max(used):
            parts.append(binary(max(used)))
        if left := self._plan.steps - step:
            parts.append(f"{duration(left * self._plan.config.batch_size / self.rate)} left")
        return "  " + ", ".join(parts)

    @cached_property
    def _peak(self) -> float:
        """FLOP/s of all devices; 0 where it is not known."""
        devices = self._plan.layout.mesh.devices.flat
        chip = CHIPS.get(devices[0].device_kind)
        return chip.peak(self._plan.config.precision) * self._plan.layout.mesh.size if chip else 0.0

    @cached_property
    def _flops(self) -> float:
        """Of matrix products and convolutions, for an example."""
        step = count_flops(self._plan.train_step, self._plan.abstract_state(), self._plan.abstract_batch())
        return step / self._plan.config.batch_size
