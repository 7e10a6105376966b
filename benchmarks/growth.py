"""How a step's time and memory grow with what is asked of it, and a checkpoint's with its size and its number.

python -m benchmarks.growth
python -m benchmarks.growth --axes=batch,devices --plot=growth.svg

Small networks on a CPU: it is the shape of a curve that tells something, and what theory says stands beside it. Each
point is a process of its own; what is finished stands in `benchmarks/results/` and is not run again. "x^0.9" is the
slope of a straight line through the logarithms: 1 is proportional, 0 does not grow. Bytes are those of the compiled
program, with its arguments; of checkpoints, those on disk; of a whole run, the most that its process held. Prints and
writes a table, and draws the curves.
"""

import importlib
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from absl import flags

from benchmarks.resumable import Row, measure
from benchmarks.small_data import RESULTS, digest
from benchmarks.tables import markdown
from jssl.cost.units import binary
from launch import command

if TYPE_CHECKING:
    from ml_collections import ConfigDict

STEPS, WARMUP, SAVES = 12, 3, 7


class Axis(NamedTuple):
    """What is made larger, in what config, and how that should show."""

    config: str
    values: tuple[int, ...]
    theory: str
    changes: Callable[[int], dict[str, Any]] = lambda value: {}
    """Keys of the config, for a value."""
    examples: Callable[[int], int] = lambda value: 10_000
    """Of the data set: a row of a bank for each."""
    devices: Callable[[int], int] = lambda value: 1
    kept: Callable[[int], int] | None = None
    """How many checkpoints lie there, where it is the saving that is measured and not the step."""
    trained: bool = False
    """Whether it is a whole run that is measured, with its loader, its log and its checkpoints."""


AXES = {
    "batch": Axis(
        "simclr_mnist5k", (64, 128, 256, 512, 1024), "proportional; the logits alone are its square",
        lambda value: {"batch_size": value},
    ),
    "pixels": Axis(
        "simclr_mnist5k", (28, 56, 84, 112), "of a side: the square",
        lambda value: {"augment.size": value, "batch_size": 64},
    ),
    "rows": Axis(
        "npid_mnist5k", (10_000, 100_000, 1_000_000, 4_000_000), "of a bank: time does not grow; 512 bytes each",
        lambda value: {"method.negatives": 1024}, examples=lambda value: value,
    ),
    "examples": Axis(
        "simclr_mnist5k", (10_000, 100_000, 1_000_000), "neither grows", examples=lambda value: value,
    ),
    "devices": Axis(
        "simclr_mnist5k", (1, 2, 4, 8), "virtual, on the same cores: time does not fall; bytes of each fall",
        lambda value: {"batch_size": 256}, devices=lambda value: value,
    ),
    "width": Axis(
        "simclr_mnist5k", (1024, 4096, 16_384, 65_536), "of a layer, saved: proportional",
        lambda value: {"method.projector": (value, 128)}, kept=lambda value: 1,
    ),
    "checkpoints": Axis(
        "simclr_mnist5k", (1, 10, 100, 300), "kept: a save does not grow; the disk: proportional",
        kept=lambda value: value,
    ),
    "steps": Axis(
        "simclr_mnist5k", (100, 1000, 10_000), "of a run: neither grows, but for what begins once",
        lambda value: {"epochs": f"{value} steps", "batch_size": 16, "encoder.width": 4, "evaluate.every": 0},
        trained=True,
    ),
}  # fmt: skip


def config_for(name: str, value: int) -> "ConfigDict":
    """The config of a point of a curve."""
    config = importlib.import_module(f"configs.{AXES[name].config}").get_config()
    config.update_from_flattened_dict(AXES[name].changes(value))
    return config


def score(name: str, value: int, identity: str) -> Row:
    """Seconds and bytes of a point."""
    import jax

    from benchmarks import throughput

    axis = AXES[name]
    jax.config.update("jax_num_cpu_devices", axis.devices(value))
    config = config_for(name, value)
    if axis.trained:
        seconds, size = run(config, value)
    else:
        plan = throughput.plan_for(config, "synthetic", axis.examples(value))
        if axis.kept:
            seconds, size = checkpoints(plan.create_state(), axis.kept(value))
        else:
            found = throughput.measure(plan, steps=STEPS, warmup=WARMUP)
            seconds, size = found["step_seconds"], found["program_bytes"]
    return {"axis": name, "value": value, "settings": identity, "seconds": seconds, "bytes": size}


