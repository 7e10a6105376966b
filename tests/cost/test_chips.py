import math

import pytest

from jssl.cost.chips import CHIPS, SLICES


@pytest.mark.parametrize("kind", CHIPS)
def test_a_chip_is_possible(kind):
    chip = CHIPS[kind]
    assert 1e14 < chip.float32 <= chip.bf16 < 1e16
    assert 1e10 < chip.memory < 1e12
    assert 100 < chip.bf16 / chip.memory_bandwidth < 1000  # FLOPs per byte at which memory stops being the bound
    assert 2 < chip.memory_bandwidth / chip.network_bandwidth < 20


def test_what_is_stated_of_the_pods():
    """Cloud TPU's pages state a v5e pod's 51.2 TB/s and a v6e pod's 102.4 TB/s of all-reduce: 256 chips' links."""
    assert 256 * CHIPS["TPU v5 lite"].network_bandwidth == 51.2e12
    assert 256 * CHIPS["TPU v6 lite"].network_bandwidth == 102.4e12
    assert 256 * CHIPS["TPU v6 lite"].bf16 == pytest.approx(234.9e15, rel=1e-3)


def test_peaks_go_by_the_configs_precision():
    h100 = CHIPS["NVIDIA H100 80GB HBM3"]
    assert (h100.peak("bf16"), h100.peak("float32")) == (h100.bf16, h100.float32)
    assert h100.bf16 == pytest.approx(2 * h100.float32, rel=1e-2)
    with pytest.raises(KeyError):
        h100.peak("int8")


@pytest.mark.parametrize("generation", SLICES)
def test_slices_grow_and_cover_the_sweep(generation):
    chips = [math.prod(map(int, shape.split("x"))) for shape in SLICES[generation]]
    assert chips == sorted(chips)
    assert {8, 16, 32, 64, 128, 256} <= set(chips)
