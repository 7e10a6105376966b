"""What a run would take, without running it: steps, time on a chip, disk, and what data is missing."""

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax

from jssl.cost.chips import CHIPS, Chip
from jssl.cost.flops import count_flops
from jssl.cost.units import binary, decimal, duration
from jssl.data.source import default_data_dir
from jssl.errors import ConfigError
from jssl.run.abstract import without_data
from jssl.run.datasets import DATASETS
from jssl.run.paper import read_paper
from jssl.run.plan import make_plan

if TYPE_CHECKING:
    from ml_collections import ConfigDict

BY_NAME = {
    "v4": "TPU v4", "v5e": "TPU v5 lite", "v5p": "TPU v5", "v6e": "TPU v6 lite", "a100": "NVIDIA A100-SXM4-80GB",
    "h100": "NVIDIA H100 80GB HBM3", "h200": "NVIDIA H200",
}  # fmt: skip
"""Short names of chips -> keys of `CHIPS`."""
UTILISATION = 0.4
"""Share of the peak that is assumed; large matrix products reach more, ResNets under strong views less."""


def dry_run(config: "ConfigDict", chips: str = "v5e:8", utilisation: float = UTILISATION) -> dict[str, Any]:
    """The plan of a config that has a paper. Shapes alone are traced; nothing is compiled, opened or downloaded.

    Args:
        chips: a key of `BY_NAME`, and how many: "h100:8".
        utilisation: share of the chips' peak that is assumed, in (0, 1].

    Returns:
        "steps", "examples", "parameters", "flops" (of a step), "hours", "chips", "utilisation", "checkpoint_bytes",
        "disk_bytes" (of all checkpoints that are kept at once), "data_bytes" and "missing", words or "".

    Raises:
        ConfigError: an unknown chip or data set, and as `make_plan`.
    """
    chip, count = _chips(chips)
    if not 0 < utilisation <= 1:
        raise ConfigError(f"--utilisation={utilisation} is a share of the peak: above 0 and at most 1")
    name = read_paper(config.paper).data
    if name not in DATASETS:
        raise ConfigError(f"config.paper.data={name!r} is none of {', '.join(DATASETS)}")
    data = DATASETS[name]
    config = copy.deepcopy(config)
    config.data.validation = ""  # examples that watch the run are none of its steps
    plan = make_plan(config, train=without_data(config, data.examples, data.classes), devices=jax.devices()[:1])
    state = plan.abstract_state()
    flops = count_flops(plan.train_step, state, plan.abstract_batch())
    checkpoint = sum(
        leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves((state.params, state.opt, state.extra))
    )
    kept = config.checkpoint.keep + 1
    return {
        "steps": plan.steps, "examples": data.examples, "data": name,
        "parameters": sum(leaf.size for leaf in jax.tree.leaves(state.params)), "flops": flops,
        "chips": f"{count} x {chip.name}", "utilisation": utilisation,
        "hours": flops * plan.steps / (chip.peak(config.precision) * count * utilisation) / 3600,
        "precision": config.precision,
        "checkpoint_bytes": checkpoint, "kept": kept, "disk_bytes": checkpoint * kept,
        "data_bytes": round(data.gib * 2**30), "missing": missing(config, data.needs),
    }  # fmt: skip


def table(plan: dict[str, Any]) -> str:
    """A plan to read."""
    data = binary(plan["data_bytes"]) if plan["data_bytes"] else "of unknown size"
    rows = {
        "steps": f"{plan['steps']:,}, of {plan['data']}'s {plan['examples']:,} examples",
        "parameters": f"{plan['parameters']:,}",
        "FLOPs": f"{decimal(plan['flops'], 'FLOP')} a step, of matrix products and convolutions, by its trace",
        "time": f"{duration(3600 * plan['hours'])} on {plan['chips']}, if {plan['utilisation']:.0%} of the peak in"
        f" {plan['precision']} is reached, which is assumed, and data never waits; evaluations not counted",
        "disk": f"{binary(plan['disk_bytes'])}: {plan['kept']} checkpoints of {binary(plan['checkpoint_bytes'])};"
        f" the data {data}",
        "missing": plan["missing"] or "nothing: the data is there",
    }
    return "\n".join(f"{name:<11} {value}" for name, value in rows.items())


def missing(config: "ConfigDict", needs: str = "") -> str:
    """What of the config's data is not on this machine, in words; "" if all is there. Nothing is opened or fetched.

    Args:
        needs: files that have to be fetched by hand before a data set can be prepared.
    """
    data = config.data
    kind, _, rest = data.name.partition(":")
    if kind != "tfds":
        path = Path(rest or ".").expanduser()
        return "" if not rest or path.exists() else f"{data.name}: there is no {path}" + (f"; {needs}" if needs else "")
    folder = default_data_dir(data.data_dir or None) / rest.partition(":")[0].partition("/")[0]
    if folder.exists():
        return ""
    said = f"{data.name} is not prepared: there is no {folder}"
    return f"{said}; it needs {needs} in config.data.manual_dir" if needs else f"{said}; it is downloaded at the start"


def _chips(said: str) -> tuple[Chip, int]:
    name, _, count = said.partition(":")
    if name not in BY_NAME or not (count or "1").isdigit() or not int(count or 1):
        raise ConfigError(f"--chips={said!r}: give one of {', '.join(BY_NAME)}, and how many, as in v5e:8")
    return CHIPS[BY_NAME[name]], int(count or 1)
