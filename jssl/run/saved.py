"""A run read back from its folder: what it was built from, and its weights."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import optax

from jssl.data.source import Facts
from jssl.inputs.input import Input
from jssl.method import Method, PyTree
from jssl.nets.net import Net
from jssl.parallel import Layout, make_layout
from jssl.run.build import build
from jssl.run.checkpoint import open_checkpoints, restore_weights
from jssl.run.step import abstract_state, example_batch
from jssl.run.workdir import read_config, read_facts


class Saved(NamedTuple):
    """A run without its optimiser, and without what is sharded."""

    config: Any
    method: Method
    inputs: dict[str, Input]
    encoders: dict[str, Net]
    layout: Layout
    facts: Facts
    params: PyTree
    extra: dict[str, PyTree]
    step: int


def read_run(
    workdir: Path | str, checkpoint: str | int = "latest", *, devices: Sequence[jax.Device] | None = None
) -> Saved:
    """The run of a folder.

    Args:
        workdir: the folder given to `launch.pretrain`.
        checkpoint: "latest", "best" or a step.
        devices: where to compute; all there are by default, whatever the run was trained on.

    Raises:
        WorkdirError, CheckpointError: no run there, or no such checkpoint.
    """
    workdir = Path(workdir).expanduser()
    config, facts = read_config(workdir), read_facts(workdir)
    method, inputs, encoders = build(config, facts)
    layout = make_layout(devices=devices)
    batch = example_batch(facts.spec, layout.devices)
    like = abstract_state(method, optax.identity(), config.seed, batch, layout)
    like = like._replace(extra=without_banks(method, like.extra))
    manager = open_checkpoints(workdir / "checkpoints", read_only=True)
    state = restore_weights(manager, like, checkpoint)
    manager.close()
    return Saved(config, method, inputs, encoders, layout, facts, state.params, state.extra, int(state.step))


def without_banks(method: Method, extra: dict[str, PyTree]) -> dict[str, PyTree]:
    """What `embed` needs: a bank would only take memory, and have to divide over the devices."""
    return {name: tree for name, tree in extra.items() if name not in method.sharded}
