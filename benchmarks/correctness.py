"""Every method's first steps on this machine's accelerator, beside the same steps on its CPU.

python -m benchmarks.correctness                                   # one of each kind
python -m benchmarks.correctness --cases=simclr,moco,bert

The small networks and data of the conformance suite, float32, with matrix products in float32 too; and "attention" in
bfloat16, by the kernel that the accelerator has, beside the CPU's in float32. Prints a line of JSON for each case: the
largest differences of metrics and parameters after three steps, or of attention and its gradient, and whether they are
those of rounding; status 1 where one is not.
"""

import json
import sys
import time
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

from benchmarks.accelerator import CASES as KINDS
from jssl.errors import DeviceError
from jssl.nets.attention import attend
from jssl.parallel import make_layout
from jssl.run.step import create_state, example_batch, make_step
from launch import command
from tests.methods.cases import BATCH, CASES, batch, build, optimizer, sense

STEPS = 3
CLOSE = {"rtol": 2e-3, "atol": 2e-4}
ATTENTION, HALF = "attention", {"rtol": 5e-2, "atol": 2e-2}
"""A case that is of no method, and what bfloat16 rounds."""


def steps(case: str, devices: list[jax.Device]) -> tuple[Any, list[dict[str, float]]]:
    """Parameters and metrics after three steps of a case on these devices, as NumPy has them."""
    method = build(case)
    layout = make_layout(sharded=method.sharded, devices=devices)
    state = create_state(method, optimizer(), 0, example_batch(sense(case).facts.spec, BATCH), layout)
    step, seen = layout.compile(make_step(method, optimizer()), state), []
    for i in range(STEPS):
        state, metrics = step(state, layout.feed(batch(case, i)))
        seen.append({name: float(np.asarray(x).reshape(-1)[0]) for name, x in metrics.items()})
    return jax.tree.map(np.asarray, layout.canonical(state).params), seen


def attention(device: jax.Device, dtype: Any) -> Any:
    """Attention of 65 tokens, plain and causal, and its gradients, float32 as NumPy has them."""
    rng = np.random.default_rng(0)
    given = [jax.device_put(rng.normal(size=(4, 65, 3, 64)).astype(dtype), device) for _ in range(3)]
    weights = jax.device_put(rng.normal(size=(4, 65, 3, 64)).astype(np.float32), device)

    def both(causal: bool, *qkv: jax.Array) -> tuple[jax.Array, jax.Array]:
        y = attend(*qkv, causal=causal).astype(jnp.float32)
        return jnp.sum(weights * y), y

    found = [jax.jit(jax.grad(partial(both, causal), (0, 1, 2), has_aux=True))(*given) for causal in (False, True)]
    return jax.tree.map(lambda x: np.asarray(x, np.float32), found)


def differ(one: Any, other: Any, close: dict[str, float] = CLOSE) -> tuple[float, bool]:
    """The largest absolute difference of two trees, and whether it is one of rounding."""
    pairs = list(zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True))
    return max(float(np.abs(a - b).max()) for a, b in pairs), all(np.allclose(a, b, **close) for a, b in pairs)


def beside(case: str, device: jax.Device, host: jax.Device) -> dict[str, tuple[float, bool]]:
    """The differences of a case by what is compared."""
    if case == ATTENTION:
        with jax.default_device(host):
            expected = attention(host, jnp.float32)
        return {ATTENTION: differ(attention(device, jnp.bfloat16), expected, HALF)}
    (params, metrics), (expected, expected_metrics) = (steps(case, [place]) for place in (device, host))
    return {"parameters": differ(params, expected), "metrics": differ(metrics, expected_metrics)}


def main() -> int:
    """Compare, case by case."""
    unknown = [case for case in ASKED.value if case not in (*CASES, ATTENTION)]
    if unknown:
        raise DeviceError(f"--cases={','.join(unknown)}: no such case; they are {ATTENTION}, {', '.join(CASES)}")
    jax.config.update("jax_default_matmul_precision", "highest")
    device, host = jax.devices()[0], jax.local_devices(backend="cpu")[0]
    wrong = 0
    for case in ASKED.value:
        start = time.perf_counter()
        found = beside(case, device, host)
        same = all(close for _, close in found.values())
        wrong += not same
        said = {f"largest difference of {name}": largest for name, (largest, _) in found.items()}
        seconds = time.perf_counter() - start
        row = {"benchmark": "correctness", "case": case, "device": device.device_kind, "same": same, **said}
        print(json.dumps({**row, "seconds": seconds}), flush=True)
    return int(wrong > 0)


if __name__ == "__main__":
    ASKED = flags.DEFINE_list("cases", list(KINDS), "Of the conformance suite, see tests/methods/cases.py.")
    command.run(lambda: sys.exit(main()))
