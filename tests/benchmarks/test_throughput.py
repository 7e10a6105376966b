import json
import os
import subprocess
import sys

import jax
import pytest

from benchmarks import throughput
from jssl.cost.chips import CHIPS
from jssl.errors import ConfigError, DeviceError
from tests import tiny_config


@pytest.mark.slow
def test_a_measurement(monkeypatch):
    """On a device said to do 1 GFLOP/s, so that the share of its peak can be checked."""
    kind = jax.devices()[0].device_kind
    monkeypatch.setitem(CHIPS, kind, CHIPS["TPU v4"]._replace(float32=1e9, bf16=2e9))
    plan = throughput.plan_for(tiny_config.get_config(), "synthetic", 1000)
    result = throughput.measure(plan, steps=4, warmup=1)
    assert (result["device"], result["devices"], result["batch_size"], result["steps"]) == (kind, 8, 64, 4)
    assert (result["data"], result["example"], result["compiler"]) == ("synthetic", {"image": [8, 8, 1]}, "jit")
    assert 0 < result["step_seconds_p10"] <= result["step_seconds"] <= result["step_seconds_p90"]
    assert result["compile_seconds"] > 0
    assert result["examples_per_second"] == pytest.approx(8 * result["examples_per_second_per_device"])
    steps_per_second = result["examples_per_second"] / 64
    assert 1 / result["step_seconds_p90"] / 2 < steps_per_second < 2 / result["step_seconds_p10"]
    assert 0 <= result["share_waiting_for_data"] < 1
    assert result["flops_per_second_per_device"] == pytest.approx(result["flops_per_step"] * steps_per_second / 8)
    assert result["share_of_peak"] == pytest.approx(result["flops_per_second_per_device"] / 1e9)
    # forward and twice as much backward, of 2 views: conv 3x3 1 -> 4 on 8x8, less padding, no gradient to the picture
    assert result["flops_per_step"] > 64 * 2 * 2 * 2 * 4 * (8 * 3 - 2) ** 2
    text = throughput.table(result)
    assert "8 x cpu" in text and f"{result['share_of_peak']:.1%}" in text
    assert json.loads(json.dumps(result)) == result


@pytest.mark.slow
def test_data_of_the_config():
    plan = throughput.plan_for(tiny_config.get_config(), "config", 1000)
    assert plan.train.name != "synthetic" and plan.train.labels is not None


@pytest.mark.slow
def test_what_is_refused():
    config = tiny_config.get_config()
    with pytest.raises(ConfigError, match="--data='real' is neither"):
        throughput.plan_for(config, "real", 1000)
    with pytest.raises(ConfigError, match="--steps=0"):
        throughput.measure(throughput.plan_for(config, "synthetic", 1000), steps=0, warmup=1)
    with pytest.raises(ConfigError, match="batch_size=64 does not fit a data set of 50 examples"):
        throughput.plan_for(config, "synthetic", 50)
    config.batch_size = 60
    with pytest.raises(DeviceError, match="batch_size=60 does not divide over 8 devices"):
        throughput.plan_for(config, "synthetic", 1000)


LACKING = ("grain", "tensorflow_datasets", "array_record", "tensorboardX", "sklearn", "mlxtend", "matplotlib")
PROGRAM = f"""
import sys
sys.modules.update(dict.fromkeys({LACKING!r}))  # None: importing them raises ImportError
sys.argv = ["throughput", "--config=tests/tiny_config.py", "--steps=2", "--warmup=1", "--config.parallel.compiler=pmap"]
import runpy
runpy.run_module("benchmarks.throughput", run_name="__main__")
"""


@pytest.mark.slow
def test_from_the_shell_under_pmap_where_most_packages_are_missing():
    environment = {**os.environ, "PYTHONPATH": "."}
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=environment, timeout=300)
    assert run.returncode == 0, run.stderr
    *lines, last = run.stdout.strip().splitlines()
    result = json.loads(last)
    assert (result["benchmark"], result["compiler"], result["devices"]) == ("throughput", "pmap", 1)
    assert result["share_of_peak"] is None and "unknown for this device" in "\n".join(lines)
