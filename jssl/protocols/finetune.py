"""Fine-tuning: a pretrained encoder and a new linear head, trained on few labels, beside the same from scratch."""

import copy
import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import numpy as np

from jssl.data.labelled import draw_labels
from jssl.data.loader import steps_per_epoch
from jssl.data.source import Source, part
from jssl.encoder import Encoder, load
from jssl.errors import ConfigError, DataError
from jssl.evaluate.protocol import summary
from jssl.methods import METHODS
from jssl.protocols.kept import keep_rows
from jssl.ranges import keywords
from jssl.run.config import defaults, open_split
from jssl.run.lock import only_one
from jssl.run.train import fit
from jssl.run.workdir import check_run, read_config, read_facts, read_json, write_json

if TYPE_CHECKING:
    from ml_collections import ConfigDict

log = logging.getLogger(__name__)
VALIDATION = 0.2
"""Share of each class's labels that learning rates are chosen by, where there are several to choose from."""


class FineTuning(NamedTuple):
    """How to fine-tune; one budget for pretrained and random encoders."""

    labels: str = "10 per class"
    """As `config.labels.which`."""
    steps: int = 500
    learning_rates: Sequence[float] = (1e-3, 3e-3)
    """Per 256 examples. Of several the best on a part of the labels is taken, and then all labels are learnt from."""
    layer_decay: float = 0.75
    """See `jssl.optim.layerwise`; a random encoder has the same rate everywhere."""
    frozen: int = 0
    """Layers of the encoder, from the input on, that stay as they are."""
    batch_size: int = 128
    weight_decay: float = 1e-4
    average: float = 0.99
    """Of the weights, see `jssl.methods.parts.classifier`."""
    magnitude: float = 0.0
    """Pictures are also changed by two operations of RandAugment (arXiv:1909.13719) of this strength, a share of the
    largest; 0 is none. MAE fine-tunes with about 0.9, and with mixup, which is not offered."""
    head_layers: int = 0
    """Layers of the run's projector, from the encoder on, that are kept and trained too: 1 in SimCLR v2, whose
    projectors have three (arXiv:2006.10029)."""


def finetune(workdir: Path | str, how: FineTuning, *, scratch: bool = False, draws: int = 3) -> dict[str, Any]:
    """Fine-tune a run's encoder on several draws of labels and score each on the test split, once.

    Examples are seen as `Input.plain` shows them: pictures as random crops and their mirror images. Every draw's run
    and its result are kept in `finetune/` under the run's folder, with the examples whose label was seen; what is
    finished is not run again.

    Args:
        workdir: of a finished run.
        scratch: begin with random weights instead: the supervised baseline of the same budget.
        draws: seeds 0, 1, ... of the labels, the head and the order.

    Returns:
        A row like those of `results.json`: "features" ("pretrained" or "scratch"), "task" ("fine-tune", with how many
        of the head's layers), "labels", "mean" accuracy in [0, 1], "std", "draws", the "learning_rates" that were
        chosen, and the "networks", the folders of the runs that were scored. It is also written to
        `finetune.json` in the run's folder, in place of an earlier one of the same name.

    Raises:
        Refused: no run, no labels, too few of a class, rates, layers or batches that do not fit.
    """
    check_run(workdir)
    with only_one(workdir):
        return _finetune(Path(workdir).expanduser(), how, scratch, draws)


def _finetune(workdir: Path, how: FineTuning, scratch: bool, draws: int) -> dict[str, Any]:
    base = _config(read_config(workdir), how, "" if scratch else str(workdir.absolute()))
    assets = read_facts(workdir).assets
    train, test = (open_split(base, split, assets) for split in (base.data.train, base.data.test))
    if test.labels is None:
        raise DataError(f"{test.name} has no labels on its test split: there is nothing to score a classifier by")
    name = "scratch" if scratch else "pretrained"
    scores, chosen, folders = [], [], []
    for seed in range(draws):
        folder = workdir / "finetune" / f"{name}-{how.labels.replace(' ', '_')}-seed{seed}-{_digest(how)}"
        done = _draw(base, how, seed, folder, train, test)
        scores.append(done["accuracy"])
        chosen.append(done["learning_rate"])
        folders.append(str((folder / "final").relative_to(workdir)))
    task = f"fine-tune from layer {how.head_layers} of the head" if how.head_layers else "fine-tune"
    row = {
        "features": name, "task": task, "labels": how.labels, **summary(scores), "learning_rates": chosen,
        "networks": folders,
    }  # fmt: skip
    keep_rows(workdir, "finetune.json", [row], ("features", "task", "labels"))
    return row


