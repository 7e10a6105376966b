"""ResNets in space and time, as torchvision's: A Closer Look at Spatiotemporal Convolutions (arXiv:1711.11248)."""

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.convolution import convolution
from jssl.nets.net import Net, from_nnx
from jssl.nets.norm import BatchNorm
from jssl.nets.resnet import block_names, he_fan_out
from jssl.ranges import Count


class ConvNorm(nnx.Module):
    """A convolution over [t, h, w] and its batch norm, padded by half its kernel on either side."""

    def __init__(
        self,
        channels: int,
        width: int,
        kernel: tuple[int, int, int],
        *,
        stride: tuple[int, int, int] = (1, 1, 1),
        batch_norm: str,
        dtype: jnp.dtype,
        rngs: nnx.Rngs,
    ) -> None:
        self.conv = nnx.Conv(
            channels, width, kernel, stride, padding=[(side // 2, side // 2) for side in kernel], use_bias=False,
            kernel_init=he_fan_out, dtype=dtype, rngs=rngs, conv_general_dilated=convolution,
        )  # fmt: skip
        self.norm = BatchNorm(width, mode=batch_norm, dtype=dtype)

    def __call__(self, x: jax.Array, *, train: bool) -> jax.Array:
        """[n, t, h, w, c] -> [n, t', h', w', width]."""
        return self.norm(self.conv(x), train=train)


class Conv3(nnx.Module):
    """A 3x3x3 convolution with its norm, or one of 1x3x3, norm and ReLU, and then one of 3x1x1.

    Args:
        between: channels from the one to the other; 0 is a 3x3x3 convolution.
    """

    def __init__(
        self,
        channels: int,
        width: int,
        *,
        between: int,
        stride: int = 1,
        batch_norm: str,
        dtype: jnp.dtype,
        rngs: nnx.Rngs,
    ) -> None:
        conv = partial(ConvNorm, batch_norm=batch_norm, dtype=dtype, rngs=rngs)
        self.space = conv(channels, between, (1, 3, 3), stride=(1, stride, stride)) if between else None
        if between:
            self.last = conv(between, width, (3, 1, 1), stride=(stride, 1, 1))
        else:
            self.last = conv(channels, width, (3, 3, 3), stride=(stride,) * 3)

    def __call__(self, x: jax.Array, *, train: bool) -> jax.Array:
        """[n, t, h, w, c] -> [n, t', h', w', width], each side divided by the stride and rounded up."""
        if self.space is not None:
            x = jax.nn.relu(self.space(x, train=train))
        return self.last(x, train=train)


class Block(nnx.Module):
    """Two convolutions, around which the input goes on.

    Split in space and time, both have as many channels in between as give the first the parameters it has whole.
    """

    def __init__(
        self, channels: int, width: int, *, split: bool, stride: int, batch_norm: str, dtype: jnp.dtype, rngs: nnx.Rngs
    ) -> None:
        common = {"batch_norm": batch_norm, "dtype": dtype, "rngs": rngs}
        between = 27 * channels * width // (9 * channels + 3 * width) if split else 0
        self.conv1 = Conv3(channels, width, between=between, stride=stride, **common)
        self.conv2 = Conv3(width, width, between=between, **common)
        reshaped = stride > 1 or channels != width
        self.shortcut = ConvNorm(channels, width, (1, 1, 1), stride=(stride,) * 3, **common) if reshaped else None

    def __call__(self, x: jax.Array, *, train: bool) -> jax.Array:
        """[n, t, h, w, c] -> [n, t', h', w', width]."""
        y = self.conv2(jax.nn.relu(self.conv1(x, train=train)), train=train)
        if self.shortcut is not None:
            x = self.shortcut(x, train=train)
        return jax.nn.relu(x + y)


class VideoResNet(nnx.Module):
    """Stem, four stages of blocks, and the mean over time and positions; see `video_resnet`."""

    def __init__(
        self,
        channels: int,
        depths: Sequence[int],
        *,
        split: bool,
        width: int,
        batch_norm: str,
        dtype: jnp.dtype,
        rngs: nnx.Rngs,
    ) -> None:
        common = {"batch_norm": batch_norm, "dtype": dtype, "rngs": rngs}
        between = 45 * width // 64
        if split:
            space = ConvNorm(channels, between, (1, 7, 7), stride=(1, 2, 2), **common)
            self.stem = nnx.List([space, ConvNorm(between, width, (3, 1, 1), **common)])
        else:
            self.stem = nnx.List([ConvNorm(channels, width, (3, 7, 7), stride=(1, 2, 2), **common)])
        self.order, self.blocks, channels = block_names(depths), nnx.Dict(), width
        for stage, depth in enumerate(depths):
            for i in range(depth):
                out, stride = width * 2**stage, 2 if stage and not i else 1
                self.blocks[f"stage{stage}_block{i}"] = Block(channels, out, split=split, stride=stride, **common)
                channels = out

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, t, h, w, c] -> float32 [n, d]."""
        del key
        for conv in self.stem:
            x = jax.nn.relu(conv(x, train=train))
        for name in self.order:
            x = self.blocks[name](x, train=train)
        return x.astype(jnp.float32).mean((1, 2, 3))


def video_resnet(
    depths: Sequence[int],
    split: bool,
    *,
    width: Count = 64,
    batch_norm: str = "sync",
    dtype: jnp.dtype = jnp.float32,
) -> Net:
    """Clips [n, t, h, w, c] -> features float32 [n, 8 width]; the paper's are of 8 or 16 frames of 112 pixels.

    Args:
        depths: blocks of each stage.
        split: each convolution in space and time as one in space and one in time, R(2+1)D; whole, R3D.
        width: channels of the first stage.
        batch_norm: mode of `jssl.nets.norm.BatchNorm`.
        dtype: compute type; parameters and statistics are float32.
    """

    def build(channels: int, rngs: nnx.Rngs) -> VideoResNet:
        return VideoResNet(
            channels, depths, split=split, width=width, batch_norm=batch_norm, dtype=dtype, rngs=rngs
        )  # fmt: skip

    return from_nnx(build, layers=("stem", *block_names(depths)))


r2plus1d_18 = partial(video_resnet, (2, 2, 2, 2), True)
r3d_18 = partial(video_resnet, (2, 2, 2, 2), False)
