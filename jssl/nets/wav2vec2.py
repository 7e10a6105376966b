"""wav2vec 2.0's encoder (arXiv:2006.11477): convolutions on the wave, and a transformer over their frames."""

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.heads import torch_uniform
from jssl.nets.net import Net, from_nnx
from jssl.nets.transformer import Block, dropout, small
from jssl.nets.wave import EPSILON, apart, check_convolutions, convolutions, frame_norm, in_parts
from jssl.ranges import Below1, Count


class Positions(nnx.Module):
    """Where a frame is, told by its neighbours: a grouped convolution over them, whose taps have a length each."""

    def __init__(self, dim: int, kernel: int, groups: int, *, dtype: jnp.dtype, rngs: nnx.Rngs) -> None:
        self.kernel, self.groups, self.dtype = kernel, groups, dtype
        first = 2 / (kernel * dim) ** 0.5 * jax.random.normal(rngs.params(), (kernel, dim // groups, dim))
        self.direction = nnx.Param(first)
        self.length = nnx.Param(jnp.linalg.norm(first, axis=(1, 2)))
        self.bias = nnx.Param(jnp.zeros(dim))

    def __call__(self, x: jax.Array) -> jax.Array:
        """[n, t, d] -> [n, t, d]."""
        direction = self.direction[...]
        size = jnp.linalg.norm(direction, axis=(1, 2), keepdims=True)
        unit = direction / jnp.maximum(size, jnp.finfo(jnp.float32).tiny)
        weight = self.length[...].reshape(-1, 1, 1) * unit
        half = self.kernel // 2
        y = jax.lax.conv_general_dilated(
            x, weight.astype(self.dtype), (1,), [(half, half - 1 + self.kernel % 2)],
            dimension_numbers=("NWC", "WIO", "NWC"), feature_group_count=self.groups,
        )  # fmt: skip
        return jax.nn.gelu(y + self.bias[...].astype(self.dtype).reshape(1, 1, -1), approximate=False)


class Context(nnx.Module):
    """A projection of frames, positions and a transformer; see `wav2vec2`."""

    def __init__(
        self,
        channels: int,
        dim: int,
        depth: int,
        heads: int,
        *,
        post_norm: bool,
        positions: int,
        groups: int,
        drop: float,
        layer_drop: float,
        dtype: jnp.dtype,
        rngs: nnx.Rngs,
    ) -> None:
        self.depth, self.post_norm, self.drop, self.layer_drop, self.dtype = depth, post_norm, drop, layer_drop, dtype
        self.enter = nnx.Linear(channels, dim, kernel_init=torch_uniform(channels), dtype=dtype, rngs=rngs)
        self.mask = nnx.Param(jax.random.uniform(rngs.params(), (dim,)))
        self.positions = Positions(dim, positions, groups, dtype=dtype, rngs=rngs)
        block = partial(
            Block, dim, heads, post_norm=post_norm, epsilon=EPSILON, kernel_init=small, dtype=dtype, rngs=rngs
        )
        self.blocks = nnx.Dict({f"block{i}": block() for i in range(depth)})
        self.norm = nnx.LayerNorm(dim, epsilon=EPSILON, dtype=dtype, rngs=rngs)

    def __call__(
        self, x: jax.Array, *, train: bool, key: jax.Array | None = None, hidden: jax.Array | None = None
    ) -> jax.Array:
        """Frames [n, t, d + 1] -> float32 [n, t, dim], of which those without sound mean nothing.

        Args:
            hidden: bool [n, t]: frames in whose place the learnt mask is seen.
        """
        x, there = apart(x)
        keys = [None] * 2 * (1 + self.depth)
        layer_keys = [None] * self.depth
        if train and key is not None:
            keys = list(jax.random.split(key, len(keys)))
            layer_keys = list(jax.random.split(jax.random.fold_in(key, 1), self.depth))

        def drop(x: jax.Array) -> jax.Array:
            key = keys.pop()
            return dropout(key, x, self.drop) if self.drop and key is not None else x

        x = drop(self.enter(x.astype(self.dtype)))
        if hidden is not None:
            x = jnp.where(hidden[..., None], self.mask[...].astype(x.dtype).reshape(1, 1, -1), x)
        x = jnp.where(there[..., None], x, 0)
        x = x + self.positions(x)
        x = drop(self.norm(x) if self.post_norm else x)
        for i, layer_key in enumerate(layer_keys):
            y = self.blocks[f"block{i}"](x, seen=there, drop=drop)
            if self.layer_drop and layer_key is not None:  # of all examples at once, as in the paper's code
                y = jnp.where(jax.random.bernoulli(layer_key, self.layer_drop), x, y)
            x = y
        return (x if self.post_norm else self.norm(x)).astype(jnp.float32)


def wav2vec2(
    dim: Count = 768,
    depth: Count = 12,
    heads: Count = 12,
    *,
    width: Count = 512,
    kernels: Sequence[Count] = (10, 3, 3, 3, 3, 2, 2),
    strides: Sequence[Count] = (5, 2, 2, 2, 2, 2, 2),
    norm: str = "group",
    positions: Count = 128,
    groups: Count = 16,
    dropout: Below1 = 0.1,
    layer_drop: Below1 = 0.05,
    dtype: jnp.dtype = jnp.float32,
) -> Net:
    """Waves [n, samples, 2] of any length -> features float32 [n, dim]: the mean of a frame every 320 samples.

    Nothing after the end of a recording has an effect. Its parts are "features", frames before their norm; "norm"; and
    "context", applied with `hidden` where frames are hidden. The defaults are BASE's.

    Args:
        dim, depth, heads: of the transformer.
        width: channels of every convolution.
        kernels, strides: of each convolution.
        norm: "group", of each channel over time after the first convolution, and the transformer's norms after its
            sums, as in BASE; "layer", of each frame after every convolution, and norms before, as in LARGE.
        positions: frames that the convolution sees by which a frame knows its place.
        groups: of that convolution.
        dropout: share of the values that is left out in training; without a key none is. The paper's code drops
            attention weights as well; here they stay.
        layer_drop: probability that a block is left out of a step.
        dtype: compute type; parameters are float32.

    Raises:
        ValueError: sizes that do not divide, an unknown `norm`, kernels and strides that are not equally many.
    """
    check_convolutions(kernels, strides)
    if norm not in ("group", "layer"):
        raise ValueError(f'norm={norm!r} is neither "group" nor "layer"')
    if dim % heads or dim % groups:
        raise ValueError(f"dim={dim} must divide over {heads} heads and {groups} groups")

    def build(channels: int, rngs: nnx.Rngs) -> Context:
        return Context(
            channels - 1, dim, depth, heads, post_norm=norm == "group", positions=positions, groups=groups,
            drop=dropout, layer_drop=layer_drop, dtype=dtype, rngs=rngs,
        )  # fmt: skip

    context = from_nnx(build, layers=("enter", *(f"block{i}" for i in range(depth))))
    features = convolutions(width, kernels, strides, norm=norm, dtype=dtype)
    return in_parts(context, features=features, norm=frame_norm())


wav2vec2_large = partial(wav2vec2, 1024, 24, 16, norm="layer")
"""Its other size."""
