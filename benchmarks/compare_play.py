"""Every method of play on the same games at one budget: what their features tell of the RAM, as AtariARI scores it.

python -m benchmarks.compare_play --games=pong,breakout,ms_pacman --steps=500 --seeds=0     (pip install "jssl[games]")

By `configs/*_atari.py`, on 10,000 steps of random play that `launch.prepare --data=games:atari/GAME` records once, a
state in `--features` numbers. A column is a game: F1 of linear probes, the mean over the categories of bytes, or over
every byte where they have no names. What is finished stands in `benchmarks/results/` and is not run again; what is
interrupted goes on from its last checkpoint. Prints and writes the table. Nothing was tuned on the frames that are
scored here.
"""

import importlib
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags

from benchmarks.probed import table
from benchmarks.resumable import Row, measure
from benchmarks.small_data import RESULTS, digest
from launch import command

if TYPE_CHECKING:
    from ml_collections import ConfigDict

METHODS = ("st_dim", "curl", "deep_mdp", "dbc", "supervised_ram")
BASELINES = ("most frequent value", "PCA of pixels")


def config_for(method: str, game: str, seed: int, steps: int, features: int) -> "ConfigDict":
    """The config of a method on a game."""
    config = importlib.import_module(f"configs.{method}_atari").get_config(game)
    config.seed, config.epochs, config.encoder.features = seed, f"{steps} steps", features
    return config


def score(method: str, game: str, seed: int, steps: int, features: int, identity: str, runs: Path) -> Row:
    """Train and probe; beside it the untrained network and what needs none, of the same frames."""
    from jssl.protocols.ram import probe_ram
    from jssl.run.train import fit

    workdir, start = runs / f"{method}_{game}_{seed}_{identity}", time.process_time()
    fit(config_for(method, game, seed, steps, features), workdir)
    row = {"row": method, "game": game, "seed": seed, "settings": identity, "steps": steps, "features": features}
    row["CPU minutes"] = (time.process_time() - start) / 60
    means = {(each["features"], each["task"].removeprefix("RAM, F1: ")): each["mean"] for each in probe_ram(workdir)}
    told = "mean of categories" if ("pretrained", "mean of categories") in means else "every byte"
    row[game], row[f"untrained {game}"] = (100 * means[name, told] for name in ("pretrained", "untrained"))
    return {**row, **{name: 100 * means[name, told] for name in BASELINES}}


def with_baselines(rows: list[Row]) -> list[Row]:
    """Rows of what needs no learning first, which each method's run has beside it."""
    plain = [{"row": name, row["game"]: row[name]} for name in BASELINES for row in rows if row["row"] == METHODS[0]]
    return [*plain, *rows]


def main() -> None:
    """Run what is not finished, write each result as it comes, then the table."""
    from jssl.run.config import to_json

    jobs = {}
    for seed in map(int, SEEDS.value):
        for game in GAMES.value:
            for method in METHODS_RUN.value:
                asked = method, game, seed, STEPS.value, FEATURES.value
                identity = digest(to_json(config_for(*asked)))
                jobs[method, game, seed, identity] = *asked, identity, Path(RUNS.value)
    path = RESULTS / "compare_play.jsonl"
    rows, well = measure(path, jobs, ("row", "game", "seed", "settings"), score)
    text = table(with_baselines(rows), (*BASELINES, *METHODS), GAMES.value)
    path.with_suffix(".md").write_text(text)
    print(text)
    sys.exit(not well)


if __name__ == "__main__":
    GAMES = flags.DEFINE_list("games", ["pong", "breakout", "ms_pacman"], "Games by their ROM's name.")
    STEPS = flags.DEFINE_integer("steps", 500, "Of each pretraining, 64 examples each.", lower_bound=1)
    FEATURES = flags.DEFINE_integer("features", 32, "Of each encoder, and principal components.", lower_bound=1)
    SEEDS = flags.DEFINE_list("seeds", ["0"], "Seeds, comma-separated.")
    METHODS_RUN = flags.DEFINE_list("methods", list(METHODS), "Configs to run, without their ending.")
    RUNS = flags.DEFINE_string("runs", "runs/compare_play", "Folder of the runs.")
    command.run(main)
