"""The only training loop."""

import logging
import math
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from jssl.data.prefetch import prefetch
from jssl.data.source import Source, part
from jssl.errors import CheckpointError
from jssl.evaluate.discrepancy import make_discrepancy, selection_score
from jssl.evaluate.held_out import make_perplexity
from jssl.evaluate.monitors import collapsed, make_monitor
from jssl.features import extract
from jssl.method import State
from jssl.run.chance import Watch
from jssl.run.checkpoint import named_when_full, open_checkpoints, restore, save, saved_steps
from jssl.run.config import to_json
from jssl.run.lock import only_one
from jssl.run.pace import Pace
from jssl.run.plan import Plan, make_plan
from jssl.run.preemption import Preempted, preemption
from jssl.run.start import begun
from jssl.run.workdir import claim, environment, keep_facts, keep_labels, write_json
from jssl.run.writers import Progress, Writers

if TYPE_CHECKING:
    from ml_collections import ConfigDict

log = logging.getLogger(__name__)


class Diverged(FloatingPointError):
    """The loss is not finite. Every checkpoint is from before that."""


def fit(
    config: "ConfigDict",
    workdir: Path | str,
    *,
    train: Source | None = None,
    devices: Sequence[jax.Device] | None = None,
) -> State:
    """Pretrain, or go on pretraining, until `config.epochs` are done.

    Args:
        workdir: of this run alone.
        train: the config's train split where it is open already, with the tokenizer of another run, say.
        devices: all there are by default.

    Returns:
        The last state, in canonical form.

    Raises:
        Refused: a bad config, data set, device set, folder or checkpoint, or a folder in use, before anything is
            written over.
        FloatingPointError: a loss of NaN or Inf (`Diverged`), or such features.
        Preempted: after SIGTERM, once the state is saved.
    """
    plan = make_plan(config, train=train, devices=devices)
    if not saved_steps(Path(workdir).expanduser() / "checkpoints"):
        begun(plan.abstract_state(), config)  # refused now, and not once the folder is this config's
    with only_one(workdir), named_when_full(Path(workdir).expanduser()):
        return _fit(plan, claim(workdir, to_json(config)))


def _fit(plan: Plan, workdir: Path) -> State:
    config = plan.config
    if jax.process_index() == 0:
        write_json(workdir / "environment.json", environment())
        keep_facts(workdir, plan.facts, plan.train)
        if plan.labelled:
            keep_labels(workdir, plan.labelled)
    with closing(open_checkpoints(workdir / "checkpoints", keep=config.checkpoint.keep)) as manager:
        position = {"seed": config.seed, "batch_size": config.batch_size, "examples": plan.train.length}
        state, start = _begin(plan, manager, position)
        train_step, monitor = plan.train_step, _monitor(plan)
        looks, saves = plan.steps_of("evaluate.every"), plan.steps_of("checkpoint.every")
        feed = prefetch(plan.batches(start), plan.layout.feed)
        with closing(feed), closing(_Journal(plan, workdir, start)) as journal, preemption(manager) as told_to_stop:
            running: tuple[int, Any] | None = None
            for step in range(start + 1, plan.steps + 1):
                state, metrics = train_step(state, next(feed))
                if running:  # looked at while this step computes, so that the device never waits for us
                    _check(journal.trained(*running), running[0], manager)
                running = (step, metrics)
                stop = told_to_stop(step)
                look = _due(looks, plan, step)
                keep = _due(saves, plan, step) or step == plan.steps
                if not (stop or look or keep):
                    continue
                _check(journal.trained(*running), step, manager)  # nothing is saved before its loss is known
                running, score = None, None
                whole = plan.layout.canonical(state)
                if look and not stop:
                    seen = monitor(whole.params, whole.extra)
                    journal.seen(step, seen)
                    score = _rank(seen)
                if keep or stop:
                    save(manager, whole, {**position, "step": step}, score)
                journal.pause(step)
                if stop and step < plan.steps:
                    manager.wait_until_finished()
                    raise Preempted(
                        f"told to stop: saved step {step} of {plan.steps} in {workdir}; start again to go on"
                    )
        manager.wait_until_finished()
    return plan.layout.canonical(state)


def _begin(plan: Plan, manager: Any, position: dict[str, Any]) -> tuple[State, int]:
    """The state to start from, and how many steps it has behind it."""
    if not manager.all_steps():
        state = plan.create_state()
        whole = plan.layout.canonical(state)
        begins = begun(whole, plan.config)
        return (state if begins is whole else plan.layout.place(begins)), 0
    state, saved = restore(manager, plan.abstract_state())
    step = saved.pop("step", None)
    if not isinstance(step, int):
        raise CheckpointError(f"the latest checkpoint in {manager.directory} is damaged: it says {step!r} for its step")
    if saved != position:
        raise CheckpointError(f"the data has changed since checkpoint {step}: {saved} then, {position} now")
    return plan.layout.place(state), step


