"""Speed of a config's train step, fed by the real loader: on whatever devices there are, under either compiler.

python -m benchmarks.throughput --config=configs/simclr_cifar10.py --config.batch_size=1024
python -m benchmarks.throughput --config=configs/simclr_mnist5k.py --data=config --steps=50

A step's time is from the end of one step to the end of the next, data included, as the training loop runs them;
examples per second are over all of them. FLOPs are those of matrix products and convolutions (`jssl.cost.flops`),
augmentation included. The share of time spent waiting for data is the loop's; the device, which still has a step to
work on when that wait begins, waits at most as long. Prints a table, then one line of JSON.
"""

import json
import time
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from absl import flags

from benchmarks.synthetic import random_examples, shaped_like
from jssl.cost.chips import CHIPS
from jssl.cost.flops import count_flops
from jssl.cost.units import binary, decimal
from jssl.data.prefetch import prefetch
from jssl.errors import ConfigError
from jssl.run.plan import Plan, make_plan
from launch import command

if TYPE_CHECKING:
    from ml_collections import ConfigDict


def plan_for(config: "ConfigDict", data: str, examples: int) -> Plan:
    """The plan to measure.

    Args:
        data: "synthetic" for random examples in RAM, "config" for the config's own data set.
        examples: length of a synthetic data set.

    Raises:
        ConfigError, DataError, DeviceError: as `make_plan`, and for another `data`.
    """
    if data not in ("synthetic", "config"):
        raise ConfigError(f'--data={data!r} is neither "synthetic" nor "config"')
    return make_plan(config, train=None if data == "config" else random_examples(shaped_like(config, examples)))


def measure(plan: Plan, *, steps: int, warmup: int) -> dict[str, Any]:
    """Run `warmup` and then `steps` train steps.

    Returns:
        Seconds, and examples and FLOPs over all devices; what depends on the device's peak is None where it is not
        known.
    """
    if steps < 1 or warmup < 1:
        raise ConfigError(f"--steps={steps} and --warmup={warmup} must both be at least 1")
    batch_size, devices = plan.config.batch_size, plan.layout.mesh.size
    state = plan.create_state()
    step = plan.train_step
    with prefetch(plan.batches(), plan.layout.feed) as feed:
        batch = next(feed)
        flops = count_flops(step, state, batch)
        start = time.perf_counter()
        step = step.lower(state, batch).compile()
        compile_seconds, memory = time.perf_counter() - start, step.memory_analysis()
        state, running = step(state, batch)
        ends, waited = [], 0.0
        for i in range(warmup + steps):
            state, metrics = step(state, next(feed))
            jax.block_until_ready(running)  # the last step's, so that one step is always on the device
            running = metrics
            ends.append(time.perf_counter())
            waited = feed.waited if i == warmup - 1 else waited
        waited = feed.waited - waited
    times = np.diff(ends[warmup - 1 :])
    p10, median, p90 = np.percentile(times, (10, 50, 90))
    speed_of_all, speed = batch_size / times.mean(), flops / times.mean() / devices
    kind = plan.layout.mesh.devices.flat[0].device_kind
    peak = CHIPS[kind].peak(plan.config.precision) if kind in CHIPS else None
    return {
        "device": kind,
        "devices": devices,
        "compiler": plan.config.parallel.compiler,
        "precision": plan.config.precision,
        "batch_size": batch_size,
        "example": {name: list(x.shape) for name, x in plan.train.spec.items()},
        "data": plan.train.name,
        "parameters": sum(leaf.size for leaf in jax.tree.leaves(plan.abstract_state().params)),
        "compile_seconds": compile_seconds,
        "program_bytes": memory.argument_size_in_bytes + memory.temp_size_in_bytes,
        "steps": steps,
        "step_seconds": median,
        "step_seconds_p10": p10,
        "step_seconds_p90": p90,
        "examples_per_second": speed_of_all,
        "examples_per_second_per_device": speed_of_all / devices,
        "flops_per_step": flops,
        "flops_per_second_per_device": speed,
        "share_of_peak": speed / peak if peak else None,
        "share_waiting_for_data": waited / times.sum(),
    }


def table(result: dict[str, Any]) -> str:
    """A measurement to read."""
    size = ", ".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in result["example"].items())
    peak = f"{result['share_of_peak']:.1%}" if result["share_of_peak"] else "unknown for this device"
    rows = {
        "devices": f"{result['devices']} x {result['device']}, {result['compiler']}, {result['precision']}",
        "data": f"{result['data']}, {size}",
        "parameters": f"{result['parameters']:,}",
        "global batch": f"{result['batch_size']:,}",
        "compile": f"{result['compile_seconds']:.1f} s",
        "program": f"{binary(result['program_bytes'])} on each device, its arguments among them",
        "step": f"{result['step_seconds'] * 1e3:.1f} ms, p10 {result['step_seconds_p10'] * 1e3:.1f}, "
        f"p90 {result['step_seconds_p90'] * 1e3:.1f}, of {result['steps']} steps",
        "examples/s": f"{result['examples_per_second']:,.0f}, "
        f"{result['examples_per_second_per_device']:,.0f} per device",
        "model FLOPs": f"{decimal(result['flops_per_step'], 'FLOP')} a step",
        "": f"{decimal(result['flops_per_second_per_device'], 'FLOP/s')} per device",
        "share of peak": peak,
        "waiting for data": f"{result['share_waiting_for_data']:.1%} of the time, at most",
    }
    return "\n".join(f"{name:<17} {value}" for name, value in rows.items())


def main() -> None:
    """Measure and print."""
    if DISTRIBUTED.value:
        jax.distributed.initialize()
    result = measure(plan_for(CONFIG.value, DATA.value, EXAMPLES.value), steps=STEPS.value, warmup=WARMUP.value)
    if jax.process_index() == 0:
        print(table(result))
        print(json.dumps({"benchmark": "throughput", **result}))


if __name__ == "__main__":
    CONFIG = command.define_config()
    DATA = flags.DEFINE_string("data", "synthetic", '"synthetic" examples in RAM, or "config" for its own data set.')
    EXAMPLES = flags.DEFINE_integer("examples", 50_000, "Synthetic examples: the rows of a bank with one for each.")
    STEPS = flags.DEFINE_integer("steps", 30, "Steps to measure.")
    WARMUP = flags.DEFINE_integer("warmup", 5, "Steps to run before.")
    DISTRIBUTED = flags.DEFINE_bool("distributed", False, "Join a run of many processes (SLURM, TPU pods, Open MPI).")
    command.run(main)
