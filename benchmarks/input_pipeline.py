"""Examples per second of the input pipeline alone: a gather from RAM against decoding through Grain.

python benchmarks/input_pipeline.py --data=folder:pictures --size=224 --workers 1 2 4 8 --processes 0 2

Prints a table, then one line of JSON.
"""

import argparse
import json
import os
import time

from jssl.data.loader import train_batches
from jssl.data.sources import Source, open_source


def rate(source: Source, batch_size: int, seconds: float, **workers: int) -> float:
    """Examples per second over at least `seconds`, after the batches that were built ahead at the start."""
    batches = train_batches(source, batch_size=batch_size, seed=0, **workers)
    for _ in range(2 + workers.get("workers", 0) * max(workers.get("processes", 0), 1)):
        next(batches)
    start, count = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - start) < seconds:
        next(batches)
        count += batch_size
    if not source.in_memory:
        batches.close()
    return count / elapsed


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="mnist_5k", help="as in open_source")
    parser.add_argument("--data_dir")
    parser.add_argument("--size", type=int)
    parser.add_argument("--batch_size", type=int, default=256)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8], help="threads")
    parser.add_argument("--processes", type=int, nargs="+", default=[0, 2], help="worker processes")
    parser.add_argument("--seconds", type=float, default=3, help="of each measurement")
    arguments = parser.parse_args()
    rows = []
    for route in ("ram", "stream"):
        start = time.perf_counter()
        source = open_source(
            arguments.data, split="train", size=arguments.size, data_dir=arguments.data_dir, route=route
        )
        opened = time.perf_counter() - start
        streams = [{"workers": w, "processes": p} for p in arguments.processes for w in arguments.workers]
        for workers in [{}] if source.in_memory else streams:
            images = rate(source, arguments.batch_size, arguments.seconds, **workers)
            rows.append({"route": route, **workers, "open_seconds": opened, "examples_per_second": images})
    shape = {name: x.shape for name, x in source.spec.items()}
    print(f"{arguments.data} {shape}, batches of {arguments.batch_size}, {os.cpu_count()} CPU cores")
    print(f"{'route':8}{'processes':>10}{'threads':>9}{'open s':>9}{'examples/s':>12}")
    for row in rows:
        workers = f"{row.get('processes', '-'):>10}{row.get('workers', '-'):>9}"
        print(f"{row['route']:8}{workers}{row['open_seconds']:>9.2f}{row['examples_per_second']:>12,.0f}")
    print(json.dumps({"data": arguments.data, "shape": shape, "cores": os.cpu_count(), "rows": rows}))


if __name__ == "__main__":
    main()
