"""Masked words, the next word and SimCSE at one budget on one corpus, beside counting words and untrained encoders.

python -m benchmarks.compare_texts --corpus=gcide --labelled=films.tsv,glosses.tsv,brown --steps=400 --seeds=0

The corpus and the labelled texts are made by `benchmarks.texts`. All methods have the same network, batches, steps and
tokenizer, which is trained on the corpus; the next word's network is causal. Each is pretrained on the corpus, and
probed, frozen, on 4,000 and 2,000 texts of each labelled set. What is finished stands in
`benchmarks/results/compare_texts.jsonl` and is not run again. Nothing was tuned on the test parts that are scored here.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from absl import flags

from benchmarks.resumable import measure
from benchmarks.small_data import RESULTS, digest
from benchmarks.tables import markdown, spread
from launch import command

if TYPE_CHECKING:
    from ml_collections import ConfigDict

METHODS: dict[str, dict[str, Any]] = {
    "masked words": {"method": {"name": "bert"}, "optimizer": {"learning_rate": 4e-3}},
    "next word": {"method": {"name": "next_word"}, "encoder": {"causal": True}, "optimizer": {"learning_rate": 8e-3}},
    "SimCSE": {
        "method": {"name": "simclr", "projector": (128, 128), "temperature": 0.05},
        "augment": {"recipe": "copies"},
        "encoder": {"dropout": 0.1},
        "optimizer": {"learning_rate": 1e-3},
    },
}
COUNTED = ("bag of words", "TF-IDF")
UNTRAINED = {"untrained": "masked words", "untrained, causal": "next word"}
ROWS = (*COUNTED, *UNTRAINED, *METHODS)
TASKS = ("kNN", "linear probe")
SPLITS, SIZE = ("train[:80%]", "train[80%:]"), (4000, 2000)


def config_for(name: str, corpus: str, steps: int, seed: int) -> "ConfigDict":
    """The config of `configs/next_word_gcide.py` for one of `METHODS`."""
    from configs.next_word_gcide import get_config

    config = get_config(corpus)
    changes = METHODS[name]
    config.encoder.causal = False
    config.encoder.positions = 512
    for part in ("encoder", "augment", "optimizer"):
        config[part].update(changes.get(part, {}))
    config.method = changes["method"]
    config.data.validation = config.data.test = ""
    config.seed, config.epochs, config.evaluate.every = seed, f"{steps} steps", 0
    return config


def score(row: str, labelled: str, corpus: str, steps: int, seed: int, identity: str, runs: Path) -> dict[str, Any]:
    """Train what the row is of, unless that is done, and evaluate."""
    from jssl.data.source import some
    from jssl.encoder import load
    from jssl.evaluate.protocol import evaluate
    from jssl.run.train import fit

    name = UNTRAINED.get(row, row if row in METHODS else "masked words")
    config, workdir = config_for(name, corpus, steps, seed), runs / f"{name.replace(' ', '_')}_{identity}_{seed}"
    fit(config, workdir)
    encoder = load(workdir)
    if row in UNTRAINED:
        encoder = encoder.untrained()
    train, test = (some(encoder.open(f"text:{labelled}", split=part), n) for part, n in zip(SPLITS, SIZE, strict=True))
    if row in COUNTED:
        fitted = dict(encoder.inputs["tokens"].baselines)[row](train)
        features = fitted(train), fitted(test)
    else:
        features = encoder.embed(train), encoder.embed(test)
    found = evaluate(
        {row: features}, train.labels, test.labels, classes=len(train.classes), fractions=(), draws=1, seed=seed
    )
    means = {each["task"]: 100 * each["mean"] for each in found["rows"] if each["labels"] == "all"}
    known = {"row": row, "labelled": Path(labelled).stem, "seed": seed, "settings": identity}
    return {**known, **{task: means[task] for task in TASKS}}


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown: a line for each row, "kNN / linear probe" of each labelled set."""
    sets = list(dict.fromkeys(row["labelled"] for row in rows))
    lines = [["", *sets, "seeds"], ["---"] * (len(sets) + 2)]
    for name in sorted({row["row"] for row in rows}, key=ROWS.index):
        own = [row for row in rows if row["row"] == name]
        cells = [[spread([x[task] for x in own if x["labelled"] == each]) for task in TASKS] for each in sets]
        lines.append([name, *(" / ".join(cell) for cell in cells), str(len({row["seed"] for row in own}))])
    return markdown(lines) + "\n"


def main() -> None:
    """Run what is not finished, write each result as it comes, then the table."""
    from jssl.run.config import to_json

    jobs = {}
    for seed in map(int, SEEDS.value):
        for row in reversed(ROWS):
            name = UNTRAINED.get(row, row if row in METHODS else "masked words")
            identity = digest(to_json(config_for(name, CORPUS.value, STEPS.value, seed)))
            for labelled in LABELLED.value:
                key = (row, Path(labelled).stem, seed, identity)
                jobs[key] = row, labelled, CORPUS.value, STEPS.value, seed, identity, Path(RUNS.value)
    path = RESULTS / "compare_texts.jsonl"
    rows, well = measure(path, jobs, ("row", "labelled", "seed", "settings"), score)
    path.with_suffix(".md").write_text(text := table(rows))
    print(text)
    sys.exit(not well)


if __name__ == "__main__":
    CORPUS = flags.DEFINE_string("corpus", "gcide", "What is pretrained on: a folder or file of texts.")
    LABELLED = flags.DEFINE_list("labelled", ["films.tsv"], "What is probed on, files or folders with labels.")
    STEPS = flags.DEFINE_integer("steps", 400, "Of each pretraining, 64 windows of 64 tokens each.", lower_bound=1)
    SEEDS = flags.DEFINE_list("seeds", ["0"], "Seeds, comma-separated.")
    RUNS = flags.DEFINE_string("runs", "runs/compare_texts", "Folder of the runs.")
    command.run(main)
