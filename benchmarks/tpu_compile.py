"""Compile a config's train step for a TPU slice with the real TPU compiler, on a machine without a TPU.

pip install "jssl[tpu-compile]"
python -m benchmarks.tpu_compile --config=configs/simclr_imagenet.py --topology=v5e:16x16
python -m benchmarks.tpu_compile --config=configs/simclr_imagenet.py --topology=v5e:16x16 --sweep

Nothing is run. Per device: bytes of the state, peak memory, FLOPs, bytes accessed, collectives by kind and size, and
the roofline: the longest of the three times that the chip's peaks (`jssl.cost.chips`) allow, as if all three went on
at once. It is a bound and no forecast: FLOPs are those of matrix products and convolutions (`jssl.cost.flops`); bytes
accessed are the compiler's count, which takes what stays in on-chip memory for traffic and counts a loop's body once;
links are all busy, which the edges of a slice without wrap-around are not.

`--sweep` keeps the examples per device that the config has on the topology, and compiles for 8 to 256 chips.
"""

import json
import math
import os
import re
import time
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import jax
from absl import flags

from benchmarks.hlo import Collective, collectives
from benchmarks.synthetic import shaped_like
from jssl.cost.chips import CHIPS, SLICES
from jssl.cost.flops import count_flops
from jssl.cost.units import binary, decimal
from jssl.errors import DeviceError
from jssl.parallel import make_layout
from jssl.run.plan import make_plan
from jssl.run.step import example_batch
from launch import command

if TYPE_CHECKING:
    from ml_collections import ConfigDict

IMAGENET = 1_281_167
_LIBTPU = {
    "ALLOW_MULTIPLE_LIBTPU_LOAD": "1",  # two compilations may go on side by side
    "TPU_SKIP_MDS_QUERY": "1",  # there is no metadata server to ask where this host's TPU is,
    "TPU_WORKER_HOSTNAMES": "localhost",  # so it is told something: what is compiled does not depend on it
    "TPU_ACCELERATOR_TYPE": "v5litepod-8",
}
_REFUSAL = re.compile(r"(?:Used |temporaries \()([\d.]+)([KMGT])")


def topology_devices(name: str) -> Sequence[jax.Device]:
    """The devices of a slice such as "v5e:4x4", to be compiled for.

    Raises:
        DeviceError: no such slice, or no TPU compiler installed.
    """
    generation, _, shape = name.partition(":")
    if shape not in SLICES.get(generation, ()):
        known = SLICES.get(generation)
        fits = f"{generation} has {', '.join(known)}" if known else f"write {', '.join(_examples())}, ..."
        raise DeviceError(f"--topology={name} does not exist; {fits}")
    if find_spec("libtpu") is None:
        raise DeviceError('the TPU compiler is not installed: pip install "jssl[tpu-compile]"')
    from jax.experimental import topologies

    os.environ |= _LIBTPU
    # JAX on a real v4 joins the two cores of a chip into one device.
    joined = {"chip_config_name": "megacore"} if generation == "v4" else {}
    return topologies.get_topology_desc(platform="tpu", topology_name=name, **joined).devices


def sweep_topologies(generation: str) -> list[str]:
    """The slices of 8 to 256 chips of a generation, smallest first."""
    return [f"{generation}:{shape}" for shape in SLICES[generation] if 8 <= _chips(shape) <= 256]


