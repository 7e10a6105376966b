"""DABS of our own: the same transformer pretrained on five domains by e-Mix and by ShED, or not at all.

python -m benchmarks.any_domain --pictures=cifar10.npz --texts=glosses.tsv --manual_dir=FOLDER --watch=watch.npz \\
    --pressure=pressure.npz --steps=150 --seeds=0

Of each domain the part that is given: pictures (`benchmarks/cifar10_jpeg.py`), texts (label TAB text), the Free Spoken
Digit Dataset, exercises and blood pressure (`benchmarks/watch.py`). Encoder, optimiser and steps are the same for all:
what differs is how each is embedded. Frozen features are told by kNN and a linear probe of up to 2,000 training and
1,000 test examples, beside those of the untrained encoder ("pretraining: none") and of what needs no network. Nothing
was tuned. What is finished stands in `benchmarks/results/` and is not run again. Prints and writes the table.
"""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from absl import flags

from benchmarks.resumable import Row, measure
from benchmarks.small_data import RESULTS, digest
from benchmarks.tables import markdown, spread
from launch import command

if TYPE_CHECKING:
    from ml_collections import ConfigDict

    from jssl.data.source import Source

METHODS = {"e-Mix": {"name": "e_mix"}, "ShED": {"name": "shed"}}
MOST = {"train": 2000, "test": 1000}
TASKS = ("kNN", "linear probe")
DOMAINS: dict[str, dict[str, Any]] = {
    "pictures": {"augment": {"recipe": "plain", "size": 32}, "patch": 4},
    "texts": {"input": "tokens", "augment": {"recipe": "plain"}, "patch": 1},
    "sounds": {"input": "sound", "augment": {"recipe": "masked", "mels": 32, "hop": 160}, "patch": 8},
    "watch": {"input": "series", "augment": {"recipe": "plain"}, "patch": 4},
    "pressure": {"input": "series", "augment": {"recipe": "plain"}, "patch": 10},
}
"""Of each domain its input, and the side of a square or the length of a segment."""


def config_for(domain: str, method: str, path: str, seed: int, steps: int) -> "ConfigDict":
    """The config of a method on a domain whose data lie at `path`."""
    from jssl.run.config import defaults

    config, own = defaults(), DOMAINS[domain]
    config.seed, config.input, config.augment = seed, own.get("input", "image"), own["augment"]
    config.data.name = f"npz:{path}"
    if domain == "texts":
        config.data.name, config.data.train, config.data.test = f"text:{path}", "train[:85%]", "train[90%:]"
        config.data.length, config.data.vocabulary = 32, 4096
    if domain == "sounds":
        config.data.name, config.data.manual_dir, config.data.seconds = "tfds:spoken_digit", path, 0.63
    size = {"dim": 64, "depth": 3, "heads": 4, "hidden": 128}
    config.encoder = {"name": "domain_transformer", **size, "patch": own["patch"]}
    config.method = METHODS[method]
    config.optimizer = {"name": "adamw", "learning_rate": 4e-3, "weight_decay": 1e-4, "warmup": "10%", "clip": 1.0}
    config.batch_size, config.epochs, config.checkpoint.every, config.evaluate.every = 64, f"{steps} steps", 0, 0
    return config


def some(source: "Source", most: int) -> "Source":
    """Up to so many examples of a source, the same every time."""
    from jssl.data.source import part

    rows = np.sort(np.random.default_rng(0).permutation(source.length)[:most])
    return source if source.length <= most else part(source, rows)


