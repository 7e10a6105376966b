"""The only training loop."""

import logging
import math
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from jssl.checkpoint import open_checkpoints, restore, save
from jssl.config import build, to_json
from jssl.data.loader import prefetch, steps_per_epoch, train_batches
from jssl.data.sources import Source, open_source
from jssl.errors import CheckpointError
from jssl.evaluate.monitors import collapsed, make_monitor
from jssl.method import State
from jssl.optim import make_optimizer
from jssl.parallel import Layout, make_layout
from jssl.preemption import Preempted, preemption
from jssl.step import abstract_state, create_state, example_batch, make_step
from jssl.workdir import claim, environment, write_json
from jssl.writers import Progress, Writers

if TYPE_CHECKING:
    from ml_collections import ConfigDict

log = logging.getLogger(__name__)


class Diverged(ArithmeticError):
    """The loss is not finite. The last checkpoint is from before that."""


def open_split(config: "ConfigDict", split: str) -> Source:
    """The data set of a run: one of its splits."""
    data = config.data
    return open_source(
        data.name, split=split, size=data.size or None, data_dir=data.data_dir or None,
        manual_dir=data.manual_dir or None, route=data.route,
    )  # fmt: skip


def fit(config: "ConfigDict", workdir: Path | str, *, devices: Sequence[jax.Device] | None = None) -> State:
    """Pretrain, or go on pretraining, until `config.epochs` are done.

    Returns:
        The last state, in canonical form.

    Raises:
        ConfigError, DataError, WorkdirError, CheckpointError: before anything is written over.
        Diverged: a loss of NaN or Inf.
        Preempted: after SIGTERM, once the state is saved.
    """
    method, recipe = build(config)
    layout = make_layout(
        compiler=config.parallel.compiler, fsdp=config.parallel.fsdp, sharded=method.sharded, devices=devices
    )
    layout.check_batch(config.batch_size, config.accumulate)
    train = open_split(config, config.data.train)
    per_epoch = steps_per_epoch(train.length, config.batch_size)
    total = round(config.epochs * per_epoch)
    optimizer, schedule = make_optimizer(
        **config.optimizer.to_dict(), batch_size=config.batch_size, epochs=config.epochs, steps_per_epoch=per_epoch
    )
    workdir = claim(workdir, to_json(config))
    main = jax.process_index() == 0
    if main:
        write_json(workdir / "environment.json", environment())
        write_json(workdir / "data.json", describe(train))

    manager = open_checkpoints(workdir / "checkpoints", keep=config.checkpoint.keep)
    batch = example_batch(train.shape, config.batch_size)
    position = {"seed": config.seed, "batch_size": config.batch_size, "examples": train.length}
    if manager.all_steps():
        like = abstract_state(method, optimizer, config.seed, batch, layout)
        state, saved = restore(manager, like)
        if (found := {**saved, "step": None}) != (wanted := {**position, "step": None}):
            raise CheckpointError(f"the data has changed since the checkpoint: {found} then, {wanted} now")
        state = layout.place(state)
    else:
        state = create_state(method, optimizer, config.seed, batch, layout)
    start = int(layout.canonical(state).step)

    test = open_split(config, config.data.test) if config.data.test and train.labels is not None else None
    monitor = make_monitor(
        method, recipe, layout, train, test,
        k=config.evaluate.k, temperature=config.evaluate.temperature, max_examples=config.evaluate.examples,
    )  # fmt: skip
    train_step = layout.compile(make_step(method, optimizer, accumulate=config.accumulate))
    batches = train_batches(
        train, batch_size=config.batch_size, seed=config.seed, start_step=start,
        process_index=jax.process_index(), process_count=jax.process_count(),
    )  # fmt: skip
    writers = Writers(workdir, to_json(config), resume_step=start) if main else None
    progress = Progress(total, start, show=main)
    clock = _Clock(config.batch_size)
    score = None

    def settle(step: int, metrics: dict[str, jax.Array]) -> None:
        """Look at the metrics of a finished step, while the next one runs."""
        if not math.isfinite(loss := float(_first(metrics["loss"]))):
            raise Diverged(_why(step, loss, manager.latest_step()))
        if step % config.log_every == 0 or step == total:
            rate = clock.rate(step)
            progress.update(step, f"loss {loss:.3f}  {rate:,.0f} images/s")
            if writers:
                row = {f"train/{name}": float(_first(value)) for name, value in metrics.items()}
                row |= {"train/learning_rate": float(schedule(step - 1)), "train/images_per_second": rate}
                writers.write(step, {"epoch": step / per_epoch, "time": clock.elapsed(), **row})

    def every(epochs: float, step: int) -> bool:
        return bool(epochs) and (step % max(round(epochs * per_epoch), 1) == 0 or step == total)

    with closing(manager), closing(progress), preemption(manager) as told_to_stop:
        with closing(prefetch(batches, layout.feed)) as feed:
            pending = None
            for step in range(start + 1, total + 1):
                state, metrics = train_step(state, next(feed))
                if pending:
                    settle(*pending)
                pending = (step, metrics)
                stop = told_to_stop(step)
                look = every(config.evaluate.every, step)
                if not (stop or look or every(config.checkpoint.every, step)):
                    continue
                settle(*pending)  # nothing is saved before its loss is known to be finite
                pending = None
                whole = layout.canonical(state)
                if look and not stop:
                    seen = monitor(whole.params, whole.extra)
                    score = seen.get("knn", seen["rankme"])
                    _tell(progress, step / per_epoch, seen)
                    if writers:
                        row = {f"monitor/{name}": value for name, value in seen.items()}
                        writers.write(step, {"epoch": step / per_epoch, "time": clock.elapsed(), **row})
                if stop or every(config.checkpoint.every, step):
                    save(manager, whole, {**position, "step": step}, score if look and not stop else None)
                clock.skip(step)
                if stop and step < total:
                    manager.wait_until_finished()
                    raise Preempted(f"told to stop: saved step {step} of {total} in {workdir}; start again to go on")
        manager.wait_until_finished()
    if writers:
        writers.close()
    return layout.canonical(state)


