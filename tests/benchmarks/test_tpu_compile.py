import math
from importlib.util import find_spec

import jax
import pytest

from benchmarks import tpu_compile
from jssl.cost.chips import CHIPS, SLICES
from jssl.errors import DeviceError
from tests import tiny_config

EXAMPLES = 1437


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("v5e:3x5", r"--topology=v5e:3x5 does not exist; v5e has 2x2, 2x4, 4x4, 4x8, 8x8, 8x16, 16x16"),
        ("v5e:32x32", r"v5e:32x32 does not exist; v5e has"),  # the compiler itself would take it
        ("v5p:4x4", r"v5p:4x4 does not exist; v5p has 2x2x1"),
        ("v9:2x2", r"v9:2x2 does not exist; write v4:\w+, v5e:\w+, "),
        ("nonsense", r"nonsense does not exist; write"),
    ],
)
def test_a_topology_that_does_not_exist(name, message):
    with pytest.raises(DeviceError, match=message):
        tpu_compile.topology_devices(name)


def test_a_missing_compiler(monkeypatch):
    monkeypatch.setattr(tpu_compile, "find_spec", lambda name: None)
    with pytest.raises(DeviceError, match=r'pip install "jssl\[tpu-compile\]"'):
        tpu_compile.topology_devices("v5e:4x4")


def test_the_sweep_doubles_from_8_to_256():
    assert tpu_compile.sweep_topologies("v5e") == [f"v5e:{s}" for s in ("2x4", "4x4", "4x8", "8x8", "8x16", "16x16")]


def test_pmap_is_refused():
    config = tiny_config.get_config()
    config.parallel.compiler = "pmap"
    with pytest.raises(DeviceError, match=r'only parallel\.compiler="jit"'):
        tpu_compile.compile_step(config, jax.devices(), EXAMPLES)


@pytest.fixture
def slow_chip(monkeypatch):
    """The devices here, as if they were chips of round numbers."""
    chip = CHIPS["TPU v4"]._replace(
        name="slow", float32=1e6, memory=1e9, memory_bandwidth=1e9, network_bandwidth=1e6, bf16=1e7
    )
    monkeypatch.setitem(CHIPS, jax.devices()[0].device_kind, chip)
    return chip


@pytest.mark.slow
def test_a_compiled_step(slow_chip):
    config = tiny_config.get_config()
    config.parallel.fsdp = 2
    result = tpu_compile.compile_step(config, jax.devices(), EXAMPLES)
    assert (result["chip"], result["devices"], result["batch_size"], result["fits"]) == ("slow", 8, 64, True)
    # 644 float32 parameters, all arrays too small to be split; AdamW keeps two such and two counters
    assert result["parameter_bytes"] == 644 * 4
    assert result["optimizer_bytes"] == 2 * 644 * 4 + 2 * 4
    assert result["peak_bytes"] > 3 * 644 * 4
    seconds = result["roofline_seconds"]
    assert seconds["compute"] == pytest.approx(result["flops"] / 1e6)
    assert seconds["memory"] == pytest.approx(result["bytes_accessed"] / 1e9)
    gradients = result["collectives"]["all-reduce"]
    assert gradients["bytes"] >= 644 * 4
    sent = sum(kind["wire_bytes"] for kind in result["collectives"].values())
    assert seconds["network"] == pytest.approx(sent / 1e6)
    assert seconds[result["bound"]] == max(seconds.values())
    text = tpu_compile.table(result)
    assert "8 x slow" in text and f"{result['bound']} bound" in text and "2.52 KiB" in text
    assert "micro-batches" not in text and "1 of 4 micro-batches" in tpu_compile.table({**result, "accumulate": 4})
    assert tpu_compile.sweep_row("slow:8", result).endswith(result["bound"])


def refuse(message):
    def compiling(*_):
        raise jax.errors.JaxRuntimeError(message)

    return compiling


@pytest.mark.slow
@pytest.mark.parametrize(
    ("message", "gib"),
    [
        ("the total memory required for HLO temporaries (288.16G) exceeds available HBM (15.75G).", 288.16),
        ("Ran out of memory in memory space hbm. Used 17.12G of 15.75G hbm. Exceeded hbm capacity by 1.37G.", 17.12),
    ],
)
def test_a_step_that_does_not_fit(slow_chip, monkeypatch, message, gib):
    monkeypatch.setattr(jax.stages.Lowered, "compile", refuse(f"RESOURCE_EXHAUSTED: {message}"))
    result = tpu_compile.compile_step(tiny_config.get_config(), jax.devices(), EXAMPLES)
    assert not result["fits"] and result["peak_bytes"] == pytest.approx(gib * 2**30)
    assert "DOES NOT FIT" in tpu_compile.table(result)
    assert "does not fit" in tpu_compile.sweep_row("slow:8", result)


@pytest.mark.slow
def test_another_failure_of_the_compiler_is_shown(slow_chip, monkeypatch):
    monkeypatch.setattr(jax.stages.Lowered, "compile", refuse("INTERNAL: a bug"))
    with pytest.raises(jax.errors.JaxRuntimeError, match="INTERNAL: a bug"):
        tpu_compile.compile_step(tiny_config.get_config(), jax.devices(), EXAMPLES)


libtpu = pytest.mark.skipif(find_spec("libtpu") is None, reason='needs libtpu: pip install "jssl[tpu-compile]"')


@libtpu
@pytest.mark.long
@pytest.mark.parametrize("generation", SLICES)
def test_the_compiler_knows_every_slice(generation):
    for name in tpu_compile.sweep_topologies(generation):
        devices = tpu_compile.topology_devices(name)
        assert len(devices) == math.prod(map(int, name.partition(":")[2].split("x")))
        assert CHIPS[devices[0].device_kind].name == f"TPU {generation}"


@libtpu
@pytest.mark.long
def test_weak_scaling_on_the_tpu_compiler():
    """At 8 examples a device memory and gradients stay; the gathered embeddings [2 x batch, 8] grow."""
    results = []
    for name, batch_size in (("v5e:2x4", 64), ("v5e:4x4", 128)):
        config = tiny_config.get_config()
        config.batch_size = batch_size
        results.append(tpu_compile.compile_step(config, tpu_compile.topology_devices(name), EXAMPLES))
    small, large = results
    # 16 embeddings of width 8 meet 128 more: similarities, and the gradients of either side
    assert large["flops"] - small["flops"] == 3 * 2 * 16 * 128 * 8
    assert large["peak_bytes"] == pytest.approx(small["peak_bytes"], rel=0.2)
    assert all(r["collectives"]["all-reduce"]["bytes"] > 644 * 4 for r in results)
    gathered = [r["collectives"]["all-gather"]["bytes"] for r in results]
    assert gathered[1] == 2 * gathered[0]
