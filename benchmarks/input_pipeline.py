"""Examples per second of the input pipeline alone: a gather from RAM against decoding through Grain.

python benchmarks/input_pipeline.py --data=folder:pictures --size=224 --workers 1 2 4 8 --processes 0 2
python benchmarks/input_pipeline.py --data=video:films --routes stream --options frames=16 sound=true --step_ms 50

Prints a table, then one line of JSON. `waiting` is the share of time in which a step of that length waits for data:
where decoding overlaps with it, and is quicker, that is nothing. `CPU ms` is what an example costs the cores of this
process, its threads together, and so means the same on a busy machine; what worker processes spend is not in it.
"""

import argparse
import json
import os
import resource
import time

from jssl.data.loader import PIECE, train_batches
from jssl.data.prefetch import prefetch
from jssl.data.sources import Source, open_source


def rate(source: Source, batch_size: int, seconds: float, step: float, **workers: int) -> dict[str, float]:
    """Examples per second over at least `seconds`, after the batches that were built ahead at the start."""
    with prefetch(train_batches(source, batch_size=batch_size, seed=0, **workers), lambda batch: batch) as batches:
        for _ in range(4 + workers.get("workers", 0) * max(workers.get("processes", 0), 1) * PIECE // batch_size):
            next(batches)
        start, spent, waited, count = time.perf_counter(), time.process_time(), batches.waited, 0
        while (elapsed := time.perf_counter() - start) < seconds:
            next(batches)
            time.sleep(step)
            count += batch_size
        waiting = (batches.waited - waited) / elapsed
        spent = time.process_time() - spent
    return {"examples_per_second": count / elapsed, "waiting": waiting, "cpu_ms": 1000 * spent / count}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="mnist_5k", help="as in open_source")
    parser.add_argument("--data_dir")
    parser.add_argument("--size", type=int)
    parser.add_argument("--batch_size", type=int, default=256)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8], help="threads")
    parser.add_argument("--processes", type=int, nargs="+", default=[0, 2], help="worker processes")
    parser.add_argument("--routes", nargs="+", default=["ram", "stream"], help="films only stream")
    parser.add_argument("--options", nargs="*", default=[], help="of that kind of data, KEY=VALUE in JSON")
    parser.add_argument("--step_ms", type=float, default=0, help="of a step that takes the batches")
    parser.add_argument("--seconds", type=float, default=3, help="of each measurement")
    arguments = parser.parse_args()
    options = {key: json.loads(value) for key, _, value in (option.partition("=") for option in arguments.options)}
    rows = []
    for route in arguments.routes:
        start = time.perf_counter()
        source = open_source(
            arguments.data, split="train", size=arguments.size, data_dir=arguments.data_dir, route=route, **options
        )
        opened = time.perf_counter() - start
        streams = [{"workers": w, "processes": p} for p in arguments.processes for w in arguments.workers]
        for workers in [{}] if source.in_memory else streams:
            found = rate(source, arguments.batch_size, arguments.seconds, arguments.step_ms / 1000, **workers)
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            rows.append({"route": route, **workers, "open_seconds": opened, **found, "peak_mib": memory})
    shape = {name: x.shape for name, x in source.spec.items()}
    print(f"{arguments.data} {shape}, batches of {arguments.batch_size}, {os.cpu_count()} CPU cores")
    head = f"{'route':8}{'processes':>10}{'threads':>9}{'open s':>9}{'examples/s':>12}"
    print(f"{head}{'waiting':>9}{'CPU ms':>9}{'peak MiB':>10}")
    for row in rows:
        workers = f"{row.get('processes', '-'):>10}{row.get('workers', '-'):>9}"
        measured = f"{row['waiting']:>9.0%}{row['cpu_ms']:>9.2f}{row['peak_mib']:>10,.0f}"
        print(f"{row['route']:8}{workers}{row['open_seconds']:>9.2f}{row['examples_per_second']:>12,.1f}{measured}")
    print(json.dumps({"data": arguments.data, "shape": shape, "cores": os.cpu_count(), "rows": rows}))


if __name__ == "__main__":
    main()
