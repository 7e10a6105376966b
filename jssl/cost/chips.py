"""What the makers state of accelerator chips: the ceilings that a measured or compiled step is held against.

TPUs: https://docs.cloud.google.com/tpu/docs/v4, .../v5e, .../v5p, .../v6e; v4's links from arXiv:2304.01433, table 4.
GPUs: the data sheets of NVIDIA's A100, H100 and H200 (https://www.nvidia.com/en-us/data-center/h200/ and its
neighbours). They print tensor-core rates with 2:4 sparsity; dense ones, as here, are half of that.
"""

from typing import NamedTuple


class Chip(NamedTuple):
    """One chip, as JAX counts devices. Peaks are dense."""

    name: str
    bf16: float
    """FLOP/s of bfloat16 matrix products."""
    float32: float
    """FLOP/s of float32 matrix products at JAX's default precision, which is TF32 on GPUs and bfloat16 on TPUs."""
    memory: float
    """Bytes."""
    memory_bandwidth: float
    """Bytes/s."""
    network_bandwidth: float
    """Bytes/s that the chip sends over all its ICI or NVLink links together; it receives as much at the same time."""

    def peak(self, precision: str) -> float:
        """FLOP/s for `config.precision`, "float32" or "bf16"."""
        return {"float32": self.float32, "bf16": self.bf16}[precision]


GIB = 2**30
CHIPS = {
    # ICI is stated both ways together: 400 GB/s for v5e are 4 links of 50 GB/s each way.
    "TPU v4": Chip("TPU v4", 275e12, 275e12, 32 * GIB, 1200e9, 300e9),
    "TPU v5 lite": Chip("TPU v5e", 197e12, 197e12, 16 * GIB, 819e9, 200e9),
    "TPU v5": Chip("TPU v5p", 459e12, 459e12, 95 * GIB, 2765e9, 600e9),
    "TPU v6 lite": Chip("TPU v6e", 918e12, 918e12, 32 * GIB, 1600e9, 400e9),
    "NVIDIA A100-SXM4-40GB": Chip("A100 40 GB", 312e12, 156e12, 40e9, 1555e9, 300e9),
    "NVIDIA A100-SXM4-80GB": Chip("A100 80 GB", 312e12, 156e12, 80e9, 2039e9, 300e9),
    "NVIDIA H100 80GB HBM3": Chip("H100 SXM", 989e12, 494e12, 80e9, 3350e9, 450e9),
    "NVIDIA H200": Chip("H200 SXM", 989e12, 494e12, 141e9, 4800e9, 450e9),
}
"""By `device_kind`. A chip that is not here, or a slice of one (MIG), has no known peak."""

_SQUARE = ("2x2", "2x4", "4x4", "4x8", "8x8", "8x16", "16x16")
_CUBE = (
    "2x2x1", "2x2x2", "2x2x4", "2x4x4", "4x4x4", "4x4x8", "4x8x8", "8x8x8", "8x8x16", "8x16x16", "16x16x16",
)  # fmt: skip
SLICES = {"v4": _CUBE, "v5e": _SQUARE, "v5p": (*_CUBE, "16x16x24"), "v6e": _SQUARE}
"""Shapes of TPU slices of more than one chip, by generation, as the same pages list them."""