def compile_step(config: "ConfigDict", devices: Sequence[jax.Device], examples: int) -> dict[str, Any]:
    """Compile the config's step for `devices` and read the result.

    Args:
        devices: of one kind that `CHIPS` knows.
        examples: length of the train split: it sets the schedule, and the rows of a bank of all examples.

    Returns:
        Per device: bytes, FLOPs, seconds and collectives. What a program that does not fit would use is read from the
        compiler's refusal: then `fits` is False, and what only a program has is left out.

    Raises:
        ConfigError, DeviceError: as `make_plan`, and for `parallel.compiler="pmap"`.
    """
    if config.parallel.compiler != "jit":
        raise DeviceError('only parallel.compiler="jit" can be compiled for devices that are not there')
    start = time.perf_counter()
    chip = CHIPS[devices[0].device_kind]
    plan = make_plan(config, train=shaped_like(config, examples), devices=devices)
    state, sharding = plan.abstract_state(), plan.layout.batch_sharding
    batch = {
        name: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=sharding)
        for name, x in example_batch(plan.train.spec, config.batch_size).items()
    }
    step = plan.train_step
    result = {
        "chip": chip.name,
        "devices": len(devices),
        "batch_size": config.batch_size,
        "accumulate": config.accumulate,
        "parameter_bytes": _bytes(state.params),
        "optimizer_bytes": _bytes(state.opt),
        "extra_bytes": _bytes(state.extra),
        "memory_bytes": chip.memory,
        "flops": count_flops(step, state, batch) / len(devices),
    }
    try:
        compiled = step.lower(state, batch).compile()
    except jax.errors.JaxRuntimeError as error:
        needed = _REFUSAL.search(str(error))
        if "RESOURCE_EXHAUSTED" not in str(error) or not needed:
            raise
        peak = float(needed[1]) * 1024 ** "_KMGT".index(needed[2])
        return {**result, "fits": False, "peak_bytes": peak, "compile_seconds": time.perf_counter() - start}
    memory, found = compiled.memory_analysis(), collectives(compiled.as_text())
    accessed = compiled.cost_analysis()["bytes accessed"]
    seconds = {
        "compute": result["flops"] / chip.peak(config.precision),
        "memory": accessed / chip.memory_bandwidth,
        "network": sum(c.wire_bytes * c.count for c in found) / chip.network_bandwidth,
    }
    return {
        **result,
        "fits": True,
        "peak_bytes": memory.argument_size_in_bytes + memory.output_size_in_bytes - memory.alias_size_in_bytes
        + memory.temp_size_in_bytes + memory.generated_code_size_in_bytes,
        "bytes_accessed": accessed,
        "collectives": _by_kind(found),
        "roofline_seconds": seconds,
        "bound": max(seconds, key=lambda name: seconds[name]),
        "compile_seconds": time.perf_counter() - start,
    }  # fmt: skip


def table(result: dict[str, Any]) -> str:
    """One compiled step to read."""
    peak, memory = result["peak_bytes"], result["memory_bytes"]
    rows = [
        ("devices", f"{result['devices']} x {result['chip']}"),
        ("batch", f"{result['batch_size']:,}, {result['batch_size'] / result['devices']:g} per device"),
        ("parameters", binary(result["parameter_bytes"])),
        ("optimiser", binary(result["optimizer_bytes"])),
        ("other state", binary(result["extra_bytes"])),
        ("peak memory", f"{binary(peak)} of {binary(memory)} ({peak / memory:.0%})"),
        ("FLOPs", decimal(result["flops"], "FLOP")),
    ]
    if not result["fits"]:
        rows.append(("DOES NOT FIT", "take more chips, a smaller batch_size or more accumulate"))
    else:
        seconds = result["roofline_seconds"]
        once = f", counting 1 of {result['accumulate']} micro-batches" if result["accumulate"] > 1 else ""
        rows.append(("bytes accessed", binary(result["bytes_accessed"]) + once))
        for kind, found in result["collectives"].items():
            largest = f", the largest {binary(found['largest_bytes'])}" if found["count"] > 1 else ""
            rows.append((kind, f"{found['count']} of {binary(found['bytes'])} in all{largest}"))
        rows += [(name, f"{value * 1e3:.3g} ms at the chip's peak") for name, value in seconds.items()]
        longest = max(seconds.values())
        rate = result["batch_size"] / longest
        rows.append(("roofline", f"{longest * 1e3:.3g} ms, {result['bound']} bound: at most {rate:,.0f} images/s"))
    rows.append(("compile", f"{result['compile_seconds']:.0f} s"))
    return "\n".join(f"{name:<18} {value}" for name, value in rows)