def on_labels(run: "ConfigDict", start: str) -> "ConfigDict":
    """The config of a method that learns from labels with the encoder of this run: its data, input and network.

    Args:
        start: folder whose encoder it starts from; "" for random weights.

    Raises:
        ConfigError: no test split to score it on.
    """
    config = copy.deepcopy(run).unlock()
    if not config.data.test:
        raise ConfigError("config.data.test is empty: there is no test split to score a classifier on")
    if "name" not in config.encoder:  # several senses: the one whose tower is the method's `weights`
        sense = config.method.get("embeds") or sorted(config.encoder)[0]
        config.input, config.augment, config.encoder = sense, config.augment[sense], config.encoder[sense]
    config.start, config.accumulate = start, 1
    config.data.validation, config.data.pseudo = "", ""
    config.evaluate.every = 0
    config.paper = defaults().paper
    return config


def _config(run: "ConfigDict", how: FineTuning, start: str) -> "ConfigDict":
    """The config of `supervised` that fine-tunes this run's encoder, but for the labels and the rate."""
    config = on_labels(run, start)
    if not how.learning_rates:
        raise ConfigError("no learning rate to fine-tune with")
    if how.magnitude:
        if not 0 < how.magnitude <= 1:
            raise ConfigError(f"magnitude={how.magnitude} of RandAugment is a share: above 0 and at most 1")
        config.augment.plain = {"rand_augment": (2, (how.magnitude, how.magnitude), 1.0)}
    config.method = {"name": "supervised", "average": how.average, "plain": True}
    if how.head_layers:
        config.method.hidden = _hidden(run, how.head_layers)
    config.optimizer = {"name": "adamw", "weight_decay": how.weight_decay, "frozen": how.frozen}
    config.optimizer.layer_decay = how.layer_decay if start else 1.0
    config.batch_size = how.batch_size
    return config


def _hidden(run: "ConfigDict", count: int) -> tuple[int, ...]:
    """The widths of so many layers of the run's projector, of which the last is none to fine-tune from."""
    known = keywords(METHODS[run.method.name]).get("projector")
    widths = run.method.get("projector", known.default if known else ())
    if not 0 < count < len(widths):
        hidden = max(len(widths) - 1, 0)
        raise ConfigError(f"head_layers={count}: {run.method.name} has {hidden} hidden layers of a projector to keep")
    return tuple(widths[:count])


def _draw(base: "ConfigDict", how: FineTuning, seed: int, folder: Path, train: Source, test: Source) -> dict[str, Any]:
    """Choose the rate on a part of the labels, learn from all of them, and look at the test split."""
    rates = list(how.learning_rates)
    if len(rates) > 1:
        held_out = part(train, draw_labels(train, how.labels, seed, validation=VALIDATION).validation)
        tried = [
            _fit(base, how, seed, folder / f"rate-{rate:g}", train, rate, VALIDATION).accuracy(held_out)
            for rate in rates
        ]
        log.info("%s: validation accuracy %s of rates %s", folder.name, tried, rates)
        rates = [rates[int(np.argmax(tried))]]
    classifier = _fit(base, how, seed, folder / "final", train, rates[0], 0.0)
    path = folder / "result.json"
    if path.exists():
        return read_json(path, "accuracy", "learning_rate")
    result = {"accuracy": classifier.accuracy(test), "learning_rate": rates[0]}
    if jax.process_index() == 0:
        write_json(path, result)
    return result


def _fit(
    base: "ConfigDict", how: FineTuning, seed: int, folder: Path, train: Source, rate: float, validation: float
) -> Encoder:
    config = copy.deepcopy(base)
    config.seed = seed
    config.labels = {"which": how.labels, "seed": seed, "ratio": 0, "validation": validation}
    config.optimizer.learning_rate = rate
    try:
        per_epoch = steps_per_epoch(train.length, config.batch_size)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    with config.ignore_type():  # epochs are whole in a config, but need not be
        config.epochs = how.steps / per_epoch
        config.checkpoint.every = config.epochs
    config.optimizer.warmup = config.epochs / 20
    fit(config, folder, train=train)
    return load(folder)


def _digest(how: FineTuning) -> str:
    """So that every setting has its own folder."""
    return hashlib.sha256(repr(how).encode()).hexdigest()[:8]
