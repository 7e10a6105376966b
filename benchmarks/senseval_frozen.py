"""Senses of line, hard, serve and interest by a frozen encoder of words, beside Yarowsky's supervised decision list.

python -m benchmarks.senseval_frozen runs/gcide nltk_senseval.zip --seeds 3

A linear probe on what the run makes of the word's own token, with the mean of its text's tokens; the parts, and what a
list learns from the same labels, are those of `benchmarks.yarowsky`. Prints a Markdown table, accuracy in per cent.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.senseval import Example, read_senseval, split
from benchmarks.yarowsky import HAND, labels_of, percent, score, table
from jssl.data.source import from_arrays
from jssl.data.tokenizer import ASSET, encode
from jssl.encoder import Encoder, load
from jssl.evaluate.linear import linear_probe
from jssl.selftrain.yarowsky import learn

ROWS = ("most frequent sense", "supervised list", "untrained", "pretrained")


def rows_of(encoder: Encoder, examples: Sequence[Example]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tokens int32 [n, t] with the word in the middle as far as its text allows, their lengths, and its place [n]."""
    tokenizer, about = encoder.facts.assets[ASSET], encoder.facts.about
    known = sorted({word for example in examples for word in example.words})
    pieces = dict(zip(known, encode(tokenizer, known), strict=True))
    t = encoder.facts.spec["tokens"].shape[0]
    tokens = np.full((len(examples), t), about["pad_token"], np.int32)
    lengths, places = np.empty(len(examples), np.int32), np.empty(len(examples), np.int64)
    for i, example in enumerate(examples):
        before, after = (
            np.concatenate([np.zeros(0, np.int32), *(pieces[word] for word in part)])
            for part in (example.words[: example.place], example.words[example.place :])
        )
        start = max(0, min(len(before) - (t - 2) // 2, len(before) + len(after) - (t - 2)))
        kept = np.concatenate([before, after])[start : start + t - 2]
        tokens[i, : len(kept) + 2] = [about["class_token"], *kept, about["separator_token"]]
        lengths[i], places[i] = len(kept) + 2, 1 + len(before) - start
    return tokens, lengths, places


def features(encoder: Encoder, examples: Sequence[Example]) -> np.ndarray:
    """Float32 [n, 2 d]."""
    tokens, lengths, places = rows_of(encoder, examples)
    seen = encoder.tokens(from_arrays("senseval", tokens=tokens, length=lengths))
    there = (np.arange(seen.shape[1])[None] < lengths[:, None])[:, :, None]
    return np.concatenate([seen[np.arange(len(seen)), places], (seen * there).sum(1) / there.sum(1)], axis=1)


def measure(encoders: dict[str, Encoder], examples: Sequence[Example], seed: int) -> dict[str, float]:
    """Accuracy on the test part, by rows."""
    senses = sorted({example.sense for example in examples})
    train, test = split(examples, seed)
    truth, asked = labels_of(train, senses), labels_of(test, senses)
    rules = learn([example.found for example in train], truth, senses=len(senses))
    found = {
        "most frequent sense": float(np.mean(asked == np.bincount(truth).argmax())),
        "supervised list": float(score(rules, test, senses, False).accuracy),
    }
    for name, encoder in encoders.items():
        x, y = (features(encoder, part) for part in (train, test))
        found[name] = linear_probe(x, truth, y, asked, classes=len(senses), seed=seed).accuracy
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workdir")
    parser.add_argument("zip", type=Path)
    parser.add_argument("--words", nargs="+", choices=HAND, default=list(HAND))
    parser.add_argument("--seeds", type=int, default=1, help="splits, numbered from 0")
    options = parser.parse_args()
    encoder = load(options.workdir)
    encoders, lines = {"untrained": encoder.untrained(), "pretrained": encoder}, []
    for word in options.words:
        examples = read_senseval(options.zip, word)
        counts = Counter(example.sense for example in examples)
        for senses in ([sense for sense, _ in counts.most_common(2)], list(counts)):
            some = [example for example in examples if example.sense in senses]
            runs = [measure(encoders, some, seed) for seed in range(options.seeds)]
            lines.append([f"{word}, {len(senses)} senses", *(percent([run[row] for run in runs]) for row in ROWS)])
    print(table(["", *ROWS], lines))


if __name__ == "__main__":
    main()