def sweep_header() -> str:
    """The names over `sweep_row`."""
    return (
        f"{'topology':<12}{'chips':>6}{'batch':>8}{'peak memory':>13}{'FLOPs':>12}{'accessed':>11}"
        f"{'all-reduce':>12}{'all-gather':>12}{'sent':>11}{'roofline':>11}  bound"
    )


def sweep_row(topology: str, result: dict[str, Any]) -> str:
    """One line of the weak-scaling table; sizes are per device, `sent` is what it sends in all collectives."""
    row = f"{topology:<12}{result['devices']:>6}{result['batch_size']:>8}{binary(result['peak_bytes']):>13}"
    row += f"{decimal(result['flops'], 'FLOP'):>12}"
    if not result["fits"]:
        return row + "  does not fit"
    found, seconds = result["collectives"], result["roofline_seconds"]
    kinds = [binary(found[kind]["bytes"]) if kind in found else "-" for kind in ("all-reduce", "all-gather")]
    sent = binary(sum(kind["wire_bytes"] for kind in found.values()))
    row += f"{binary(result['bytes_accessed']):>11}{kinds[0]:>12}{kinds[1]:>12}{sent:>11}"
    return row + f"{max(seconds.values()) * 1e3:>8.2f} ms  {result['bound']}"


def main() -> None:
    """Compile and print."""
    jax.config.update("jax_platforms", "cpu")
    config, topology = CONFIG.value, TOPOLOGY.value
    devices = topology_devices(topology)
    if not SWEEP.value:
        result = compile_step(config, devices, EXAMPLES.value)
        print(f"{topology}, per device\n{table(result)}")
        print(json.dumps({"benchmark": "tpu_compile", "topology": topology, **result}))
        return
    make_layout(devices=devices).check_batch(config.batch_size, config.accumulate)
    per_device = config.batch_size // len(devices)
    print(f"{per_device} examples per device; sizes per device\n{sweep_header()}")
    rows = []
    for name in sweep_topologies(topology.partition(":")[0]):
        devices = topology_devices(name)
        config.batch_size = per_device * len(devices)
        rows.append({"topology": name, **compile_step(config, devices, EXAMPLES.value)})
        print(sweep_row(name, rows[-1]), flush=True)
    print(json.dumps({"benchmark": "tpu_compile", "sweep": rows}))


def _chips(shape: str) -> int:
    return math.prod(int(n) for n in shape.split("x"))


def _examples() -> list[str]:
    return [f"{generation}:{shapes[len(shapes) // 2]}" for generation, shapes in SLICES.items()]


def _bytes(tree: Any) -> int:
    """Of one device's share of a tree of abstract arrays."""
    leaves = jax.tree.leaves(tree)
    return sum(math.prod(leaf.sharding.shard_shape(leaf.shape)) * leaf.dtype.itemsize for leaf in leaves)


def _by_kind(found: list[Collective]) -> dict[str, dict[str, float]]:
    kinds: dict[str, dict[str, float]] = {}
    for c in found:
        kind = kinds.setdefault(c.kind, {"count": 0, "bytes": 0, "largest_bytes": 0, "wire_bytes": 0.0})
        kind["count"] += c.count
        kind["bytes"] += c.count * c.bytes
        kind["largest_bytes"] = max(kind["largest_bytes"], c.bytes)
        kind["wire_bytes"] += c.count * c.wire_bytes
    return kinds


if __name__ == "__main__":
    CONFIG = command.define_config()
    TOPOLOGY = flags.DEFINE_string("topology", "v5e:16x16", "TPU slice to compile for.")
    SWEEP = flags.DEFINE_bool("sweep", False, "Weak scaling over 8 to 256 chips of that generation.")
    EXAMPLES = flags.DEFINE_integer("examples", IMAGENET, "Length of the train split.")
    command.run(main)
