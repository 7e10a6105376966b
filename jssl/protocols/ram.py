"""What features know of a game's state: linear probes of the bytes of its RAM, as in AtariARI (arXiv:1906.08226)."""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jssl.data.games.state import categories
from jssl.data.source import Source, part
from jssl.data.sources import options_of
from jssl.encoder import Encoder, load
from jssl.errors import ConfigError, DataError
from jssl.evaluate.classical import pca
from jssl.evaluate.many import entropy, linear_probes, weighted_f1
from jssl.run.config import open_split
from jssl.run.workdir import check_run, write_json

BOUND = 0.6
"""Nats: bytes whose entropy is less say too little to be asked for (AtariARI's)."""
FITTED = 1024
"""Frames of the train split that principal components of pixels are fitted on."""


def probe_ram(
    workdir: Path | str, *, checkpoint: str | int = "latest", examples: int = 3000, bound: float = BOUND
) -> list[dict[str, Any]]:
    """Tell each byte of a game's RAM that changes by a linear probe of frozen features of the screen.

    The run's data is opened again with its RAM, which pretraining did not see; what is told is the byte at the last
    frame that the encoder sees. Test films are others than train films, so that no game is in both; test frames that
    look exactly as one of the train split are left out; penalties are chosen on train films held out. Beside the same
    encoder untrained, as many principal components of the screen's pixels, and the value that a byte has most often.

    Args:
        workdir: of a run on a game that was recorded alone, "games:atari/pong"; any game.
        checkpoint: "latest", "best" or a step.
        examples: of each split at most, at even distances.
        bound: of a byte's entropy, in nats.

    Returns:
        Rows like those of `results.json`: "task" is a category of bytes, and "mean" AtariARI's weighted F1, the mean
        over the bytes of a category; of games whose bytes have names, the mean over their categories too. Also
        written to `ram.json`, with the F1 of each byte.

    Raises:
        Refused: no run, data without RAM, no byte that changes enough.
    """
    check_run(workdir)
    workdir = Path(workdir).expanduser()
    encoder = load(workdir, checkpoint)
    train, test = (_with_ram(encoder, split, examples) for split in ("train", "test"))
    last = _last_seen(encoder, train)
    (seen, ram), (shown, truth) = (_screens_and_ram(source, last) for source in (train, test))
    known = {screen.tobytes() for screen in seen}
    new = np.array([screen.tobytes() not in known for screen in shown])
    if not new.any():
        raise DataError(f"{test.name}: every test frame looks exactly as one of the train split")
    addresses = np.flatnonzero(entropy(ram) >= bound)
    if not len(addresses):
        raise DataError(f"{train.name}: no byte has an entropy of {bound:g} nats: more, or longer, films are needed")
    test, shown, truth = part(test, np.flatnonzero(new)), shown[new], truth[new][:, addresses]
    labels, held_out = ram[:, addresses], _held_out(train)
    pixels = [x.mean(-1, dtype=np.float32).reshape(len(x), -1) / 255 for x in (seen, shown)]
    compared = {
        name: [each.embed(source) for source in (train, test)]
        for name, each in {"pretrained": encoder, "untrained": encoder.untrained()}.items()
    }
    components = pca(pixels[0][:: -(-len(seen) // FITTED)], compared["untrained"][0].shape[1])
    compared["PCA of pixels"] = [np.asarray(components(x)) for x in pixels]
    told = {name: linear_probes(before, labels, after, held_out) for name, (before, after) in compared.items()}
    most = np.array([np.bincount(column).argmax() for column in labels.T])
    told["most frequent value"] = (np.broadcast_to(most[None], truth.shape), 0.0)
    rows, each = [], {}
    for name, (values, l2) in told.items():
        scores = {int(a): weighted_f1(truth[:, i], values[:, i]) for i, a in enumerate(addresses)}
        each[name] = {"l2": l2, "bytes": scores}
        rows += _rows(name, scores, train, len(labels))
    if jax.process_index() == 0:
        said = {"bound": bound, "train": len(labels), "test": len(truth), "seen before": int((~new).sum())}
        write_json(workdir / "ram.json", {"rows": rows, "protocol": said, "each": each})
    return rows


def _with_ram(encoder: Encoder, split: str, examples: int) -> Source:
    config = copy.deepcopy(encoder.config).unlock()
    if "arrays" not in options_of(config.data.name) or "clip" not in encoder.inputs:
        raise DataError(f"{config.data.name} has no RAM: take a run on a game of Atari, games:atari/ROM")
    if not config.data[split]:
        raise ConfigError(
            f"config.data.{split} is empty: there is nothing to {'learn' if split == 'train' else 'tell'}"
        )
    config.data.arrays = ("ram",)
    source = open_split(config, config.data[split], encoder.facts.assets)
    count = min(examples, source.length)
    return part(source, np.unique(np.linspace(0, source.length - 1, count).round().astype(int)))


def _last_seen(encoder: Encoder, source: Source) -> int:
    """Which frame of an example is the last that the encoder sees of it: it sees those in the middle."""
    span, frames = encoder.inputs["clip"].recipe.span, source.spec["clip"].shape[0]
    return (frames - span) // 2 + span - 1


def _screens_and_ram(source: Source, frame: int) -> tuple[np.ndarray, np.ndarray]:
    """A frame of every example, uint8 [n, size, size, c], and the RAM at it, [n, bytes]."""
    parts = [source.read(rows) for rows in np.array_split(np.arange(source.length), -(-source.length // 256))]
    return tuple(np.concatenate([read[name][:, frame] for read in parts]) for name in ("clip", "ram"))


def _held_out(source: Source) -> np.ndarray:
    """The examples of a fifth of the films, bool [n]; of one film alone its end."""
    films, number = np.unique(source.files, return_inverse=True)
    if len(films) == 1:
        return np.arange(source.length) >= 0.8 * source.length
    return number % 5 == 0


def _rows(name: str, scores: dict[int, float], source: Source, examples: int) -> list[dict[str, Any]]:
    kinds = categories(source.name.rpartition("/")[2], scores)
    means = {kind: (float(np.mean([scores[a] for a in own])), len(own)) for kind, own in kinds.items()}
    *named, every = means.items()
    if named:
        means = {**dict(named), "mean of categories": (float(np.mean([f1 for _, (f1, _) in named])), len(named))}
        means[every[0]] = every[1]
    said = {"labels": f"{examples} frames", "std": None, "draws": 1}
    return [
        {"features": name, "task": f"RAM, F1: {kind}", "mean": f1, "bytes": count, **said}
        for kind, (f1, count) in means.items()
    ]


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as plain text, in percent."""
    lines = [f"RAM by linear probes of {rows[0]['labels']} of play: F1 in % (AtariARI's weighted mean)"]
    names = list(dict.fromkeys(row["features"] for row in rows))
    for task in dict.fromkeys(row["task"] for row in rows):
        found = {row["features"]: row for row in rows if row["task"] == task}
        scores = ", ".join(f"{name} {100 * found[name]['mean']:.1f}" for name in names)
        lines.append(f"  {task.removeprefix('RAM, F1: ')} ({found[names[0]]['bytes']}): {scores}")
    return "\n".join(lines)
