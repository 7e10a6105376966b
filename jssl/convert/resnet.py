"""ResNets as torchvision names them, and timm after it (arXiv:1512.03385)."""

import re
from collections.abc import Mapping
from typing import Any

from jssl.convert.files import Tensors
from jssl.convert.names import CONV, Names, Place
from jssl.errors import CheckpointError

DEPTHS = {(2, 2, 2, 2): "resnet18", (3, 4, 6, 3): "resnet34"}
NETWORKS = ("resnet18", "resnet34", "resnet50")
HEADS = (r"fc\.(weight|bias)",)


def conv_norm(ours: str, conv: str, norm: str) -> dict[str, Place]:
    """A convolution and its batch norm."""
    own = {"scale": "weight", "bias": "bias", "mean": "running_mean", "var": "running_var"}
    norms = {f"{ours}/norm/{key}": Place((f"{norm}.{name}",)) for key, name in own.items()}
    return {f"{ours}/conv/kernel": Place((f"{conv}.weight",), CONV), **norms}


NAMES = Names(
    outer=conv_norm("stem", "conv1", "bn1"),
    block={
        **conv_norm("conv1", "conv1", "bn1"),
        **conv_norm("conv2", "conv2", "bn2"),
        **conv_norm("conv3", "conv3", "bn3"),
        **conv_norm("shortcut", "downsample.0", "downsample.1"),
    },
    prefix=lambda block: re.sub(r"stage(\d)_block(\d+)", lambda m: f"layer{int(m[1]) + 1}.{m[2]}.", block),
    left_out=HEADS,
    counters=True,
)


def encoder(tensors: Tensors) -> dict[str, Any]:
    """What the arrays tell of a ResNet: its name here, stem and width.

    Raises:
        CheckpointError: one whose depth or stem we have not.
    """
    blocks = {(int(m[1]), int(m[2])) for m in (re.match(r"layer(\d)\.(\d+)\.", name) for name in tensors) if m}
    depths = tuple(sum(stage == i for stage, _ in blocks) for i in (1, 2, 3, 4))
    bottleneck = "layer1.0.conv3.weight" in tensors
    name = "resnet50" if bottleneck and depths == (3, 4, 6, 3) else DEPTHS.get(depths)
    if name is None or (bottleneck and name != "resnet50"):
        raise CheckpointError(f"there is no ResNet of {depths} blocks{' with bottlenecks' * bottleneck} here")
    width, _, side, _ = tensors["conv1.weight"].shape
    stems = {7: "imagenet", 3: "cifar"}
    if side not in stems:
        raise CheckpointError(f"conv1.weight has kernels of {side} pixels: here stems have 7, or 3 for small pictures")
    return {"name": name, "stem": stems[side], "width": width}


def model(options: Mapping[str, Any]) -> str:
    """What to call in torchvision or timm for this encoder, and what to change of it.

    Raises:
        CheckpointError: a width that they have not.
    """
    if options["width"] != 64:
        raise CheckpointError(f"width={options['width']}: torchvision's and timm's ResNets have 64")
    return options["name"]
