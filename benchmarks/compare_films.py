"""Every method of films at as many passes over the same moving digits, beside untrained encoders and the mean frame.

python -m benchmarks.compare_films --epochs=6 --seeds=0

By `configs/*_moving_digits.py`, each with its own encoder. "digit" a single frame tells; "direction", in which of eight
it moves, takes several. What is finished stands in `benchmarks/results/` and is not run again; what is interrupted goes
on from its last checkpoint. Prints and writes the table. Nothing was tuned on the split that is scored here.
"""

import importlib
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from absl import flags

from benchmarks.probed import columns, probe, table, trained, unlearned
from benchmarks.resumable import Row, measure
from benchmarks.small_data import RESULTS, digest
from launch import command

if TYPE_CHECKING:
    from ml_collections import ConfigDict

METHODS = (
    "simclr", "frame_order", "odd_one_out", "order_prediction", "arrow_of_time", "tracked_patches", "future_frames",
    "video_mae",
)  # fmt: skip
BASELINE = "mean frame"
PROBES = {"digit": ("train", "test"), "direction": ("train", "test")}


def config_for(method: str, seed: int, epochs: int) -> "ConfigDict":
    """The config of a method, with no looks on the way."""
    config = importlib.import_module(f"configs.{method}_moving_digits").get_config()
    config.seed, config.epochs = seed, epochs
    config.checkpoint.every, config.evaluate.every = max(epochs // 4, 1), 0
    return config


def score(row: str, seed: int, epochs: int, identity: str, runs: Path) -> Row:
    """Train, unless the row is the baseline, and probe; the untrained encoder's numbers stand beside."""
    config, start = config_for(METHODS[0] if row == BASELINE else row, seed, epochs), time.process_time()
    found: dict[str, Any] = {"row": row, "seed": seed, "epochs": epochs, "settings": identity}
    if row == BASELINE:
        embeddings = unlearned(config, BASELINE)
    else:
        embeddings, steps = trained(config, runs / f"{row}_{seed}_{epochs}")
        found |= steps
    found["CPU minutes"] = (time.process_time() - start) / 60
    return {**found, **probe(config, embeddings, PROBES, seed)}


def main() -> None:
    """Run what is not finished, write each result as it comes, then the table."""
    from jssl.run.config import to_json

    epochs, jobs = EPOCHS.value, {}
    for seed in map(int, SEEDS.value):
        for row in (BASELINE, *METHODS_RUN.value):
            settings = to_json(config_for(METHODS[0] if row == BASELINE else row, seed, epochs))
            identity = digest(settings if row != BASELINE else {key: settings[key] for key in ("data", "augment")})
            jobs[row, seed, identity] = row, seed, epochs, identity, Path(RUNS.value)
    path = RESULTS / "compare_films.jsonl"
    rows, well = measure(path, jobs, ("row", "seed", "settings"), score)
    text = table(rows, (BASELINE, *METHODS), columns(PROBES))
    path.with_suffix(".md").write_text(text)
    print(text)
    sys.exit(not well)


if __name__ == "__main__":
    EPOCHS = flags.DEFINE_integer("epochs", 6, "Passes over 4,000 clips, for every method.", lower_bound=1)
    SEEDS = flags.DEFINE_list("seeds", ["0"], "Seeds, comma-separated.")
    METHODS_RUN = flags.DEFINE_list("methods", list(METHODS), "Configs to run, without their ending.")
    RUNS = flags.DEFINE_string("runs", "runs/compare_films", "Folder of the runs.")
    command.run(main)
