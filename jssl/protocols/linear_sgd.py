"""The papers' own linear probe: a classifier trained on a frozen encoder by SGD or LARS, on random crops and flips.

Tested on the central crop. This is not the probe of `jssl.evaluate.linear`, which is fitted to convergence on features
of central crops: their numbers do not compare.
"""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import jax

from jssl.encoder import load
from jssl.errors import ConfigError, DataError
from jssl.evaluate.protocol import summary
from jssl.optim.duration import Duration
from jssl.protocols.finetune import on_labels
from jssl.protocols.kept import keep_rows
from jssl.run.config import open_split
from jssl.run.train import fit
from jssl.run.workdir import read_config, read_json, write_json

if TYPE_CHECKING:
    from ml_collections import ConfigDict

TASK = "linear probe, SGD"
"""What its rows are called."""
RETURNS = "10%"
"""Of the training is lost at most when it is interrupted."""


class Probing(NamedTuple):
    """How a paper trains its linear classifier; the rate falls by half a cosine unless it drops."""

    like: str
    """Whose it is: the key in `PROBES`, and what was changed."""
    epochs: Duration
    batch_size: int
    learning_rate: float
    """Per 256 examples."""
    optimizer: str = "sgd"
    """Or "lars"."""
    nesterov: bool = False
    weight_decay: float = 0.0
    warmup: Duration = 0.0
    drops: tuple[Duration, ...] = ()
    """When the rate is divided by ten."""
    layers: int = 1
    patches: bool = False
    normalize: bool = False
    """These three as of `jssl.methods.semi_supervised.linear_probe`."""


PROBES = {
    probing.like: probing
    for probing in (
        Probing("simclr", 90, 4096, 0.1, nesterov=True),  # arXiv:2002.05709, by its code's README
        Probing("moco", 100, 256, 30.0, drops=(60.0, 80.0)),  # arXiv:1911.05722, section 4.1
        Probing("moco_v3", 90, 1024, 0.1),  # arXiv:2104.02057, its code's main_lincls.py; of ResNet-50
        Probing("moco_v3_vit", 90, 1024, 3.0),  # the same, of ViT-S
        Probing("byol", 80, 1024, 0.2, nesterov=True),  # arXiv:2006.07733, appendix C.1
        Probing("simsiam", 90, 4096, 0.1, optimizer="lars"),  # arXiv:2011.10566, appendix A
        Probing("barlow_twins", 100, 256, 0.3, weight_decay=1e-6),  # arXiv:2103.03230, appendix A
        Probing("vicreg", 100, 256, 0.02, weight_decay=1e-6),  # arXiv:2105.04906, appendix D
        Probing("swav", 100, 256, 0.3, weight_decay=1e-6),  # arXiv:2006.09882, its code's eval_linear.py
        Probing("dino", 100, 1024, 0.001, layers=4),  # arXiv:2104.14294, its code's eval_linear.py, for ViT-S
        Probing("dino_base", 100, 1024, 0.001, patches=True),  # the same, for ViT-B
        Probing("mae", 90, 16_384, 0.1, optimizer="lars", warmup=10.0, normalize=True),  # arXiv:2111.06377, table 10
    )
}
"""By paper. Momentum is 0.9 in all."""


def probing(like: str, **changes: Any) -> Probing:
    """A paper's probe with some settings of one's own.

    Args:
        like: a key of `PROBES`.
        changes: fields of `Probing`; what is None stays as it is. The result's `like` names them.

    Raises:
        ConfigError: an unknown paper.
    """
    if like not in PROBES:
        raise ConfigError(f"--probe={like!r} is none of {', '.join(PROBES)}")
    base = PROBES[like]
    given = {key: changes.get(key) for key in Probing._fields}
    changes = {key: value for key, value in given.items() if value is not None and value != getattr(base, key)}
    return base._replace(**changes, like=", ".join([like, *(f"{key} {value}" for key, value in changes.items())]))


def linear_sgd(workdir: Path | str, how: Probing, *, untrained: bool = False) -> dict[str, Any]:
    """Train a linear classifier on a run's frozen encoder, with all labels, and score it on the test split, once.

    It is a run of its own under `linear_sgd/` in the run's folder: on all devices, resumable, its views drawn by (seed,
    step, position). What is finished is not run again.

    Args:
        workdir: of a finished run.
        untrained: the same of the encoder's random start, the baseline.

    Returns:
        A row like those of `results.json`: "features" ("pretrained" or "untrained"), "task" (`TASK`), "labels", "mean"
        accuracy in [0, 1], "std", "draws", and "how", every setting. It is also written to `linear_sgd.json` in the
        run's folder, in place of an earlier one of the same settings.

    Raises:
        Refused: no run, no labels, settings that do not fit.
        Preempted: told to stop; the same call goes on.
    """
    workdir = Path(workdir).expanduser()
    config = _config(read_config(workdir), how, "" if untrained else str(workdir.absolute()))
    test = open_split(config, config.data.test)
    if test.labels is None:
        raise DataError(f"{test.name} has no labels on its test split: there is nothing to score a classifier by")
    name = "untrained" if untrained else "pretrained"
    digest = hashlib.sha256(repr(how).encode()).hexdigest()[:8]
    folder = workdir / "linear_sgd" / f"{name}-{digest}"
    path = folder / "result.json"
    fit(config, folder)
    if not path.exists():
        accuracy = load(folder).accuracy(test)
        if jax.process_index() == 0:
            write_json(path, {"accuracy": accuracy})
    else:
        accuracy = read_json(path, "accuracy")["accuracy"]
    row = {
        "features": name, "task": TASK, "labels": "all", **summary([accuracy]),
        "how": json.loads(json.dumps(how._asdict())),
    }  # fmt: skip
    keep_rows(workdir, "linear_sgd.json", [row], ("features", "how"))
    return row


def _config(run: "ConfigDict", how: Probing, start: str) -> "ConfigDict":
    config = on_labels(run, start)
    config.method = {
        "name": "linear_probe", "layers": how.layers, "patches": how.patches, "normalize": how.normalize,
    }  # fmt: skip
    config.labels = {"which": "all", "seed": 0, "ratio": 0, "validation": 0.0}
    config.optimizer = {
        "name": how.optimizer, "learning_rate": how.learning_rate, "weight_decay": how.weight_decay,
        "warmup": how.warmup, "drops": how.drops, "nesterov": how.nesterov,
    }  # fmt: skip
    config.batch_size = how.batch_size
    with config.ignore_type():  # a duration, which need not be of the type that the run's has
        config.epochs = how.epochs
        config.checkpoint = {"every": RETURNS, "keep": 1}
    return config
