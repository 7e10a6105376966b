"""Transformers on tokens, with stochastic depth and dropout: what encoders and decoders of patches and words are made
of.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from jssl import parallel
from jssl.nets.attention import attend
from jssl.nets.positions import turned
from jssl.nets.remat import applied

xavier = nnx.initializers.xavier_uniform()


def xavier_apart(key: jax.Array, shape: tuple[int, ...], dtype: jnp.dtype = jnp.float32) -> jax.Array:
    """`xavier` of queries, keys and values as three maps, [d, 3 d]: sqrt(2) times as wide as that of the one."""
    bound = math.sqrt(6 / (shape[0] + shape[1] // 3))
    return jax.random.uniform(key, shape, dtype, -bound, bound)


small = nnx.initializers.normal(0.02)
KERNELS: dict[str, dict[str, nnx.Initializer]] = {
    "xavier": {"kernel_init": xavier},
    "xavier_apart": {"kernel_init": xavier, "qkv_init": xavier_apart},
    "normal": {"kernel_init": small},
}
"""Initialisers of a block's kernels: MAE's, MoCo v3's and DINO's."""


class Block(nnx.Module):
    """A transformer block: attention, then a GELU layer `mlp_ratio` times as wide, or `hidden`.

    Each is added to what it was given the norm of, or, with `post_norm` (BERT), the norm is of the sum. `causal` tokens
    look at those before them alone, and `approximate` is GPT-2's GELU, by a hyperbolic tangent. With `gated` the layer
    is SwiGLU (arXiv:2002.05202), of twice as many values to begin with. With `layer_scale` (arXiv:2103.17239) each
    value that is added has a learned factor, which begins there.
    """

    def __init__(
        self,
        dim: int,
        heads: int,
        *,
        mlp_ratio: int = 4,
        post_norm: bool = False,
        causal: bool = False,
        approximate: bool = False,
        hidden: int | None = None,
        gated: bool = False,
        layer_scale: float = 0.0,
        epsilon: float = 1e-6,
        kernel_init: nnx.Initializer = xavier,
        qkv_init: nnx.Initializer | None = None,
        added_init: nnx.Initializer | None = None,
        dtype: jnp.dtype,
        rngs: nnx.Rngs,
    ) -> None:
        linear = partial(nnx.Linear, kernel_init=kernel_init, dtype=dtype, rngs=rngs)
        norm = partial(nnx.LayerNorm, dim, epsilon=epsilon, dtype=dtype, rngs=rngs)
        added = partial(linear, kernel_init=added_init or kernel_init)
        hidden = hidden or mlp_ratio * dim
        self.heads, self.post_norm, self.gated = heads, post_norm, gated
        self.causal, self.approximate = causal, approximate
        self.norm1, self.norm2 = norm(), norm()
        self.qkv, self.proj = linear(dim, 3 * dim, kernel_init=qkv_init or kernel_init), added(dim, dim)
        self.fc1, self.fc2 = linear(dim, (1 + gated) * hidden), added(hidden, dim)
        self.scale1, self.scale2 = (nnx.Param(jnp.full(dim, layer_scale)) if layer_scale else None for _ in range(2))

    def __call__(
        self,
        x: jax.Array,
        kept: jax.Array | None = None,
        *,
        seen: jax.Array | None = None,
        angle: jax.Array | None = None,
        drop: Callable[[jax.Array], jax.Array] = lambda x: x,
    ) -> jax.Array:
        """[n, tokens, d] -> [n, tokens, d].

        Args:
            kept: [n, 2], multiplies what the attention and the layer add.
            seen: bool [n, tokens], which tokens are there to be looked at; None is all.
            angle: [1 or n, tokens, d / heads / 2], of rotary positions, see `jssl.nets.positions.angles`.
            drop: what becomes of what the attention and the layer add, such as `dropout`.
        """
        first, second = (1, 1) if kept is None else jnp.split(kept.astype(x.dtype)[:, :, None], 2, axis=1)
        if self.post_norm:
            x = self.norm1(x + first * drop(self._attention(x, seen, angle)))
            return self.norm2(x + second * drop(self._mlp(x)))
        x = x + first * drop(self._attention(self.norm1(x), seen, angle))
        return x + second * drop(self._mlp(self.norm2(x)))

    def weights(self, x: jax.Array, seen: jax.Array | None = None, angle: jax.Array | None = None) -> jax.Array:
        """Of the attention, float32: [n, tokens, d] -> [n, heads, tokens, tokens]; each row sums to 1."""
        q, k, _ = self._heads(x if self.post_norm else self.norm1(x), angle)
        scores = jnp.einsum("nqhd,nkhd->nhqk", q, k).astype(jnp.float32) / jnp.sqrt(q.shape[-1])
        if seen is not None:
            scores = jnp.where(seen[:, None, None], scores, -jnp.inf)
        if self.causal:
            scores = jnp.where(jnp.tri(x.shape[1], dtype=bool)[None, None], scores, -jnp.inf)
        return jax.nn.softmax(scores, axis=-1)

    def _attention(self, x: jax.Array, seen: jax.Array | None, angle: jax.Array | None) -> jax.Array:
        mask = None if seen is None else seen[:, None, None]
        y = attend(*self._heads(x, angle), mask=mask, causal=self.causal)
        return _scaled(self.proj(y.reshape(x.shape)), self.scale1)

    def _mlp(self, x: jax.Array) -> jax.Array:
        x = self.fc1(x)
        if self.gated:
            gate, value = jnp.split(x, 2, axis=-1)
            return _scaled(self.fc2(jax.nn.silu(gate) * value), self.scale2)
        return _scaled(self.fc2(jax.nn.gelu(x, approximate=self.approximate)), self.scale2)

    def _heads(self, x: jax.Array, angle: jax.Array | None) -> list[jax.Array]:
        """Queries, keys and values, [n, tokens, heads, d / heads] each."""
        n, tokens, dim = x.shape
        shape = (n, tokens, self.heads, dim // self.heads)
        q, k, v = (part.reshape(shape) for part in jnp.split(self.qkv(x), 3, axis=-1))
        return [q, k, v] if angle is None else [turned(q, angle), turned(k, angle), v]


def _scaled(x: jax.Array, scale: nnx.Param | None) -> jax.Array:
    return x if scale is None else x * scale[...].astype(x.dtype).reshape(1, 1, -1)


class Transformer(nnx.Module):
    """Blocks and a final norm; the encoder, or a decoder, of what works on tokens.

    Args:
        remat: blocks are computed again in the backward pass, see `jssl.nets.remat`.
        options: further ones of `Block`.
    """

    def __init__(
        self,
        dim: int,
        depth: int,
        heads: int,
        *,
        initializer: str = "xavier",
        epsilon: float = 1e-6,
        remat: bool = False,
        dtype: jnp.dtype,
        rngs: nnx.Rngs,
        **options: Any,
    ) -> None:
        self.depth, self.remat = depth, remat
        block = partial(Block, dim, heads, **KERNELS[initializer], epsilon=epsilon, dtype=dtype, rngs=rngs, **options)
        self.blocks = nnx.Dict({f"block{i}": block() for i in range(depth)})
        self.norm = nnx.LayerNorm(dim, epsilon=epsilon, dtype=dtype, rngs=rngs)

    def __call__(
        self, x: jax.Array, kept: jax.Array | None = None, *, layers: int = 1, angle: jax.Array | None = None
    ) -> jax.Array:
        """[n, tokens, d] -> [n, tokens, layers * d]; with stochastic depth, `kept` is [n, depth, 2].

        Args:
            angle: of rotary positions, see `Block`.
            layers: how many of the last blocks are read, each through the final norm, side by side from the first on.

        Raises:
            ValueError: fewer than one, or more than there are blocks.
        """
        if not 1 <= layers <= max(self.depth, 1):
            raise ValueError(f"layers={layers} of a transformer of {self.depth} blocks")
        read = []
        for i in range(self.depth):
            own = None if kept is None else kept[:, i]
            x = applied(self.blocks[f"block{i}"], x, again=self.remat, kept=own, angle=angle)
            if self.depth - layers <= i < self.depth - 1:
                read.append(self.norm(x))
        return jnp.concatenate([*read, self.norm(x)], axis=-1)

    def attention(self, x: jax.Array, angle: jax.Array | None = None) -> jax.Array:
        """The last block's weights: [n, tokens, d] -> [n, heads, tokens, tokens]."""
        for i in range(self.depth - 1):
            x = self.blocks[f"block{i}"](x, angle=angle)
        return self.blocks[f"block{self.depth - 1}"].weights(x, angle=angle)


def stochastic_depth(key: jax.Array, n: int, depth: int, rate: float) -> jax.Array:
    """What multiplies each path around a residual connection (arXiv:1603.09382): [n, depth, 2].

    A path is dropped, 0, with a probability that rises from 0 in the first block to `rate` in the last, or else
    scaled so that its mean stays the same. Drawn by an example's row in the global batch, not by the device's.
    """
    share = jnp.linspace(0, rate, depth).reshape(1, depth, 1)
    return (_uniform_rows(key, (n, depth, 2)) >= share) / (1 - share)


def dropout(key: jax.Array, x: jax.Array, rate: float) -> jax.Array:
    """Values [n, ...] of which a share of `rate` is 0, and the others are scaled so that the mean stays the same.

    Drawn by an example's row in the global batch, not by the device's.
    """
    return jnp.where(_uniform_rows(key, x.shape) >= rate, x / (1 - rate), 0)


def _uniform_rows(key: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """In [0, 1), of that shape, whose first axis is the batch's."""
    rows = parallel.axis_index() * shape[0] + jnp.arange(shape[0])
    return jax.vmap(lambda row: jax.random.uniform(jax.random.fold_in(key, row), shape[1:]))(rows)
