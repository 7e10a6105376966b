"""Yarowsky's bootstrapping on the Senseval-2 words line, hard, serve and interest, beside supervised lists.

python -m benchmarks.yarowsky nltk_senseval.zip

The zip is NLTK's corpus package "senseval". Per word, once with its two most frequent senses and once with all: a
quarter is the test part, drawn by seed, stratified, a discourse never on both sides. Bootstrapping sees the rest
without labels, and its seeds are either the strongest collocations of `--labels` labelled examples per sense (the row
above learns from the very same examples alone) or the words of `HAND`, written down from the senses' glosses before
anything was measured. Accuracy is that of the strongest rule on all test examples (no rule is wrong); "labelled" is the
share of them above the threshold, with the accuracy there. Ids of line and serve tell where in a file a sentence is:
at most 20 lines apart is one discourse, which also joins test examples, without their labels. The ids of hard and
interest do not. Prints three Markdown tables, in per cent: accuracy; labelled share and accuracy there, both as mean ±
standard deviation over seeds; and by rounds, of seed 0. "without discount" is the list as in the paper (see `learn`).
The discount, and a window without punctuation, were chosen by how right the labels of seed 0's training parts became.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.senseval import Example, read_senseval, split
from benchmarks.tables import markdown
from jssl.selftrain.yarowsky import (
    UNKNOWN,
    Collocation,
    DecisionList,
    Round,
    bootstrap,
    learn,
    one_sense_per_discourse,
)

THRESHOLD = 0.95
SEEDS_PER_SENSE = 5

HAND = {
    "line": {
        "product": "products car computer models",
        "phone": "telephone phone",
        "text": "poem wrote speech",
        "division": "between",
        "cord": "fishing rope",
        "formation": "waiting stand wait",
    },
    "hard": {"HARD1": "difficult easy believe", "HARD2": "look facts feelings", "HARD3": "surface wood ground rock"},
    "serve": {
        "SERVE10": "dinner sauce hot",
        "SERVE12": "board president director",
        "SERVE2": "purpose example reminder",
        "SERVE6": "customers passengers clients",
    },
    "interest": {
        "interest_6": "rate rates",
        "interest_5": "stake acquire",
        "interest_1": "attention buying expressed",
        "interest_4": "public best",
        "interest_3": "hobbies outside",
        "interest_2": "special human",
    },
}


def strongest(rules: DecisionList, senses: Sequence[str], per_sense: int) -> dict[str, list[Collocation]]:
    """The first rules of each sense."""
    of = [senses[sense] for sense in rules.ratios.argmax(1)]
    ranked = list(zip(rules.ranks, of, strict=False))
    return {sense: [found for found, its in ranked if its == sense][:per_sense] for sense in senses}


def by_hand(word: str, senses: Sequence[str]) -> dict[str, list[Collocation]]:
    """Seeds of `HAND`: words that are near."""
    return {sense: [("near", seed) for seed in HAND[word][sense].split()] for sense in senses}


def labels_of(examples: Sequence[Example], senses: Sequence[str]) -> np.ndarray:
    """Int [n], by the order of senses."""
    return np.array([senses.index(example.sense) for example in examples])


class Score(NamedTuple):
    """Of a test part."""

    accuracy: float
    labelled: float
    accuracy_there: float


def score(rules: DecisionList, test: Sequence[Example], senses: Sequence[str], discourse: bool) -> Score:
    """Of a list, and of its sure labels."""
    truth, probabilities = labels_of(test, senses), rules([example.found for example in test])
    answers = np.where(probabilities.max(1) > 0, probabilities.argmax(1), UNKNOWN)
    sure = np.where(probabilities.max(1) >= THRESHOLD, answers, UNKNOWN)
    if discourse:
        where = [example.discourse for example in test]
        sure = one_sense_per_discourse(sure, where)
        answers = np.where(sure == UNKNOWN, answers, sure)
    labelled = sure != UNKNOWN
    right = (sure == truth)[labelled].mean() if labelled.any() else np.nan
    return Score((answers == truth).mean(), labelled.mean(), right)


class Trace(NamedTuple):
    """A bootstrapping, with each round's scores and the senses of its pool."""

    rounds: list[Round]
    scores: list[Score]
    truth: np.ndarray

    def cell(self, number: int) -> str:
        """Of a round: the pool's labelled share, the accuracy there, and the accuracy on the test part."""
        if not number < len(self.rounds):
            return "-"
        labels = self.rounds[number].labels
        labelled = labels != UNKNOWN
        values = labelled.mean(), (labels == self.truth)[labelled].mean(), self.scores[number].accuracy
        return " / ".join(f"{100 * value:.1f}" for value in values)


