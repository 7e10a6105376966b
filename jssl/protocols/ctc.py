"""Writing down what is said: an encoder fine-tuned by CTC on few transcripts, beside the same from scratch."""

import copy
import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jssl.data.loader import steps_per_epoch
from jssl.data.source import Source
from jssl.encoder import Encoder, load
from jssl.errors import DataError
from jssl.evaluate.protocol import summary
from jssl.features import extract
from jssl.inputs.input import Input
from jssl.method import Batch
from jssl.methods.semi_supervised.ctc import Alphabet, frame_letters
from jssl.protocols.finetune import on_labels
from jssl.protocols.kept import keep_rows
from jssl.run.config import open_split
from jssl.run.lock import only_one
from jssl.run.train import fit
from jssl.run.workdir import check_run, read_config, read_facts, read_json, write_json

if TYPE_CHECKING:
    from ml_collections import ConfigDict

NEAREST = "CTC, the likeliest of the known transcripts"


class Writing(NamedTuple):
    """How to fine-tune; one budget for pretrained and random encoders."""

    transcripts: Sequence[str] = ()
    """What is said in each class, in their order; () takes the classes' names."""
    labels: str = "all"
    """As `config.labels.which`."""
    steps: int = 400
    learning_rate: float = 3e-3
    """Per 256 examples; of all but what is frozen."""
    frozen: int = 0
    """Layers of the encoder, from the input on, that stay as they are: the paper's convolutions do."""
    batch_size: int = 64


def write_down(workdir: Path | str, how: Writing, *, scratch: bool = False, draws: int = 1) -> dict[str, Any]:
    """Fine-tune a run's encoder by CTC on several draws of labels, and read the test split once each.

    What is heard is decoded greedily, without a dictionary. Every draw's run and its result are kept in `ctc/` under
    the run's folder; what is finished is not run again.

    Args:
        workdir: of a finished run whose encoder sees waves.
        scratch: begin with random weights instead.
        draws: seeds 0, 1, ... of the labels, the head and the order.

    Returns:
        "features" ("pretrained" or "scratch"), "task" ("CTC"), "labels", "mean" share of the transcripts that are right
        to the letter, in [0, 1], its "std" and "draws"; "letter_error", the letters that must be changed, added or left
        out over those there are; and "accuracy" of the likeliest of the known transcripts. Also in `ctc.json`, with a
        second row of the latter.

    Raises:
        Refused: no run, no labels, no waves, transcripts that do not fit the classes.
    """
    check_run(workdir)
    with only_one(workdir):
        return _write_down(Path(workdir).expanduser(), how, scratch, draws)


def edits(told: str, true: str) -> int:
    """The fewest letters to be changed, added or left out to make one text of another (Levenshtein, 1966)."""
    row = list(range(len(true) + 1))
    for i, letter in enumerate(told, 1):
        corner, row[0] = row[0], i
        for j, other in enumerate(true, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (letter != other))
    return row[-1]


def _write_down(workdir: Path, how: Writing, scratch: bool, draws: int) -> dict[str, Any]:
    base = _config(read_config(workdir), how, "" if scratch else str(workdir.absolute()))
    assets = read_facts(workdir).assets
    train, test = (open_split(base, split, assets) for split in (base.data.train, base.data.test))
    if test.labels is None or train.labels is None:
        raise DataError(f"{base.data.name} has no labels on both of its splits: nothing says what is said")
    base.method.transcripts = tuple(how.transcripts or map(str.lower, train.classes))
    name = "scratch" if scratch else "pretrained"
    digest = hashlib.sha256(repr(how).encode()).hexdigest()[:8]
    found = []
    for seed in range(draws):
        folder = workdir / "ctc" / f"{name}-{how.labels.replace(' ', '_')}-seed{seed}-{digest}"
        if not (folder / "result.json").exists():
            fit(_drawn(base, how, seed, train), folder, train=train)
            result = read_aloud(load(folder), test, base.method.transcripts)
            if jax.process_index() == 0:
                write_json(folder / "result.json", result)
        found.append(read_json(folder / "result.json"))
    row = {"features": name, "task": "CTC", "labels": how.labels, **summary([each["right"] for each in found])}
    row |= {key: float(np.mean([each[key] for each in found])) for key in ("letter_error", "accuracy")}
    nearest = summary([each["accuracy"] for each in found])
    keep_rows(workdir, "ctc.json", [row, {**row, **nearest, "task": NEAREST}], ("features", "task", "labels"))
    return row


def read_aloud(model: Encoder, test: Source, transcripts: Sequence[str]) -> dict[str, float]:
    """What a model trained by `ctc` gets wrong of a labelled source, see `write_down`."""
    (net,), (input,) = model.encoders.values(), model.inputs.values()
    hear = partial(_best, net.tokens, net.frames, input, model.params, model.extra)
    best = extract(hear, test, layout=model.layout).astype(int)
    told = Alphabet(transcripts).read(best, best >= 0)
    true = [transcripts[label] for label in test.labels]
    wrong = [edits(*pair) for pair in zip(told, true, strict=True)]
    return {
        "right": float(np.mean([not count for count in wrong])),
        "letter_error": sum(wrong) / sum(map(len, true)),
        "accuracy": model.accuracy(test),
    }


@partial(jax.jit, static_argnums=(0, 1, 2))
def _best(tokens: Callable, frames: Callable, input: Input, params: Any, extra: Any, batch: Batch) -> jax.Array:
    """The likeliest letter of each frame, [n, t]; -1 where there is no sound."""
    logits, there = frame_letters(tokens, frames, params, extra, input.prepare(input.match(batch)))
    return jnp.where(there, logits.argmax(-1), -1)


def _config(run: "ConfigDict", how: Writing, start: str) -> "ConfigDict":
    """The config of `ctc` with this run's data and encoder, but for the labels."""
    config = on_labels(run, start)
    config.method = {"name": "ctc", "transcripts": ()}
    config.optimizer = {"name": "adamw", "weight_decay": 1e-4, "learning_rate": how.learning_rate, "clip": 1.0}
    config.optimizer.frozen = how.frozen
    config.batch_size = how.batch_size
    return config


def _drawn(base: "ConfigDict", how: Writing, seed: int, train: Source) -> "ConfigDict":
    config = copy.deepcopy(base)
    config.seed = seed
    config.labels = {"which": how.labels, "seed": seed, "ratio": 0, "validation": 0.0}
    with config.ignore_type():  # epochs are whole in a config, but need not be
        config.epochs = how.steps / steps_per_epoch(train.length, config.batch_size)
        config.checkpoint.every = config.epochs
    config.optimizer.warmup = config.epochs / 10
    return config
