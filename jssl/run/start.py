"""Start from other networks, of runs or of others: what fine-tuning, self-training and distillation do."""

import logging
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from jssl.convert.origins import fit, is_origin, read_weights
from jssl.errors import CheckpointError, ConfigError
from jssl.method import State
from jssl.run.saved import read_run

log = logging.getLogger(__name__)


def begun(state: State, config: Any) -> State:
    """A first state, in canonical form, with what the config takes from elsewhere: `config.start` and `.teacher`.

    Raises:
        ConfigError: a method with a teacher to learn from, and none.
        WorkdirError, CheckpointError: as `adopt`.
    """
    if config.start:
        state = adopt(state, config.start, config.encoder.to_dict(), hidden=len(config.method.get("hidden", ())))
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


def adopt(state: State, start: Path | str, encoder: dict[str, Any], *, hidden: int = 0) -> State:
    """A first state, in canonical form, with another encoder in place of the random one, teachers' included.

    Args:
        state: of a method that keeps its encoder as `params["encoder"]`, or as `extra["frozen"]["encoder"]`.
        start: the folder of a run, whose latest checkpoint is read; or weights of others, see
            `jssl.convert.origins.read_weights`.
        encoder: the `config.encoder` of the state.
        hidden: layers of the classifier's head, from the encoder on, that begin as those of the run's projector.

    Raises:
        WorkdirError, CheckpointError: no run there, or another network, naming the first part that differs; a method
            that has not one encoder.
    """
    holder = state.params if "encoder" in state.params else state.extra.get("frozen", {})
    if "encoder" not in holder:
        raise CheckpointError(f"config.start={str(start)!r}: the method has not one encoder that could start from it")
    ours, own_stats = holder["encoder"], state.extra["stats"]["encoder"]
    copied, head = partial(jax.tree.map, jnp.copy), [f"layer{i}" for i in range(hidden)]
    where = "start", start, "config.encoder and config.augment"
    heads: dict[str, Any] = {}
    if is_origin(str(start)):
        if hidden:
            raise CheckpointError(
                f"config.start={str(start)!r} has no projector for config.method.hidden to begin with"
            )
        weights, stats, left_out = fit(read_weights(str(start)), encoder, ours, own_stats)
        if left_out:
            log.info("%s: left out, as an encoder has no such part: %s", start, ", ".join(left_out))
    else:
        run = read_run(start)
        weights, stats = run.method.weights(run.params, run.extra)
        _check(ours, weights, *where)
        _check(own_stats, stats, *where)
        if hidden:
            heads = {"params": run.params.get("projector", {}), "stats": run.extra["stats"].get("projector", {})}
            _check(_layers(state.params["head"], head), _layers(heads["params"], head), *where)

    def replaced(name: str, tree: Any) -> Any:
        if not (isinstance(tree, dict) and "encoder" in tree):
            return tree
        of_stats = name.endswith("stats")
        # A copy for each: the step donates its state, and one buffer cannot be given away twice.
        found = {**tree, "encoder": copied(stats if of_stats else weights)}
        if heads:
            kept = copied(_layers(heads["stats" if of_stats else "params"], head))
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
