"""What every config of a paper asks of a device in a step, read from the program before any compiler has seen it.

python -m benchmarks.programs
python -m benchmarks.programs --configs=simclr_imagenet,mae_imagenet --precision=float32

Per example: GFLOP of the step, and the share that its views take; of a step in bfloat16, the share of products that
networks still do in float32; and of the whole state the GiB. Nothing is compiled or computed, and no accelerator is
needed: a few seconds a config. `benchmarks.tpu_compile` reads the rest out of what a compiler makes of it.
"""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from absl import flags

from benchmarks.small_data import ROOT
from benchmarks.tables import markdown
from jssl.cost.flops import count_flops, flops_of
from jssl.errors import Refused
from jssl.run.abstract import shaped_like, without_data
from jssl.run.datasets import DATASETS
from jssl.run.plan import make_plan
from launch import command

if TYPE_CHECKING:
    from ml_collections import ConfigDict

NETWORKS = ROOT / "jssl" / "nets"
EXAMPLES = 1_281_167
"""Of a data set that nobody has described: as many as ImageNet's."""


def of_papers() -> list[str]:
    """The configs that say which paper they are of."""
    names = sorted(path.stem for path in (ROOT / "configs").glob("*.py") if path.stem != "__init__")
    return [name for name in names if config_of(name).paper.get("arxiv")]


def config_of(name: str) -> "ConfigDict":
    """A config by its name."""
    return importlib.import_module(f"configs.{name}").get_config()


def in_float32(equation: Any) -> bool:
    """Whether a product is one of a network, and not in half precision."""
    files = (Path(frame.file_name) for frame in equation.source_info.traceback.frames)
    of = next((file for file in files if ROOT / "jssl" in file.parents), None)
    return of is not None and of.parent == NETWORKS and equation.invars[0].aval.dtype == jnp.float32


def measure(config: "ConfigDict") -> dict[str, float]:
    """FLOPs of a step and of its views, an example; the share in float32; bytes of the state."""
    known = DATASETS.get(config.paper.get("data"))
    train = without_data(config, known.examples, known.classes) if known else shaped_like(config, EXAMPLES)
    config.data.validation = ""  # examples that watch the run are none of its steps
    plan = make_plan(config, train=train, devices=jax.devices()[:1])
    state, batch = plan.abstract_state(), plan.abstract_batch()
    program = jax.make_jaxpr(plan.train_step)(state, batch).jaxpr
    step = flops_of(program)
    keys = jax.eval_shape(lambda: jax.random.split(jax.random.key(0), config.batch_size))
    views = count_flops(plan.method.views, keys, batch)
    state_bytes = sum(x.size * x.dtype.itemsize for x in jax.tree.leaves(state) if hasattr(x.dtype, "itemsize"))
    return {
        "flops": step / config.batch_size,
        "views": views / step if step else 0.0,
        "float32": flops_of(program, only=in_float32) / step if step else 0.0,
        "state": state_bytes,
    }


def main() -> None:
    """Trace and print."""
    lines = [["config", "batch", "GFLOP an example", "views, %", "networks in float32, %", "state, GiB"], ["---"] * 6]
    for name in CONFIGS.value or of_papers():
        config = config_of(name)
        config.precision = PRECISION.value
        try:
            found = measure(config)
        except Refused as refused:
            print(f"{name}: {refused}", flush=True)
            continue
        lines.append([
            f"`{name}`", str(config.batch_size), f"{found['flops'] / 1e9:.3g}", f"{100 * found['views']:.1f}",
            f"{100 * found['float32']:.1f}", f"{found['state'] / 2**30:.2f}",
        ])  # fmt: skip
        print(" | ".join(lines[-1]), flush=True)
    print(markdown(lines))


if __name__ == "__main__":
    CONFIGS = flags.DEFINE_list("configs", [], "By their names in configs/; all of papers by default.")
    PRECISION = flags.DEFINE_enum("precision", "bf16", ["bf16", "float32"], "Of the step.")
    command.run(main)
