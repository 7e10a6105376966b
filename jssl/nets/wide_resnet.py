"""Wide residual networks (arXiv:1605.07146), as MixMatch's and FixMatch's code has them."""

from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.convolution import convolution
from jssl.nets.net import Net, from_nnx
from jssl.nets.norm import BatchNorm
from jssl.nets.resnet import block_names, he_fan_out
from jssl.ranges import Count

STAGES = 3

leaky = partial(jax.nn.leaky_relu, negative_slope=0.1)
_norm = partial(BatchNorm, momentum=0.999, epsilon=1e-3)


def _conv(channels: int, width: int, kernel: int, *, stride: int = 1, dtype: jnp.dtype, rngs: nnx.Rngs) -> nnx.Conv:
    return nnx.Conv(
        channels, width, (kernel, kernel), stride, padding=[(kernel // 2, kernel // 2)] * 2, use_bias=False,
        kernel_init=he_fan_out, dtype=dtype, rngs=rngs, conv_general_dilated=convolution,
    )  # fmt: skip


class Block(nnx.Module):
    """Norm, activation and a 3x3 convolution, twice, added to what came in, or to a 1x1 convolution of it.

    Args:
        activated: whether the shortcut too starts from the activations: true of the network's first block.
    """

    def __init__(
        self,
        channels: int,
        width: int,
        *,
        stride: int,
        activated: bool,
        batch_norm: str,
        dtype: jnp.dtype,
        rngs: nnx.Rngs,
    ) -> None:
        conv, norm = partial(_conv, dtype=dtype, rngs=rngs), partial(_norm, mode=batch_norm, dtype=dtype)
        self.activated = activated
        self.norm1, self.conv1 = norm(channels), conv(channels, width, 3, stride=stride)
        self.norm2, self.conv2 = norm(width), conv(width, width, 3)
        self.shortcut = conv(channels, width, 1, stride=stride) if stride > 1 or channels != width else None

    def __call__(self, x: jax.Array, *, train: bool) -> jax.Array:
        """[n, h, w, c] -> [n, ceil(h / stride), ceil(w / stride), width]."""
        y = leaky(self.norm1(x, train=train))
        x = y if self.activated else x
        y = self.conv2(leaky(self.norm2(self.conv1(y), train=train)))
        return y + (x if self.shortcut is None else self.shortcut(x))


class WideResNet(nnx.Module):
    """A 3x3 convolution, three stages of blocks, a last norm, and the mean over positions; see `wide_resnet`."""

    def __init__(
        self, channels: int, blocks: int, width: int, *, batch_norm: str, dtype: jnp.dtype, rngs: nnx.Rngs
    ) -> None:
        self.stem = _conv(channels, 16, 3, dtype=dtype, rngs=rngs)
        self.blocks = nnx.Dict()
        self.order = block_names((blocks,) * STAGES)
        channels = 16
        for stage in range(STAGES):
            for i in range(blocks):
                features = 16 * width * 2**stage
                self.blocks[f"stage{stage}_block{i}"] = Block(
                    channels, features, stride=2 if stage and not i else 1, activated=not (stage or i),
                    batch_norm=batch_norm, dtype=dtype, rngs=rngs,
                )  # fmt: skip
                channels = features
        self.norm = _norm(channels, mode=batch_norm, dtype=dtype)

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, h, w, c] -> float32 [n, d]."""
        return self._map(x, train=train).mean((1, 2))

    def tokens(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """[n, h, w, c] -> float32 [n, h' w', d]: the last map, row by row."""
        x = self._map(x, train=train)
        return x.reshape(x.shape[0], -1, x.shape[-1])

    def _map(self, x: jax.Array, *, train: bool) -> jax.Array:
        """[n, h, w, c] -> float32 [n, h', w', d]."""
        x = self.stem(x)
        for name in self.order:
            x = self.blocks[name](x, train=train)
        return leaky(self.norm(x, train=train)).astype(jnp.float32)


def wide_resnet(
    *, depth: Count = 28, width: Count = 2, batch_norm: str = "sync", dtype: jnp.dtype = jnp.float32
) -> Net:
    """Images [n, h, w, c] of about 32 pixels -> pooled features float32 [n, 64 width].

    Like FixMatch's code, and unlike the paper, it has leaky rectifiers of slope 0.1, no dropout, and batch norm whose
    running statistics keep 0.999 in a step: an encoder in evaluation mode needs some thousand steps behind it.

    Args:
        depth: convolutions on the longest path, 4 more than a multiple of 6.
        width: times the 16, 32 and 64 channels of the three stages.
        batch_norm: mode of `jssl.nets.norm.BatchNorm`.
        dtype: compute type; parameters and statistics are float32.

    Raises:
        ValueError: a depth that does not divide into blocks.
    """
    if depth < 10 or depth % 6 != 4:
        raise ValueError(f"depth={depth} must be 10, 16, 22, 28 ...: 4 more than a multiple of 6")

    blocks = (depth - 4) // (2 * STAGES)

    def build(channels: int, rngs: nnx.Rngs) -> WideResNet:
        return WideResNet(channels, blocks, width, batch_norm=batch_norm, dtype=dtype, rngs=rngs)

    return from_nnx(build, tokens=WideResNet.tokens, layers=("stem", *block_names((blocks,) * STAGES), "norm"))
