"""Test-time training over a run: spoilt test pictures, classified as they are and after learning from each of them.

By arXiv:1909.13231: "adapted" trains the layers that both tasks have on one picture, classifies it, and forgets;
"adapted online" takes fewer steps on each picture and keeps them for the next.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jssl.augment.corrupt import CORRUPTIONS
from jssl.encoder import Encoder, load
from jssl.errors import ConfigError, DataError
from jssl.method import Batch, Method
from jssl.run.config import open_split
from jssl.run.workdir import write_json

NONE = "none"
"""The name of what leaves pictures as they are."""


class Adaptation(NamedTuple):
    """How pictures are spoilt and learnt from; the numbers are the paper's."""

    corruptions: Sequence[tuple[str, float]] = (("none", 0.0),)
    """Names of `jssl.augment.corrupt`, or "none", and how much of each; pixels are in [0, 1]."""
    steps: int = 10
    online_steps: int = 1
    learning_rate: float = 1e-3
    copies: int = 32
    """Of a picture in a step, each cropped, mirrored and turned by chance."""
    examples: int = 1000
    """Of the test split, from the first on."""
    batch_size: int = 32
    """Pictures that are learnt from side by side, each by a network of its own."""
    seed: int = 0


def train_at_test(workdir: Path | str, how: Adaptation, *, checkpoint: str | int = "latest") -> list[dict[str, Any]]:
    """What a run of `ttt` gets right of its test split under each corruption, without and with test-time training.

    Args:
        workdir: of a finished run.
        checkpoint: "latest", "best" or a step.

    Returns:
        Rows like those of `results.json`: "task" is the corruption, "features" "pretrained", "adapted" or "adapted
        online". They are also written to `ttt.json` in the run's folder.

    Raises:
        Refused: no run, or one of another method; no labels on the test split; an unknown corruption.
    """
    workdir = Path(workdir).expanduser()
    run = load(workdir, checkpoint)
    if run.method.adapt is None:
        raise ConfigError(f"{run.config.method.name} has no task to train by at test time: take a run of ttt")
    if unknown := [name for name, _ in how.corruptions if name not in (NONE, *CORRUPTIONS)]:
        raise ConfigError(f"corruption {unknown[0]!r} is none of {', '.join((NONE, *CORRUPTIONS))}")
    if not run.config.data.test:
        raise ConfigError("config.data.test is empty: there is no test split to train on")
    test = open_split(run.config, run.config.data.test, run.facts.assets)
    if test.labels is None:
        raise DataError(f"{test.name} has no labels on its test split: there is nothing to score by")
    chosen = np.arange(min(how.examples, test.length))
    batch, labels = test.read(chosen), test.labels[chosen]
    rows = []
    for name, amount in how.corruptions:
        spoilt = {**batch, "image": corrupted(batch["image"], name, amount, how.seed)}
        found = {
            "pretrained": apart(run, spoilt, how._replace(steps=0)),
            "adapted": apart(run, spoilt, how),
            "adapted online": online(run, spoilt, how),
        }
        task = "test pictures as they are" if name == NONE else f"test pictures, {name} {amount:g}"
        for features, logits in found.items():
            right = float(np.mean(logits.argmax(1) == labels))
            row = {"features": features, "task": task, "labels": run.config.labels.which, "mean": right}
            rows.append({**row, "std": None, "draws": 1})
    if jax.process_index() == 0:
        write_json(workdir / "ttt.json", {"rows": rows, "how": how._asdict()})
    return rows


def corrupted(images: np.ndarray, name: str, amount: float, seed: int) -> np.ndarray:
    """Pictures uint8 [n, h, w, c], each spoilt by its own number's key."""
    if name == NONE:
        return images
    keys = jax.vmap(partial(jax.random.fold_in, jax.random.key(seed)))(jnp.arange(len(images)))
    spoilt = jax.vmap(lambda key, image: CORRUPTIONS[name](key, image / 255.0, amount)[0])(keys, images)
    return np.asarray(jnp.round(255 * jnp.clip(spoilt, 0, 1))).astype(np.uint8)


def apart(run: Encoder, batch: Batch, how: Adaptation) -> np.ndarray:
    """Logits [n, classes] of pictures, each by a network of its own that has learnt from it alone."""
    n, size = len(batch["image"]), how.batch_size
    found = []
    for start in range(0, n, size):
        rows = np.arange(start, start + size) % n  # the last ones are filled up, so that one shape is compiled
        part = {name: x[rows] for name, x in batch.items()}
        found.append(np.asarray(_apart(run.method, _fixed(how), run.params, run.extra, rows, part)))
    return np.concatenate(found)[:n]


def online(run: Encoder, batch: Batch, how: Adaptation) -> np.ndarray:
    """Logits [n, classes] of pictures in their order, by one network that learns from each before it classifies it."""
    rows = np.arange(len(batch["image"]))
    return np.asarray(_online(run.method, _fixed(how), run.params, run.extra, rows, dict(batch)))


def _fixed(how: Adaptation) -> Adaptation:
    """Without what programs do not depend on."""
    return how._replace(corruptions=(), examples=0, batch_size=0)


@partial(jax.jit, static_argnums=(0, 1))
def _apart(method: Method, how: Adaptation, params: Any, extra: Any, rows: jax.Array, batch: Batch) -> jax.Array:
    return jax.vmap(lambda row, example: _one(method, how, how.steps, params, extra, row, example)[0])(rows, batch)


@partial(jax.jit, static_argnums=(0, 1))
def _online(method: Method, how: Adaptation, params: Any, extra: Any, rows: jax.Array, batch: Batch) -> jax.Array:
    def step(extra: Any, one: tuple[jax.Array, Batch]) -> tuple[Any, jax.Array]:
        logits, extra = _one(method, how, how.online_steps, params, extra, *one)
        return extra, logits

    return jax.lax.scan(step, extra, (rows, batch))[1]


def _one(
    method: Method, how: Adaptation, steps: int, params: Any, extra: Any, row: jax.Array, example: Batch
) -> tuple[jax.Array, Any]:
    """Logits [classes] of one picture, and the state that told them."""
    batch = jax.tree.map(lambda x: x[None], example)
    key = jax.random.fold_in(jax.random.key(how.seed), row)
    params, extra = method.adapt(
        params, extra, key, batch, steps=steps, learning_rate=how.learning_rate, copies=how.copies
    )
    return method.predict(params, extra, batch)[0], extra


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as plain text, in percent."""
    lines = ["test-time training: % of the test pictures right, as trained, each adapted to, adapted online"]
    for task in dict.fromkeys(row["task"] for row in rows):
        means = [f"{100 * row['mean']:.1f}" for row in rows if row["task"] == task]
        lines.append(f"  {task}: {'  '.join(means)}")
    return "\n".join(lines)


def read_corruptions(said: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """What "gaussian:0.3" and so on name.

    Raises:
        ConfigError: without an amount.
    """
    found = []
    for each in said:
        name, _, amount = each.partition(":")
        try:
            found.append((name, float(amount)))
        except ValueError as error:
            raise ConfigError(f"corruption {each!r}: write its name and amount, as gaussian:0.3") from error
    return tuple(found)