def _monitor(plan: Plan) -> Callable[[Any, Any], dict[str, float]]:
    looks = plan.config.evaluate
    monitor = make_monitor(
        plan.method,
        plan.inputs,
        plan.layout,
        plan.train,
        k=looks.k,
        temperature=looks.temperature,
        max_examples=looks.examples,
    )
    if plan.validation is not None:
        perplexity = make_perplexity(plan.method, plan.layout, plan.validation)
        return lambda params, extra: {**monitor(params, extra), "perplexity": perplexity(params, extra)}
    if plan.labelled is None:
        return monitor
    if plan.labelled.inside is not None and not plan.labelled.inside.all():
        monitor = _with_discrepancy(plan, monitor)
    if not len(plan.labelled.validation):
        return monitor
    predict = jax.jit(plan.method.predict)
    held_out = part(plan.labelled.source, plan.labelled.validation)

    def with_validation(params: Any, extra: Any) -> dict[str, float]:
        logits = extract(partial(predict, params, extra), held_out, layout=plan.layout)
        return {**monitor(params, extra), "validation": float(np.mean(logits.argmax(1) == held_out.labels))}

    return with_validation


def _with_discrepancy(plan: Plan, monitor: Callable[[Any, Any], dict[str, float]]) -> Callable:
    domains, looks = plan.labelled, plan.config.evaluate
    distance = make_discrepancy(
        plan.method, plan.layout, domains.source, domains.inside, max_examples=looks.examples, seed=plan.config.seed
    )
    return lambda params, extra: {**monitor(params, extra), "discrepancy": distance(params, extra)}


def _rank(seen: dict[str, float]) -> float:
    """What the best checkpoint has most of: of what was seen, that which is nearest to the method's task."""
    if "perplexity" in seen:
        return -seen["perplexity"]
    if "discrepancy" in seen:
        return selection_score(seen["discrepancy"], 1 - seen["validation"] if "validation" in seen else None)
    return seen.get("validation", seen.get("knn", seen["rankme"]))


def _due(interval: int, plan: Plan, step: int) -> bool:
    return interval > 0 and (step % interval == 0 or step == plan.steps)


def _check(loss: float, step: int, manager: Any) -> None:
    if math.isfinite(loss):
        return
    last = manager.latest_step()
    raise Diverged(
        f"the loss is {loss} at step {step}; "
        + (f"the last good checkpoint is step {last}" if last is not None else "there is no checkpoint yet")
        + ". Likely causes: too high a learning rate (config.optimizer.learning_rate, a longer optimizer.warmup, or"
        ' config.optimizer.clip), too small a temperature, or precision="bf16" where float32 is needed.'
    )


class _Journal:
    """What is told of a run while it goes on; in a run of many processes, by the first one."""

    def __init__(self, plan: Plan, workdir: Path, start: int) -> None:
        main = jax.process_index() == 0
        self._plan = plan
        self._writers = Writers(workdir, to_json(plan.config), resume_step=start) if main else None
        self._progress = Progress(plan.steps, start, show=main)
        self._began = time.perf_counter()
        self._pace = Pace(plan)
        self._watch = Watch(
            plan.chance, warmup=plan.steps_of("optimizer.warmup"), epoch=plan.steps_per_epoch, steps=plan.steps
        )  # fmt: skip

    def trained(self, step: int, metrics: dict[str, jax.Array]) -> float:
        """Log a finished step now and then. Returns its loss."""
        loss, chance = _scalar(metrics["loss"]), self._plan.chance
        if warning := self._watch(step, loss):
            log.warning("step %d: %s", step, warning)
        if step % self._plan.config.log_every == 0 or step == self._plan.steps:
            self._pace.look(step)
            row = {f"train/{name}": _scalar(value) for name, value in metrics.items()}
            row["train/learning_rate"] = float(self._plan.schedule(step - 1))
            beside = ""
            if chance is not None:
                row["train/chance"], beside = chance, f" (chance {chance:.3f})"
            if not math.isnan(self._pace.rate):
                row["train/examples_per_second"] = self._pace.rate
            self._progress.update(step, f"loss {loss:.3f}{beside}{self._pace.told(step)}")
            self._write(step, row)
        return loss

    def seen(self, step: int, values: dict[str, float]) -> None:
        """Log what the monitors saw, and warn of a collapse."""
        text = "  ".join(f"{name} {value:.3g}" for name, value in values.items())
        self._progress.say(f"epoch {step / self._plan.steps_per_epoch:g}: {text}")
        self._write(step, {f"monitor/{name}": value for name, value in values.items()})
        if warning := collapsed(values):
            log.warning("step %d: %s", step, warning)

    def pause(self, step: int) -> None:
        """Start the clock again: monitors and saves are not training."""
        self._pace.pause(step)

    def close(self) -> None:
        """Close all writers."""
        self._progress.close()
        if self._writers:
            self._writers.close()

    def _write(self, step: int, row: dict[str, float]) -> None:
        if self._writers:
            epoch, seconds = step / self._plan.steps_per_epoch, time.perf_counter() - self._began
            self._writers.write(step, {"epoch": epoch, "time": seconds, **row})


def _scalar(value: jax.Array) -> float:
    return float(np.asarray(value.addressable_data(0)).reshape(-1)[0])
