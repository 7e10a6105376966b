"""Views per second: SimCLR's two views in one jitted program, beside torchvision on the same machine's cores.

    python benchmarks/augment.py --sizes 32 96 224 --seconds 5

Prints a table and, as the last line, JSON. torchvision is left out where it is not installed; it is given every core,
one process each, working on decoded images in memory, as PIL images and as tensors.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.util import find_spec
from multiprocessing import get_context

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.views import draw_views, make_recipe

PIXELS_PER_BATCH = 256 * 96 * 96


def rate(run: Callable[[int], int], seconds: float) -> float:
    """Calls `run(i)`, which returns how many views it made, for at least `seconds` after one warm-up call."""
    run(0)
    made, calls, start = 0, 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        calls += 1
        made += run(calls)
    return made / elapsed


def jssl_rate(name: str, size: int, seconds: float) -> float:
    """Views per second of `draw_views` on the default device."""
    recipe = make_recipe(name, size=size)
    n = int(np.clip(PIXELS_PER_BATCH // size**2, 32, 1024))
    images = jnp.asarray(np.random.default_rng(0).integers(0, 256, (n, size, size, 3), np.uint8))
    keys = jax.random.split(jax.random.key(0), n)
    draw = jax.jit(lambda keys, step: draw_views(recipe, jax.vmap(jax.random.fold_in, (0, None))(keys, step), images))

    def run(step: int) -> int:
        return len(jax.block_until_ready(draw(keys, step))) * n

    return rate(run, seconds)


def torchvision_rate(kind: str, size: int, seconds: float) -> float:
    """Views per second of torchvision's SimCLR pipeline over all cores; `kind` is "pil" or "tensor"."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        return sum(pool.map(partial(_torchvision_rate, kind, size), [seconds] * cores))


def _torchvision_rate(kind: str, size: int, seconds: float) -> float:
    import torch

    from benchmarks.peers.torch_views import two_views

    torch.set_num_threads(1)
    draw, pixels = two_views(kind, size), np.random.default_rng(0).integers(0, 256, (16, size, size, 3), np.uint8)

    def run(step: int) -> int:
        del step
        return len(draw(pixels))

    return rate(run, seconds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="simclr")
    parser.add_argument("--sizes", type=int, nargs="+", default=[32, 96, 224])
    parser.add_argument("--seconds", type=float, default=5.0, help="per measurement")
    options = parser.parse_args()
    contenders: dict[str, Callable[[int, float], float]] = {"jssl": partial(jssl_rate, options.recipe)}
    if options.recipe == "simclr" and find_spec("torchvision"):
        contenders |= {f"torchvision {kind}": partial(torchvision_rate, kind) for kind in ("pil", "tensor")}
    device = jax.devices()[0].device_kind
    print(f"{options.recipe} views per second; jssl on {device}, {os.cpu_count()} CPU cores")
    print(f"{'pixels':>6}" + "".join(f"{name:>20}" for name in contenders))
    rows = []
    for size in options.sizes:
        row = {name: round(measure(size, options.seconds)) for name, measure in contenders.items()}
        rows.append({"size": size, **row})
        print(f"{size:>6}" + "".join(f"{value:>20,}" for value in row.values()), flush=True)
    result = {"benchmark": "augment", "recipe": options.recipe, "device": device, "cores": os.cpu_count()}
    print(json.dumps({**result, "views_per_second": rows}))


if __name__ == "__main__":
    main()
