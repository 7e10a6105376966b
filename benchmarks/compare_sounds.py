"""Every method of sounds at as many passes over the same spoken digits, beside untrained encoders and mean log-mel.

python -m benchmarks.compare_sounds --manual_dir=FOLDER --epochs=12 --seeds=0     (FOLDER has fsdd.zip)

By `configs/*_spoken_digits.py`, pretrained on four of the six speakers. "digit" is of the two others: who was never
heard is never probed on either. "speaker" is which of all six it is, by recordings of each that the probe has not seen.
What is finished stands in `benchmarks/results/` and is not run again; what is interrupted goes on from its last
checkpoint. Prints and writes the table. Nothing was tuned on the splits that are scored here.
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

METHODS = ("byol_a", "simclr", "vicreg", "cpc", "wav2vec2", "restoration", "sound_super_resolution")
BASELINE = "mean log-mel"
PROBES = {"digit": ("train_speakers", "test_speakers"), "speaker": ("train", "test")}
"""What is told -> the splits that a probe learns from and is scored on."""


def config_for(method: str, seed: int, epochs: int, manual_dir: str) -> "ConfigDict":
    """The config of a method, on four speakers."""
    config = importlib.import_module(f"configs.{method}_spoken_digits").get_config()
    config.seed, config.data.manual_dir = seed, manual_dir
    config.data.train, config.data.test = PROBES["digit"]
    config.epochs, config.checkpoint.every, config.evaluate.every = epochs, max(epochs // 4, 1), 0
    return config


def score(row: str, seed: int, epochs: int, identity: str, manual_dir: str, runs: Path) -> Row:
    """Train, unless the row is the baseline, and probe; the untrained encoder's numbers stand beside."""
    method = METHODS[1] if row == BASELINE else row
    config, start = config_for(method, seed, epochs, manual_dir), time.process_time()
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
            method = METHODS[1] if row == BASELINE else row
            settings = to_json(config_for(method, seed, epochs, ""))
            about = settings if row != BASELINE else {key: settings[key] for key in ("data", "augment")}
            identity = digest(about)
            jobs[row, seed, identity] = row, seed, epochs, identity, MANUAL.value, Path(RUNS.value)
    path = RESULTS / "compare_sounds.jsonl"
    rows, well = measure(path, jobs, ("row", "seed", "settings"), score)
    text = table(rows, (BASELINE, *METHODS), columns(PROBES))
    path.with_suffix(".md").write_text(text)
    print(text)
    sys.exit(not well)


if __name__ == "__main__":
    EPOCHS = flags.DEFINE_integer("epochs", 12, "Passes over the recordings of four speakers, for every method.")
    SEEDS = flags.DEFINE_list("seeds", ["0"], "Seeds, comma-separated.")
    METHODS_RUN = flags.DEFINE_list("methods", list(METHODS), "Configs to run, without their ending.")
    MANUAL = flags.DEFINE_string("manual_dir", "", "Folder of the Free Spoken Digit Dataset.")
    RUNS = flags.DEFINE_string("runs", "runs/compare_sounds", "Folder of the runs.")
    command.run(main)