def score(domain: str, method: str, path: str, seed: int, steps: int, identity: str, runs: Path) -> Row:
    """Train and probe, beside the untrained encoder and the domain's baseline."""
    from jssl.encoder import load
    from jssl.evaluate.protocol import evaluate
    from jssl.run.config import open_split
    from jssl.run.train import fit

    start = time.process_time()
    config = config_for(domain, method, path, seed, steps)
    folder = runs / f"{domain}_{config.method.name}_{seed}_{steps}"
    fit(config, folder)
    minutes = (time.process_time() - start) / 60
    encoder = load(folder)
    splits = [
        some(open_split(encoder.config, name, encoder.facts.assets), most)
        for name, most in zip((config.data.train, config.data.test), MOST.values(), strict=True)
    ]
    (input,) = encoder.inputs.values()
    baseline, fitted = input.baselines[0]
    told = {"": encoder.embed, "untrained ": encoder.untrained().embed, "without ": fitted(splits[0])}
    results = evaluate(
        {name: tuple(map(embed, splits)) for name, embed in told.items()}, splits[0].labels, splits[1].labels,
        classes=len(splits[0].classes), fractions=(), draws=1, seed=seed, k=config.evaluate.k,
        temperature=config.evaluate.temperature,
    )  # fmt: skip
    found: Row = {
        "domain": domain, "method": method, "seed": seed, "settings": identity, "steps": steps, "baseline": baseline,
        "classes": len(splits[0].classes), "CPU minutes": minutes,
    }  # fmt: skip
    for row in results["rows"]:
        if row["labels"] == "all":
            found[f"{row['features']}{row['task']}"] = 100 * row["mean"]
    return found


def table(rows: list[Row]) -> str:
    """Markdown: kNN / linear probe in % of each domain, the mean over seeds ± their standard deviation.

    Methods draw the same encoder's first weights differently: "none" is the mean over those of all rows.
    """
    lines = [["", *METHODS, "pretraining: none", "without a network", "classes", "CPU minutes"], ["---"] * 7]

    def cell(found: list[Row], kind: str) -> str:
        return " / ".join(spread([row[f"{kind}{task}"] for row in found]) for task in TASKS)

    for domain in DOMAINS:
        of_domain = [row for row in rows if row["domain"] == domain]
        if not of_domain:
            continue
        by_method = [[row for row in of_domain if row["method"] == method] for method in METHODS]
        lines.append([
            domain, *(cell(found, "") if found else "" for found in by_method), cell(of_domain, "untrained "),
            f"{of_domain[0]['baseline']} {cell(of_domain[:1], 'without ')}", str(of_domain[0]["classes"]),
            f"{np.mean([row['CPU minutes'] for row in of_domain]):.1f}",
        ])  # fmt: skip
    return markdown(lines) + "\n"


def main() -> None:
    """Run what is not finished, write each result as it comes, then the table."""
    from jssl.run.config import to_json

    where = {
        "pictures": PICTURES.value, "texts": TEXTS.value, "sounds": MANUAL.value, "watch": WATCH.value,
        "pressure": PRESSURE.value,
    }  # fmt: skip
    jobs = {}
    for seed in map(int, SEEDS.value):
        for domain, path in where.items():
            for method in METHODS if path else ():
                identity = digest(to_json(config_for(domain, method, "", seed, STEPS.value)))
                given = (domain, method, path, seed, STEPS.value, identity, Path(RUNS.value))
                jobs[domain, method, seed, identity] = given
    path = RESULTS / "any_domain.jsonl"
    rows, well = measure(path, jobs, ("domain", "method", "seed", "settings"), score)
    text = table(rows)
    path.with_suffix(".md").write_text(text)
    print(text)
    sys.exit(not well)


if __name__ == "__main__":
    PICTURES = flags.DEFINE_string("pictures", "", "An .npz of pictures of 32 pixels, with labels.")
    TEXTS = flags.DEFINE_string("texts", "", "A .tsv of labelled texts.")
    MANUAL = flags.DEFINE_string("manual_dir", "", "Folder of the Free Spoken Digit Dataset.")
    WATCH = flags.DEFINE_string("watch", "", "An .npz of series.")
    PRESSURE = flags.DEFINE_string("pressure", "", "Another one.")
    STEPS = flags.DEFINE_integer("steps", 150, "Of 64 examples, for every method.")
    SEEDS = flags.DEFINE_list("seeds", ["0"], "Seeds, comma-separated.")
    RUNS = flags.DEFINE_string("runs", "runs/any_domain", "Folder of the runs.")
    command.run(main)