def measure(
    word: str, examples: Sequence[Example], senses: Sequence[str], seed: int, labels: int
) -> tuple[dict[str, Score], dict[str, Trace]]:
    """Every row of a word's table for one seed, and how those came about that have rounds."""
    train, test = split([example for example in examples if example.sense in senses], seed)
    found, truth = [example.found for example in train], labels_of(train, senses)
    order = np.random.default_rng(seed).permutation(len(train))
    few = [train[row] for sense in senses for row in [r for r in order if train[r].sense == sense][:labels]]
    few_rules = learn([example.found for example in few], labels_of(few, senses), senses=len(senses))
    commonest = float(np.mean(labels_of(test, senses) == np.bincount(truth).argmax()))
    rows = {
        "most frequent sense": Score(commonest, 1.0, commonest),
        "supervised list": score(learn(found, truth, senses=len(senses)), test, senses, False),
        f"{labels} labels per sense": score(few_rules, test, senses, False),
    }
    chosen: Mapping[str, Mapping[str, Collection[Collocation]]] = {
        f"seeds of {labels} labels": strongest(few_rules, senses, SEEDS_PER_SENSE),
        "seeds by hand": by_hand(word, senses),
    }
    where = [example.discourse for example in train]
    kinds = {"": (False, True), ", discourses": (True, True), ", without discount": (False, False)}
    traces = {}
    for name, seeds in chosen.items():
        for kind, (discourse, discount) in kinds.items():
            if discourse and not any(where):
                continue
            groups = where if discourse else None
            rounds = bootstrap(found, seeds, threshold=THRESHOLD, discourses=groups, discount=discount)
            scores = [score(done.rules, test, senses, discourse) for done in rounds]
            rows[name + kind], traces[name + kind] = scores[-1], Trace(rounds, scores, truth)
    return rows, traces


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """In Markdown."""
    return markdown([header, ["---"] * len(header), *rows])


def percent(values: Sequence[float]) -> str:
    """Mean and standard deviation, of the runs that have the value."""
    values = [value for value in values if not np.isnan(value)]
    if not values:
        return "-"
    return f"{100 * np.mean(values):.1f} ± {100 * np.std(values):.1f}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("zip", type=Path)
    parser.add_argument("--words", nargs="+", choices=HAND, default=list(HAND))
    parser.add_argument("--seeds", type=int, default=3, help="splits, numbered from 0")
    parser.add_argument("--labels", type=int, default=10, help="labelled examples per sense, of which seeds are chosen")
    options = parser.parse_args()
    start = time.process_time()
    scores: dict[str, list[dict[str, Score]]] = {}
    history = []
    for word in options.words:
        examples = read_senseval(options.zip, word)
        by_frequency = [sense for sense, _ in Counter(example.sense for example in examples).most_common()]
        for senses in (by_frequency[:2], by_frequency):
            name = f"{word}, {len(senses)} senses"
            runs = [measure(word, examples, senses, seed, options.labels) for seed in range(options.seeds)]
            scores[name] = [rows for rows, _ in runs]
            for rules, trace in runs[0][1].items():
                shown = [trace.cell(number) for number in (0, 1, 2)]
                history.append([name, rules, *shown, trace.cell(len(trace.rounds) - 1), str(len(trace.rounds))])
    columns = list(dict.fromkeys(rules for runs in scores.values() for rules in runs[0]))

    def by_word(show: Callable[[Sequence[Score]], str]) -> str:
        rows = [
            [name, *(show([run[rules] for run in runs]) if rules in runs[0] else "-" for rules in columns)]
            for name, runs in scores.items()
        ]
        return table(["", *columns], rows)

    print("Accuracy\n\n" + by_word(lambda found: percent([one.accuracy for one in found])))
    print(
        f"\nLabelled with a probability of {THRESHOLD} or more: accuracy there\n\n"
        + by_word(lambda found: ": ".join(percent(values) for values in list(zip(*found, strict=True))[1:]))
    )
    print("\nPool labelled / accuracy there / accuracy on test, seed 0\n")
    print(table(["", "rules", "seeds", "round 1", "round 2", "last", "rounds"], history))
    print(f"\n{options.seeds} seeds, {time.process_time() - start:.0f} s of CPU")


if __name__ == "__main__":
    main()
