"""Start from the encoder of another run, or of others: what fine-tuning and self-training begin with."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from jssl.convert.origins import fit, is_origin, read_weights
from jssl.errors import CheckpointError
from jssl.method import State
from jssl.run.saved import read_run

log = logging.getLogger(__name__)


def adopt(state: State, start: Path | str, encoder: Mapping[str, Any]) -> State:
    """A first state, in canonical form, with another encoder in place of the random one, teachers' included.

    Args:
        state: of a method that keeps its encoder as `params["encoder"]`, or as `extra["frozen"]["encoder"]`.
        start: the folder of a run, whose latest checkpoint is read; or weights of others, see
            `jssl.convert.origins.read_weights`.
        encoder: the `config.encoder` of the state.

    Raises:
        WorkdirError, CheckpointError: no run there, or another network, naming the first part that differs; a method
            that has not one encoder.
    """
    holder = state.params if "encoder" in state.params else state.extra.get("frozen", {})
    if "encoder" not in holder:
        raise CheckpointError(f"config.start={str(start)!r}: the method has not one encoder that could start from it")
    ours, own_stats = holder["encoder"], state.extra["stats"]["encoder"]
    if is_origin(str(start)):
        weights, stats, left_out = fit(read_weights(str(start)), encoder, ours, own_stats)
        if left_out:
            log.info("%s: left out, as an encoder has no such part: %s", start, ", ".join(left_out))
    else:
        run = read_run(start)
        weights, stats = run.method.weights(run.params, run.extra)
        _check(ours, weights, start)
        _check(own_stats, stats, start)

    def replaced(name: str, tree: Any) -> Any:
        if not (isinstance(tree, dict) and "encoder" in tree):
            return tree
        # A copy for each: the step donates its state, and one buffer cannot be given away twice.
        return {**tree, "encoder": jax.tree.map(jnp.copy, stats if name.endswith("stats") else weights)}

    extra = {name: replaced(name, tree) for name, tree in state.extra.items()}
    return state._replace(params=replaced("params", state.params), extra=extra)


def shapes(tree: Any) -> dict[str, tuple[int, ...]]:
    """The shape of each array of a tree, by its path: what two encoders have in common if they are one network."""
    return {jax.tree_util.keystr(path): leaf.shape for path, leaf in jax.tree_util.tree_leaves_with_path(tree)}


def _check(ours: Any, theirs: Any, workdir: Path | str) -> None:
    both = shapes(ours), shapes(theirs)
    for name in sorted({*both[0], *both[1]}):
        here, there = (found.get(name, "not there") for found in both)
        if here != there:
            raise CheckpointError(
                f"config.start={str(workdir)!r} holds another encoder: {name} is {there} there and {here} here; give"
                " config.encoder and config.augment that run's values"
            )
