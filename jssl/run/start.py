"""Start from another run's encoder: what fine-tuning and self-training from a pretrained network do."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from jssl.errors import CheckpointError
from jssl.method import State
from jssl.run.saved import read_run


def adopt(state: State, workdir: Path | str) -> State:
    """A first state, in canonical form, with the encoder of a run in place of the random one, teachers' included.

    Args:
        state: of a method that keeps its encoder as `params["encoder"]`, or as `extra["frozen"]["encoder"]`.
        workdir: of the run; its latest checkpoint is read.

    Raises:
        WorkdirError, CheckpointError: no run there, or another network, naming the first part that differs.
    """
    run = read_run(workdir)
    weights, stats = run.method.weights(run.params, run.extra)
    _check((state.params if "encoder" in state.params else state.extra["frozen"])["encoder"], weights, workdir)
    _check(state.extra["stats"]["encoder"], stats, workdir)

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
