"""The memory bank's part of a step, split over devices and, beside it, replicated on each.

JAX_NUM_CPU_DEVICES=8 NPROC=64 python -m benchmarks.bank --rows 65536 1281167 10000000 --devices 1 2 4 8

One step looks up the rows of a batch and of the noise, takes the loss and its gradient by the features, and moves the
batch's rows in place: what NPID adds to its network. Printed for each: seconds per step (median), bytes of the bank
and at the peak of the step per device, and bytes that each device must send. Without an accelerator, virtual devices
share the machine's cores and memory, so that only bytes say anything about more devices; a bank that is too large
for them is compiled but not run. Prints a table, then one line of JSON.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.sharding import NamedSharding, PartitionSpec

from benchmarks.hlo import collectives
from jssl import bank as rows
from jssl import parallel
from jssl.cost.units import binary
from jssl.losses.contrastive import l2_normalize
from jssl.losses.nce import nce

TEMPERATURE, MOMENTUM = 0.07, 0.5


def replicated_update(bank: jax.Array, index: jax.Array, old: jax.Array, new: jax.Array, momentum: float) -> jax.Array:
    """`jssl.bank.update` of a bank that every device holds as a whole."""
    rows = l2_normalize(momentum * old + (1 - momentum) * new).astype(bank.dtype)
    index, rows = parallel.gather(index), parallel.gather(rows)
    return bank.at[index].set(rows)


def replicated_lookup(bank: jax.Array, index: jax.Array, shared: jax.Array) -> tuple[jax.Array, jax.Array]:
    """`jssl.bank.lookup` in a bank that every device holds as a whole."""
    found = bank[jnp.concatenate([index, shared])].astype(jnp.float32)
    return found[: index.size], found[index.size :]


LAYOUTS: dict[str, tuple[Callable, Callable]] = {
    "sharded": (rows.lookup, rows.update),
    "replicated": (replicated_lookup, replicated_update),
}


def bank_step(
    layout: str, examples: int, negatives: int, bank: jax.Array, features: jax.Array, index: jax.Array, key: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Per device: the new bank, the loss and its gradient by this device's features [n, d]."""
    lookup, update = LAYOUTS[layout]
    own, noise = lookup(bank, index, jax.random.randint(key, (negatives,), 0, examples))

    def loss(features: jax.Array) -> tuple[jax.Array, jax.Array]:
        v = l2_normalize(features)
        scores = jnp.sum(v * own, axis=-1) / TEMPERATURE, v @ noise.T / TEMPERATURE
        return nce(*scores, jnp.log(1.0 * examples), examples=examples), v

    (value, v), gradient = jax.value_and_grad(loss, has_aux=True)(features)
    return update(bank, index, own, v, MOMENTUM), parallel.pmean(value), gradient


def measure(layout: str, examples: int, devices: int, options: argparse.Namespace) -> dict[str, Any]:
    """One row of the table; "seconds" is None where the devices have no room for the bank."""
    run_layout = parallel.make_layout(devices=jax.devices()[:devices])
    split, whole = run_layout.batch_sharding, NamedSharding(run_layout.mesh, PartitionSpec())
    where = split if layout == "sharded" else whole
    step = jax.jit(
        jax.shard_map(
            partial(bank_step, layout, examples, options.negatives), mesh=run_layout.mesh, check_vma=False,
            in_specs=(where.spec, split.spec, split.spec, PartitionSpec()),
            out_specs=(where.spec, PartitionSpec(), split.spec),
        ),
        donate_argnums=0,
    )  # fmt: skip
    make = partial(rows.make_bank, examples=examples, dim=options.dim, storage=options.storage)
    shape = jax.eval_shape(make, jax.random.key(0))
    features = jax.device_put(jax.random.normal(jax.random.key(1), (options.batch_size, options.dim)), split)
    index = jax.random.permutation(jax.random.key(2), examples)[: options.batch_size].astype(jnp.int32)
    index, key = jax.device_put(index, split), jax.device_put(jax.random.key(3), whole)
    abstract = jax.ShapeDtypeStruct(shape.shape, shape.dtype, sharding=where)
    compiled = step.lower(abstract, features, index, key).compile()
    memory = compiled.memory_analysis()
    held = shape.size * shape.dtype.itemsize // (devices if layout == "sharded" else 1)
    result = {
        "layout": layout,
        "rows": examples,
        "devices": devices,
        "seconds": None,
        "bank_bytes": held,
        "peak_bytes": memory.argument_size_in_bytes + memory.temp_size_in_bytes,
        "sent_bytes": sum(found.count * found.wire_bytes for found in collectives(compiled.as_text())),
    }
    if held > _room(devices):
        return result
    bank = jax.jit(partial(jnp.ones, shape.shape, shape.dtype), out_shardings=where)()
    times = []
    for i in range(options.steps + 2):
        start = time.perf_counter()
        bank, _, _ = jax.block_until_ready(compiled(bank, features, index, key))
        times += [time.perf_counter() - start] * (i >= 2)
    return {**result, "seconds": statistics.median(times)}


def _room(devices: int) -> float:
    """Bytes that a bank may take on each device: a quarter of the memory, to leave others some."""
    limit = (jax.devices()[0].memory_stats() or {}).get("bytes_limit")
    return limit / 4 if limit else os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / devices / 4


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[65536, 1281167, 10_000_000])
    parser.add_argument("--devices", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--layouts", nargs="+", choices=LAYOUTS, default=list(LAYOUTS))
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--batch_size", type=int, default=256)
    parser.add_argument("--negatives", type=int, default=4096)
    parser.add_argument("--storage", choices=rows.STORAGE, default="float32")
    parser.add_argument("--steps", type=int, default=10)
    options = parser.parse_args()
    kind = jax.devices()[0].device_kind
    print(
        f"rows of {options.dim} in {options.storage}, batch {options.batch_size}, {options.negatives} noise samples;"
        f" {kind}, {os.cpu_count()} cores"
    )
    print(f"{'rows':>12}{'devices':>9}{'layout':>12}{'ms/step':>10}{'bank':>10}{'peak':>10}{'sent':>10}")
    found = []
    for examples in options.rows:
        for devices in [n for n in options.devices if n <= jax.device_count()]:
            for layout in options.layouts:
                row = measure(layout, examples, devices, options)
                found.append(row)
                took = "-" if row["seconds"] is None else f"{1e3 * row['seconds']:.2f}"
                sizes = "".join(f"{binary(row[name]):>10}" for name in ("bank_bytes", "peak_bytes", "sent_bytes"))
                print(f"{examples:>12,}{devices:>9}{layout:>12}{took:>10}{sizes}", flush=True)
    settings = {name: getattr(options, name) for name in ("dim", "batch_size", "negatives", "storage")}
    print(json.dumps({"benchmark": "bank", "device": kind, "cores": os.cpu_count(), **settings, "results": found}))


if __name__ == "__main__":
    main()
