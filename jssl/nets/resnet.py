"""ResNets: Deep Residual Learning for Image Recognition (arXiv:1512.03385), as torchvision builds them."""

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.convolution import convolution
from jssl.nets.net import Net, from_nnx
from jssl.nets.norm import BatchNorm
from jssl.nets.remat import applied
from jssl.nets.selective_kernel import SelectiveKernel, averaged
from jssl.ranges import Count

he_fan_out = nnx.initializers.variance_scaling(2.0, "fan_out", "normal")


class ConvNorm(nnx.Module):
    """A convolution and its batch norm.

    The padding is explicit and symmetric: "SAME" puts the odd pixel of a strided convolution on the other side
    than PyTorch does, and converted weights would see a shifted image.
    """

    def __init__(
        self,
        channels: int,
        width: int,
        kernel: int,
        *,
        stride: int = 1,
        scale_init: float = 1.0,
        batch_norm: str,
        dtype: jnp.dtype,
        rngs: nnx.Rngs,
    ) -> None:
        self.conv = nnx.Conv(
            channels, width, (kernel, kernel), stride, padding=[(kernel // 2, kernel // 2)] * 2, use_bias=False,
            kernel_init=he_fan_out, dtype=dtype, rngs=rngs, conv_general_dilated=convolution,
        )  # fmt: skip
        self.norm = BatchNorm(width, mode=batch_norm, scale_init=scale_init, dtype=dtype)

    def __call__(self, x: jax.Array, *, train: bool) -> jax.Array:
        """[n, h, w, c] -> [n, ceil(h / stride), ceil(w / stride), width]."""
        return self.norm(self.conv(x), train=train)


class Block(nnx.Module):
    """A residual block: two 3x3 convolutions, or, as a bottleneck, 1x1, 3x3 and a four times wider 1x1.

    The stride is on the (first) 3x3: torchvision's "v1.5", not the paper's.
    """

    def __init__(
        self,
        channels: int,
        width: int,
        *,
        bottleneck: bool,
        stride: int,
        selective_kernels: bool,
        zero_init_residual: bool,
        batch_norm: str,
        dtype: jnp.dtype,
        rngs: nnx.Rngs,
    ) -> None:
        conv = partial(ConvNorm, batch_norm=batch_norm, dtype=dtype, rngs=rngs)
        last = 0.0 if zero_init_residual else 1.0
        self.features = 4 * width if bottleneck else width
        if bottleneck:
            self.conv1 = conv(channels, width, 1)
            self.conv2 = conv(width, (1 + selective_kernels) * width, 3, stride=stride)
            self.conv3 = conv(width, self.features, 1, scale_init=last)
        else:
            self.conv1 = conv(channels, width, 3, stride=stride)
            self.conv2, self.conv3 = conv(width, width, 3, scale_init=last), None
        reshaped = stride > 1 or channels != self.features
        self.pooled, stride = (stride, 1) if selective_kernels else (0, stride)
        self.shortcut = conv(channels, self.features, 1, stride=stride) if reshaped else None
        selective = SelectiveKernel(width, batch_norm=batch_norm, dtype=dtype, rngs=rngs) if selective_kernels else None
        self.selective = selective

    def __call__(self, x: jax.Array, *, train: bool) -> jax.Array:
        """[n, h, w, c] -> [n, ceil(h / stride), ceil(w / stride), features]."""
        y = self.conv2(jax.nn.relu(self.conv1(x, train=train)), train=train)
        if self.conv3 is not None:
            y = jax.nn.relu(y)
            y = self.conv3(y if self.selective is None else self.selective(y, train=train), train=train)
        if self.shortcut is not None:
            x = self.shortcut(averaged(x, self.pooled) if self.pooled else x, train=train)
        return jax.nn.relu(x + y)


def block_names(depths: Sequence[int]) -> tuple[str, ...]:
    """Of stages with that many blocks: stage0_block0, stage0_block1, ..."""
    return tuple(f"stage{stage}_block{i}" for stage, depth in enumerate(depths) for i in range(depth))


class ResNet(nnx.Module):
    """Stem, four stages of residual blocks, and the mean over positions; see `resnet`."""

    def __init__(
        self,
        channels: int,
        depths: Sequence[int],
        *,
        bottleneck: bool,
        stem: str,
        width: int,
        selective_kernels: bool,
        zero_init_residual: bool,
        batch_norm: str,
        remat: bool,
        dtype: jnp.dtype,
        rngs: nnx.Rngs,
    ) -> None:
        conv = partial(ConvNorm, batch_norm=batch_norm, dtype=dtype, rngs=rngs)
        self.remat = remat
        kernel, stride = (7, 2) if stem == "imagenet" else (3, 1)
        self.pool = stem == "imagenet"
        self.before = nnx.Dict()
        if self.pool and selective_kernels:  # ResNet-D's, in place of the 7x7
            self.before["stem0"] = conv(channels, width // 2, 3, stride=2)
            self.before["stem1"] = conv(width // 2, width // 2, 3)
            channels, kernel, stride = width // 2, 3, 1
        self.stem = conv(channels, width, kernel, stride=stride)
        self.blocks = nnx.Dict()
        self.order = block_names(depths)
        channels = width
        for stage, depth in enumerate(depths):
            for i in range(depth):
                block = Block(
                    channels, width * 2**stage, bottleneck=bottleneck, stride=2 if stage and not i else 1,
                    selective_kernels=selective_kernels, zero_init_residual=zero_init_residual,
                    batch_norm=batch_norm, dtype=dtype, rngs=rngs,
                )  # fmt: skip
                self.blocks[f"stage{stage}_block{i}"], channels = block, block.features

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, h, w, c] -> float32 [n, d]."""
        return self._map(x, train=train).mean((1, 2))

    def tokens(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, h, w, c] -> float32 [n, h' w', d]: the last map, row by row."""
        x = self._map(x, train=train)
        return x.reshape(x.shape[0], -1, x.shape[-1])

    def _map(self, x: jax.Array, *, train: bool) -> jax.Array:
        """[n, h, w, c] -> float32 [n, h', w', d]."""
        for conv in self.before.values():
            x = jax.nn.relu(conv(x, train=train))
        x = jax.nn.relu(self.stem(x, train=train))
        if self.pool:
            pad = ((0, 0), (1, 1), (1, 1), (0, 0))
            x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 3, 3, 1), (1, 2, 2, 1), pad)
        for name in self.order:
            x = applied(self.blocks[name], x, again=self.remat, train=train)
        return x.astype(jnp.float32)


def resnet(
    depths: Sequence[int],
    bottleneck: bool,
    *,
    stem: str = "imagenet",
    width: Count = 64,
    selective_kernels: bool = False,
    zero_init_residual: bool = False,
    batch_norm: str = "sync",
    remat: bool = False,
    dtype: jnp.dtype = jnp.float32,
) -> Net:
    """Images [n, h, w, c] -> pooled features float32 [n, 8 width], or [n, 32 width] with bottlenecks.

    Args:
        depths: blocks of each stage.
        bottleneck: the block of ResNet-50 and deeper, or that of ResNet-18 and -34.
        stem: "imagenet" (7x7 stride 2 and a max pool) or "cifar" (3x3 stride 1), for pictures of 32 to 64 pixels.
        width: channels of the first stage.
        selective_kernels: SimCLR v2's (arXiv:2006.10029), of bottlenecks; and what its code has with them, ResNet-D's
            stem of three 3x3 convolutions and its shortcuts that average before they halve (arXiv:1812.01187).
        zero_init_residual: start every block as the identity (arXiv:1706.02677). SimCLR's code and SimSiam do,
            torchvision and BYOL's paper do not.
        batch_norm: mode of `jssl.nets.norm.BatchNorm`.
        remat: blocks are computed again in the backward pass, which needs less memory and a third more work.
        dtype: compute type; parameters and statistics are float32.

    Raises:
        ValueError: an unknown stem; selective kernels without bottlenecks, which have none.
    """
    if selective_kernels and not bottleneck:
        raise ValueError("selective_kernels are of bottlenecks: of resnet50 and deeper")
    if stem not in ("imagenet", "cifar"):
        raise ValueError(f'stem={stem!r} is neither "imagenet" nor "cifar"')

    def build(channels: int, rngs: nnx.Rngs) -> ResNet:
        return ResNet(
            channels, depths, bottleneck=bottleneck, stem=stem, width=width, selective_kernels=selective_kernels,
            zero_init_residual=zero_init_residual, batch_norm=batch_norm, remat=remat, dtype=dtype,
            rngs=rngs,
        )  # fmt: skip

    return from_nnx(build, tokens=ResNet.tokens, layers=("stem", *block_names(depths)))


resnet18 = partial(resnet, (2, 2, 2, 2), False)
resnet34 = partial(resnet, (3, 4, 6, 3), False)
resnet50 = partial(resnet, (3, 4, 6, 3), True)
resnet101 = partial(resnet, (3, 4, 23, 3), True)
resnet152 = partial(resnet, (3, 8, 36, 3), True)