def run(config: "ConfigDict", steps: int) -> tuple[float, int]:
    """Seconds a step of a whole run, and the most bytes that were resident."""
    from jssl.run.train import fit

    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        fit(config, folder)
        seconds = (time.perf_counter() - start) / steps
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return seconds, most * (1 if sys.platform == "darwin" else 1024)


def checkpoints(state: Any, kept: int) -> tuple[float, int]:
    """Median seconds until one more checkpoint beside `kept - 1` others lies on the disk, and the bytes of all."""
    import jax

    from jssl.run.checkpoint import open_checkpoints, save

    jax.block_until_ready(state)
    times = []
    with tempfile.TemporaryDirectory() as folder:
        with open_checkpoints(folder, keep=kept) as manager:
            for i in range(kept + SAVES):
                start = time.perf_counter()
                save(manager, state._replace(step=state.step + i), {})
                manager.wait_until_finished()
                times.append(time.perf_counter() - start)
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    return statistics.median(times[-SAVES:]), size


def slope(values: list[float], found: list[float]) -> float:
    """The power of `values` that `found` goes with."""
    return float(np.polyfit(np.log(values), np.log(found), 1)[0])


def table(rows: list[Row]) -> str:
    """A line an axis: from where to where, what that costs, how it grows, and what theory says."""
    lines = [["", "from, to", "time", "grows as", "bytes", "grow as", "in theory"], ["---"] * 7]
    for name, points in curves(rows).items():
        values, seconds, sizes = ([point[key] for point in points] for key in ("value", "seconds", "bytes"))
        lines.append([
            name, f"{values[0]:,} to {values[-1]:,}", f"{1e3 * seconds[0]:.0f} to {1e3 * seconds[-1]:.0f} ms",
            f"x^{slope(values, seconds):.2f}", f"{binary(sizes[0])} to {binary(sizes[-1])}",
            f"x^{slope(values, sizes):.2f}", AXES[name].theory,
        ])  # fmt: skip
    return markdown(lines)


def curves(rows: list[Row]) -> dict[str, list[Row]]:
    """The points of each axis that has at least two, by value."""
    found = {name: sorted((row for row in rows if row["axis"] == name), key=lambda row: row["value"]) for name in AXES}
    return {name: points for name, points in found.items() if len(points) > 1}


def plot(rows: list[Row], path: Path) -> None:
    """Time above, bytes below, one column an axis, both over logarithms; the dashed line is proportional."""
    from matplotlib.figure import Figure

    drawn = curves(rows)
    figure = Figure(figsize=(2.5 * len(drawn), 4.4), layout="constrained")
    panels = figure.subplots(2, len(drawn), squeeze=False)
    for column, (name, points) in enumerate(drawn.items()):
        values = np.array([point["value"] for point in points], float)
        for row, (key, scale, unit) in enumerate((("seconds", 1e3, "ms"), ("bytes", 2**-20, "MiB"))):
            y, panel = np.array([point[key] for point in points]) * scale, panels[row, column]
            panel.loglog(values, y, "o-", color="#2468b4", markersize=4)
            panel.loglog(values, y[0] * values / values[0], "--", color="#999999", linewidth=0.8)
            panel.set_ylim(y.min() / 3, y.max() * 3)
            panel.set_ylabel(unit if column == 0 else "")
            panel.set_title(name if row == 0 else "", fontsize=10)
            panel.spines[["top", "right"]].set_visible(False)
            panel.minorticks_off()
            panel.set_xticks(values, [f"{value:.3g}".replace("e+0", "e") for value in values])
            told = {y.min(), y.max()} if y.max() > 1.5 * y.min() else {y.max()}
            panel.set_yticks(sorted(told), [f"{value:.3g}" for value in sorted(told)])
            panel.tick_params(labelsize=8)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Run what is not finished, write each point as it comes, then the table and the picture."""
    from jssl.run.config import to_json

    jobs = {}
    for name in AXES_RUN.value:
        for value in AXES[name].values:
            identity = digest(to_json(config_for(name, value)))
            jobs[name, value, identity] = name, value, identity
    path = RESULTS / "growth.jsonl"
    rows, well = measure(path, jobs, ("axis", "value", "settings"), score)
    path.with_suffix(".md").write_text(table(rows))
    print(table(rows))
    if PLOT.value:
        plot(rows, Path(PLOT.value))
    sys.exit(not well)


if __name__ == "__main__":
    AXES_RUN = flags.DEFINE_list("axes", list(AXES), "Some of them, comma-separated.")
    flags.register_validator("axes", lambda names: set(names) <= set(AXES), f"they are {', '.join(AXES)}")
    PLOT = flags.DEFINE_string("plot", "", "An SVG or PNG of the curves (pip install matplotlib).")
    command.run(main)