def describe(source: Source) -> dict[str, Any]:
    """What `data.json` keeps of a data set, so that a run can be loaded without it."""
    return {
        "examples": source.length,
        "shape": list(source.shape),
        "classes": list(source.classes),
        "skipped": [list(pair) for pair in source.skipped],
    }


class _Clock:
    """Images per second of training alone: monitors, saves and the first, compiling step do not count."""

    def __init__(self, batch_size: int) -> None:
        self._batch_size, self._start = batch_size, time.perf_counter()
        self._mark: tuple[int, float] | None = None
        self._rate = math.nan

    def elapsed(self) -> float:
        return time.perf_counter() - self._start

    def rate(self, step: int) -> float:
        now = time.perf_counter()
        if self._mark and step > self._mark[0]:
            self._rate = (step - self._mark[0]) * self._batch_size / (now - self._mark[1])
        self._mark = (step, now)
        return self._rate

    def skip(self, step: int) -> None:
        self._mark = (step, time.perf_counter())


def _first(value: jax.Array) -> np.ndarray:
    return np.asarray(value.addressable_data(0)).reshape(-1)[0]


def _tell(progress: Progress, epoch: float, seen: dict[str, float]) -> None:
    text = "  ".join(f"{name} {value:.3g}" for name, value in seen.items())
    progress.say(f"epoch {epoch:g}: {text}")
    if warning := collapsed(seen):
        log.warning("epoch %g: %s", epoch, warning)


def _why(step: int, loss: float, checkpoint: int | None) -> str:
    last = f"the last good checkpoint is step {checkpoint}" if checkpoint else "there is no checkpoint yet"
    return (
        f"the loss is {loss} at step {step}; {last}. Likely causes: too high a learning rate "
        "(config.optimizer.learning_rate, a longer warmup_epochs, or config.optimizer.clip), a temperature that is too "
        'small, or precision="bf16" where the network needs float32.'
    )
