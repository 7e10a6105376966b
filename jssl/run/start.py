"""Start from other runs' networks: what fine-tuning, self-training and distillation do."""

from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from jssl.errors import CheckpointError, ConfigError
from jssl.method import State
from jssl.run.saved import read_run


def begun(state: State, config: Any) -> State:
    """A first state, in canonical form, with what the config takes from other runs: `config.start` and `.teacher`.

    Raises:
        ConfigError: a method with a teacher to learn from, and none.
        WorkdirError, CheckpointError: as `adopt`.
    """
    if config.start:
        state = adopt(state, config.start, hidden=len(config.method.get("hidden", ())))
    if "teacher" not in state.extra.get("frozen", ()):
        return state
    if not config.get("teacher"):
        raise ConfigError("config.teacher names no run: set it to the folder of the one to be distilled")
    run = read_run(config.teacher)
    if "average" not in run.extra:
        raise ConfigError(f"config.teacher={config.teacher!r} is a run of {run.config.method.name}: no classifier")
    teacher = {"params": run.extra["average"], "stats": run.extra["stats"]}
    where = "teacher", config.teacher, "config.method.teacher and teacher_hidden"
    _check(state.extra["frozen"]["teacher"], teacher, *where)
    return state._replace(extra={**state.extra, "frozen": {"teacher": teacher}})


def adopt(state: State, workdir: Path | str, *, hidden: int = 0) -> State:
    """A first state, in canonical form, with the encoder of a run in place of the random one, teachers' included.

    Args:
        state: of a method that keeps its encoder as `params["encoder"]`, or as `extra["frozen"]["encoder"]`.
        workdir: of the run; its latest checkpoint is read.
        hidden: layers of the classifier's head, from the encoder on, that begin as those of the run's projector.

    Raises:
        WorkdirError, CheckpointError: no run there, or another network, naming the first part that differs.
    """
    run = read_run(workdir)
    weights, stats = run.method.weights(run.params, run.extra)
    where = "start", workdir, "config.encoder and config.augment"
    _check((state.params if "encoder" in state.params else state.extra["frozen"])["encoder"], weights, *where)
    _check(state.extra["stats"]["encoder"], stats, *where)
    head = [f"layer{i}" for i in range(hidden)]
    copied = partial(jax.tree.map, jnp.copy)
    if hidden:
        _check(_layers(state.params["head"], head), _layers(run.params.get("projector", {}), head), *where)

    def replaced(name: str, tree: Any) -> Any:
        if not (isinstance(tree, dict) and "encoder" in tree):
            return tree
        of_stats = name.endswith("stats")
        # A copy for each: the step donates its state, and one buffer cannot be given away twice.
        found = {**tree, "encoder": copied(stats if of_stats else weights)}
        if hidden:
            theirs = run.extra["stats"] if of_stats else run.params
            kept = copied(_layers(theirs["projector"], head))
            found["head"] = {part: {**each, **kept.get(part, {})} for part, each in tree["head"].items()}
        return found

    extra = {name: replaced(name, tree) for name, tree in state.extra.items()}
    return state._replace(params=replaced("params", state.params), extra=extra)


def shapes(tree: Any) -> dict[str, tuple[int, ...]]:
    """The shape of each array of a tree, by its path: what two encoders have in common if they are one network."""
    return {jax.tree_util.keystr(path): leaf.shape for path, leaf in jax.tree_util.tree_leaves_with_path(tree)}


def _layers(head: Any, names: list[str]) -> Any:
    """Of the parameters or statistics of an `mlp` those of some layers."""
    return {part: {name: each[name] for name in names if name in each} for part, each in head.items()}


def _check(ours: Any, theirs: Any, key: str, workdir: Path | str, cure: str) -> None:
    both = shapes(ours), shapes(theirs)
    for name in sorted({*both[0], *both[1]}):
        here, there = (found.get(name, "not there") for found in both)
        if here != there:
            raise CheckpointError(
                f"config.{key}={str(workdir)!r} holds another {'encoder' if key == 'start' else 'network'}: {name} is"
                f" {there} there and {here} here; give {cure} that run's values"
            )
