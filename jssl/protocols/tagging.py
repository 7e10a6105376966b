"""What single tokens know: a linear probe of the tags of words, such as parts of speech, on a frozen encoder."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from jssl.data.source import Source, some
from jssl.encoder import Encoder
from jssl.errors import DataError
from jssl.evaluate.linear import linear_probe
from jssl.protocols.kept import keep_rows, opened


def probe_tags(
    workdir: Path | str,
    data: str,
    *,
    checkpoint: str | int = "latest",
    train: str = "train[:80%]",
    test: str = "train[80%:]",
    sentences: int = 2000,
) -> list[dict[str, Any]]:
    """How many words of the test split get their tag by a linear probe of the encoder's tokens, the first of each word.

    Beside the same encoder untrained, the run's own classifier if it is one of `tagging`, and the tag that each word
    has most often: of words that were not seen, by their first token, or else the most frequent of all.

    Args:
        workdir: of a run on texts, or weights of others, of which nothing is written.
        data: "tagged:PATH", see `jssl.data.tagged`; read by the run's tokenizer, sentences as long as its examples.
        checkpoint: "latest", "best" or a step.
        train, test: splits of it.
        sentences: taken of each, at random, as far as there are so many.

    Returns:
        Rows like those of `results.json`, with the task "tags"; also written to `tags.json`.

    Raises:
        Refused: no run, no such data, an encoder without tokens.
    """
    encoder, folder = opened(workdir, checkpoint)
    parts = [some(encoder.open(data, split=split), sentences) for split in (train, test)]
    if "tag" not in parts[0].spec:
        raise DataError(f'{data} has no tags: name a file of word/tag as "tagged:PATH"')
    labels = [_tags(source) for source in parts]
    rows = []
    for name, each in (("pretrained", encoder), ("untrained", encoder.untrained())):
        features = [_tokens(each, source) for source in parts]
        probe = linear_probe(
            features[0], labels[0], features[1], labels[1], classes=len(parts[0].about["tags"]), layout=encoder.layout
        )
        rows.append({"features": name, "mean": probe.accuracy})
    if encoder.facts.about.get("tags") == parts[0].about["tags"]:
        told = encoder.predict(parts[1]).argmax(-1)[parts[1].read(np.arange(parts[1].length))["tag"] >= 0]
        rows.append({"features": "its own classifier", "mean": float(np.mean(told == labels[1]))})
    rows.append({"features": "most frequent tag of the word", "mean": _by_word(parts, labels)})
    said = {"task": "tags", "labels": f"{len(labels[0])} words", "std": None, "draws": 1}
    rows = [{**row, **said} for row in rows]
    keep_rows(folder, "tags.json", rows, ("features", "labels"))
    return rows


def _tags(source: Source) -> np.ndarray:
    """Of all words of all sentences, int [words]."""
    tag = source.read(np.arange(source.length))["tag"]
    return tag[tag >= 0]


def _tokens(encoder: Encoder, source: Source) -> np.ndarray:
    """What the encoder makes of the first token of each word, float32 [words, d]."""
    return encoder.tokens(source)[source.read(np.arange(source.length))["tag"] >= 0]


def _by_word(parts: list[Source], labels: list[np.ndarray]) -> float:
    """Share of the tags of the second part that are those which its words have most often in the first."""
    words = [_words(source.read(np.arange(source.length))) for source in parts]
    most = np.bincount(labels[0]).argmax()
    tables: list[dict[tuple[int, ...], np.ndarray]] = [{}, {}]
    for word, label in zip(words[0], labels[0], strict=True):
        for table, key in zip(tables, (word, word[:1]), strict=True):
            table.setdefault(key, np.zeros(labels[0].max() + 1, int))[label] += 1
    right = 0
    for word, label in zip(words[1], labels[1], strict=True):
        counts = tables[0].get(word, tables[1].get(word[:1]))
        right += label == (most if counts is None else counts.argmax())
    return right / len(labels[1])


def _words(batch: dict[str, np.ndarray]) -> list[tuple[int, ...]]:
    """The tokens of every word of every sentence."""
    found = []
    for tokens, tag, length in zip(batch["tokens"], batch["tag"], batch["length"], strict=True):
        starts = [*np.flatnonzero(tag >= 0).tolist(), int(length) - 1]
        found += [tuple(tokens[a:b].tolist()) for a, b in pairwise(starts)]
    return found


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as plain text, in percent."""
    lines = [f"tags by a linear probe of {rows[0]['labels']}: % of the test sentences' words right"]
    return "\n".join([*lines, *(f"  {row['features']}: {100 * row['mean']:.1f}" for row in rows)])
