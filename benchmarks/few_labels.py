"""Learning from few labels: every way with the same small encoder, data, draws of the labels and about the same budget.

python -m benchmarks.few_labels --data=mnist5k --labels=4,10,100 --draws=0,1,2
python -m benchmarks.few_labels --data=fashion_mnist --labels=10 --draws=0
python -m benchmarks.few_labels --data=cifar10 --labels=40 --draws=0 --rows=supervised --rows=fixmatch

By `configs/*_mnist5k.py`, whose numbers were chosen on a draw of the labels that is none of these, by how many of the
train split's other pictures were taken for what they are. The test split is scored once for each row. What is finished
stands in `benchmarks/results/` and is not run again; what is interrupted goes on. Prints and writes the table.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from absl import flags

from benchmarks.resumable import Row, measure
from benchmarks.small_data import EXAMPLES, RESULTS, config_for, digest
from benchmarks.tables import markdown, spread
from launch import command

if TYPE_CHECKING:
    from ml_collections import ConfigDict

    from jssl.encoder import Encoder

SEMI_SUPERVISED = (
    "supervised", "pseudo_label", "entropy_minimization", "m2", "vat", "mean_teacher", "mixmatch", "s4l", "fixmatch",
    "meta_pseudo_labels",
)  # fmt: skip
PROBE, TUNED = "SimCLR, linear probe", "SimCLR, fine-tuned"
ROUNDS = {"noisy student": "supervised", "noisy student from SimCLR": TUNED}
"""What drives rounds -> whose classifier is the first teacher."""
ROWS = (*SEMI_SUPERVISED, PROBE, TUNED, *ROUNDS)


class Setting:
    """A data set, a number of labels of each class and a draw of them; and the runs in that setting."""

    def __init__(self, data: str, per_class: int, draw: int, runs: Path) -> None:
        self.data, self.per_class, self.draw, self.runs = data, per_class, draw, runs
        self.simclr = runs / f"simclr_{data}"
        self.folder = runs / f"{data}_{per_class}_{draw}"

    @property
    def labels(self) -> str:
        """As `config.labels.which`."""
        return f"{self.per_class} per class"

    def config(self, method: str) -> "ConfigDict":
        """Of a method, with these labels."""
        config = config_for(method, self.data, self.draw)
        config.labels.which, config.labels.seed = self.labels, self.draw
        return config

    def classifier(self, method: str) -> "Encoder":
        """Trained, or loaded if it is."""
        from jssl.encoder import load
        from jssl.run.train import fit

        fit(self.config(method), self.folder / method)
        return load(self.folder / method)

    def probe(self) -> float:
        """Accuracy of a linear probe of SimCLR's features."""
        from jssl.data.labelled import draw_labels
        from jssl.encoder import load
        from jssl.evaluate.linear import linear_probe
        from jssl.run.config import open_split

        encoder = load(self.simclr)
        train, test = (open_split(encoder.config, split) for split in ("train", "test"))
        seen = draw_labels(train, self.labels, self.draw).indices
        features = encoder.embed(train)[seen], encoder.embed(test)
        found = linear_probe(
            features[0], train.labels[seen], features[1], test.labels, classes=len(train.classes), seed=self.draw
        )
        return found.accuracy

    def tuned(self) -> Path:
        """The folder of a classifier that was fine-tuned from SimCLR, by the recipe of the supervised one."""
        from jssl.run.train import fit

        config = self.config("supervised")
        config.start = str(self.simclr)
        config.optimizer.layer_decay = 0.65
        fit(config, self.folder / "tuned")
        return self.folder / "tuned"

    def rounds(self, start: str) -> list[float]:
        """Accuracies of the first teacher and of each round's student."""
        from jssl.selftrain.rounds import self_train

        config = self.config("noisy_student")
        if start == TUNED:
            config.start, config.teacher = str(self.simclr), str(self.tuned())
            del config.rounds.round_2["encoder"]  # SimCLR's encoder is of one size
        else:
            self.classifier(start)
            config.teacher = str(self.folder / start)
        done = self_train(config, self.folder / f"rounds from {start}")
        return [each["accuracy"] for each in done]


