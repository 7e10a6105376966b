"""Every method with the same small encoder, data and budget, beside untrained encoders, raw pixels, PCA and k-means.

python -m benchmarks.compare_methods --data=cifar10 --seeds=0    (cifar10.npz by benchmarks/cifar10_jpeg.py lies here)
python -m benchmarks.compare_methods --data=mnist5k --seeds=0,1,2
python -m benchmarks.compare_methods --data=fashion_mnist --seeds=0 --methods=simclr,byol,rotation

Runs every `configs/*_mnist5k.py` of a method that sees no label; `benchmarks.cifar10` says how they are moved. What is
finished stands in `benchmarks/results/` and is not run again unless its config has changed; what is interrupted goes
on from its last checkpoint. Prints and writes the table. Nothing was tuned on the test split that is scored here.
"""

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from absl import flags

from benchmarks.resumable import measure
from benchmarks.small_data import CHANGES, EXAMPLES, RESULTS, config_for, digest, methods_of
from benchmarks.tables import markdown, spread
from launch import command

RAW = ("raw pixels", "PCA-64", "k-means-256")
COLUMNS = ("kNN", "linear probe", "10 per class", "RankMe")


def baselines(methods: Iterable[str], data: str, seed: int) -> dict[str, str]:
    """The rows without pretraining: name -> a method whose encoder it is the untrained one of."""
    rows = {}
    for method in methods:
        rows.setdefault(f"untrained {config_for(method, data, seed).encoder.name}", method)
    return {**dict.fromkeys(RAW, next(iter(methods))), **rows}


def score(row: str, method: str, data: str, seed: int, identity: str, runs: Path) -> dict[str, Any]:
    """Train, unless the row is a baseline, and evaluate."""
    from jssl.data.source import facts
    from jssl.encoder import Encoder, load
    from jssl.evaluate.classical import classical
    from jssl.evaluate.monitors import rankme
    from jssl.evaluate.protocol import evaluate
    from jssl.inputs.image import raw_pixels
    from jssl.parallel import make_layout
    from jssl.run.build import build
    from jssl.run.config import open_split
    from jssl.run.train import fit

    config = config_for(method, data, seed)
    workdir = runs / f"{method}_{data}_{seed}"
    start = time.process_time()
    if row == method:
        fit(config, workdir)
    cost = time.process_time() - start
    train, test = open_split(config, config.data.train), open_split(config, config.data.test)
    if row in RAW:
        features = raw_pixels(train), raw_pixels(test)
        if row != "raw pixels":
            transform = classical(features[0], seed=seed)[row]
            features = transform(features[0]), transform(features[1])
    elif row == method:
        encoder = load(workdir)
        features = encoder.embed(train), encoder.embed(test)
    else:
        built, known = build(config, facts(train)), facts(train)
        encoder = Encoder(config, *built, make_layout(), known, {}, {}, 0).untrained()
        features = encoder.embed(train), encoder.embed(test)
    results = evaluate(
        {row: features}, train.labels, test.labels, classes=len(train.classes), fractions=(), seed=seed,
        k=config.evaluate.k, temperature=config.evaluate.temperature, per_class=10, draws=config.evaluate.draws,
    )  # fmt: skip
    means = {(found["task"], found["labels"]): found["mean"] for found in results["rows"]}
    return {
        "row": row,
        "seed": seed,
        "kNN": 100 * means["kNN", "all"],
        "linear probe": 100 * means["linear probe", "all"],
        "10 per class": 100 * means["linear probe", "10 per class"],
        "RankMe": float(rankme(features[0][: EXAMPLES["mnist5k"]])),
        "CPU minutes": cost / 60,
        "settings": identity,
    }


def settings(row: str, method: str, data: str, seed: int) -> str:
    """A digest of all that a row depends on but the code: what its config changes of the defaults."""
    from jssl.run.config import defaults, to_json

    config = to_json(config_for(method, data, seed))
    if row != method:
        config = {**to_json(defaults()), **{key: config[key] for key in ("data", "encoder", "evaluate", "seed")}}
    return digest(config)


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown: baselines first, then methods by falling kNN; the mean over seeds, ± their standard deviation."""
    by_row: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_row.setdefault(row["row"], []).append(row)

    def rank(name: str) -> tuple[bool, float]:
        return not _is_baseline(name), -float(np.mean([row["kNN"] for row in by_row[name]]))

    lines = [["", *COLUMNS, "seeds", "CPU minutes"], ["---"] * (len(COLUMNS) + 3)]
    for name in sorted(by_row, key=rank):
        found = by_row[name]
        minutes = "" if _is_baseline(name) else f"{np.mean([row['CPU minutes'] for row in found]):.1f}"
        lines.append([name, *(spread([row[column] for row in found]) for column in COLUMNS), str(len(found)), minutes])
    return markdown(lines) + "\n"


def _is_baseline(name: str) -> bool:
    return name in RAW or name.startswith("untrained ")


def main() -> None:
    """Run what is not finished, write each result as it comes, then the table."""
    from jssl.errors import ConfigError

    every = [method for method in methods_of(DATA.value) if not config_for(method, DATA.value, 0).labels.which]
    methods = METHODS.value or every
    if unknown := sorted(set(methods) - set(every)):
        raise ConfigError(f"--methods={','.join(unknown)}: no such config; there are {', '.join(every)}")
    jobs = {}
    for seed in map(int, SEEDS.value):
        for row, method in [*baselines(methods, DATA.value, seed).items(), *zip(methods, methods, strict=True)]:
            identity = settings(row, method, DATA.value, seed)
            jobs[row, seed, identity] = row, method, DATA.value, seed, identity, Path(RUNS.value)
    path = RESULTS / f"compare_{DATA.value}.jsonl"
    rows, well = measure(path, jobs, ("row", "seed", "settings"), score, workers=JOBS.value)
    text = table(rows)
    path.with_suffix(".md").write_text(text)
    print(text)
    sys.exit(not well)


if __name__ == "__main__":
    DATA = flags.DEFINE_enum("data", "mnist5k", list(CHANGES), "Data set.")
    SEEDS = flags.DEFINE_list("seeds", ["0"], "Seeds, comma-separated.")
    METHODS = flags.DEFINE_list("methods", [], "Configs to run, without their ending; all there are by default.")
    RUNS = flags.DEFINE_string("runs", "runs/compare", "Folder of the runs.")
    JOBS = flags.DEFINE_integer("jobs", 1, "Runs at a time.")
    command.run(main)