def settings(row: str, setting: Setting) -> str:
    """A digest of all that a row depends on but the code."""
    from jssl.run.config import to_json

    methods = {PROBE: [], TUNED: ["supervised"], **{name: ["supervised", "noisy_student"] for name in ROUNDS}}
    configs = [setting.config(method) for method in methods.get(row, [row])]
    if "SimCLR" in row:
        configs.append(config_for("simclr", setting.data, 0))
    return digest(*map(to_json, configs))


def score(row: str, data: str, per_class: int, draw: int, identity: str, runs: Path) -> Row:
    """Train and test."""
    from jssl.encoder import load
    from jssl.run.config import open_split

    setting, start = Setting(data, per_class, draw, runs), time.process_time()
    found: dict[str, Any] = {"row": row, "per class": per_class, "draw": draw, "settings": identity}
    if row in ROUNDS:
        rounds = setting.rounds(ROUNDS[row])
        found |= {"accuracy": 100 * rounds[-1], "rounds": [100 * each for each in rounds]}
    elif row == PROBE:
        found["accuracy"] = 100 * setting.probe()
    else:
        classifier = load(setting.tuned()) if row == TUNED else setting.classifier(row)
        found["accuracy"] = 100 * classifier.accuracy(open_split(classifier.config, "test"))
    return {**found, "CPU minutes": (time.process_time() - start) / 60}


def table(rows: list[Row]) -> str:
    """Markdown: a line for each way, and each round; a column for each number of labels; ± over draws."""
    counts = sorted({row["per class"] for row in rows})
    lines = [["", *(f"{count} per class" for count in counts), "draws", "CPU minutes"], ["---"] * (len(counts) + 3)]
    for name in ROWS:
        found = [row for row in rows if row["row"] == name]
        for label, value in _values(name, found).items():
            cells = [spread([value(row) for row in found if row["per class"] == count]) for count in counts]
            draws = sorted({sum(row["per class"] == count for row in found) for count in counts} - {0})
            minutes = f"{np.mean([row['CPU minutes'] for row in found]):.1f}"
            lines.append([label, *cells, " to ".join(map(str, draws[:: max(len(draws) - 1, 1)])), minutes])
    return markdown(lines) + "\n"


def _values(name: str, rows: list[Row]) -> dict[str, Callable[[Row], float]]:
    """What is told of a way: its accuracy, or that after each round."""
    if not rows:
        return {}
    if name not in ROUNDS:
        return {name: lambda row: row["accuracy"]}
    count = len(rows[0]["rounds"])
    return {f"{name}, round {i}": lambda row, i=i: row["rounds"][i] for i in range(1, count)}


def pretrain(data: str, runs: Path) -> None:
    """SimCLR, without a label, that three of the rows begin with."""
    from jssl.run.train import fit

    fit(config_for("simclr", data, 0), runs / f"simclr_{data}")


def main() -> None:
    """Run what is not finished, write each result as it comes, then the table."""
    runs = Path(RUNS.value).absolute()
    pretrain(DATA.value, runs)
    jobs = {}
    for draw in map(int, DRAWS.value):
        for count in map(int, LABELS.value):
            for row in CHOSEN.value or ROWS:
                identity = settings(row, Setting(DATA.value, count, draw, runs))
                jobs[row, count, draw, identity] = row, DATA.value, count, draw, identity, runs
    path = RESULTS / f"few_labels_{DATA.value}.jsonl"
    rows, well = measure(path, jobs, ("row", "per class", "draw", "settings"), score, workers=JOBS.value)
    path.with_suffix(".md").write_text(table(rows))
    print(table(rows))
    sys.exit(not well)


if __name__ == "__main__":
    DATA = flags.DEFINE_enum("data", "mnist5k", list(EXAMPLES), "Data set.")
    LABELS = flags.DEFINE_list("labels", ["4", "10", "100"], "Labels of each class, comma-separated.")
    CHOSEN = flags.DEFINE_multi_enum("rows", [], ROWS, "Rows to run; all by default.")
    DRAWS = flags.DEFINE_list("draws", ["0", "1", "2"], "Seeds of the draws, comma-separated.")
    RUNS = flags.DEFINE_string("runs", "runs/few_labels", "Folder of the runs.")
    JOBS = flags.DEFINE_integer("jobs", 1, "Runs at a time.")
    command.run(main)
