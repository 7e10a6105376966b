"""Transformers on tokens, pre-norm, with stochastic depth: what encoders and decoders of patches are made of."""

from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx

from jssl import parallel

xavier = nnx.initializers.xavier_uniform()


class Block(nnx.Module):
    """A pre-norm transformer block: attention, then a GELU layer `mlp_ratio` times as wide."""

    def __init__(self, dim: int, heads: int, *, mlp_ratio: int = 4, dtype: jnp.dtype, rngs: nnx.Rngs) -> None:
        linear = partial(nnx.Linear, kernel_init=xavier, dtype=dtype, rngs=rngs)
        norm = partial(nnx.LayerNorm, dim, epsilon=1e-6, dtype=dtype, rngs=rngs)
        self.heads = heads
        self.norm1, self.norm2 = norm(), norm()
        self.qkv, self.proj = linear(dim, 3 * dim), linear(dim, dim)
        self.fc1, self.fc2 = linear(dim, mlp_ratio * dim), linear(mlp_ratio * dim, dim)

    def __call__(self, x: jax.Array, kept: jax.Array | None = None) -> jax.Array:
        """[n, tokens, d] -> [n, tokens, d]; `kept` [n, 2] multiplies what the attention and the layer add."""
        first, second = (1, 1) if kept is None else jnp.split(kept.astype(x.dtype)[:, :, None], 2, axis=1)
        x = x + first * self._attention(self.norm1(x))
        return x + second * self.fc2(jax.nn.gelu(self.fc1(self.norm2(x)), approximate=False))

    def weights(self, x: jax.Array) -> jax.Array:
        """Of the attention, float32: [n, tokens, d] -> [n, heads, tokens, tokens]; each row sums to 1."""
        q, k, _ = self._heads(self.norm1(x))
        scores = jnp.einsum("nqhd,nkhd->nhqk", q, k).astype(jnp.float32)
        return jax.nn.softmax(scores / jnp.sqrt(q.shape[-1]), axis=-1)

    def _attention(self, x: jax.Array) -> jax.Array:
        return self.proj(jax.nn.dot_product_attention(*self._heads(x)).reshape(x.shape))

    def _heads(self, x: jax.Array) -> list[jax.Array]:
        """Queries, keys and values, [n, tokens, heads, d / heads] each."""
        n, tokens, dim = x.shape
        return list(jnp.moveaxis(self.qkv(x).reshape(n, tokens, 3, self.heads, dim // self.heads), 2, 0))


class Transformer(nnx.Module):
    """Blocks and a final norm; the encoder, or a decoder, of what works on tokens."""

    def __init__(self, dim: int, depth: int, heads: int, *, dtype: jnp.dtype, rngs: nnx.Rngs) -> None:
        self.depth = depth
        self.blocks = nnx.Dict({f"block{i}": Block(dim, heads, dtype=dtype, rngs=rngs) for i in range(depth)})
        self.norm = nnx.LayerNorm(dim, epsilon=1e-6, dtype=dtype, rngs=rngs)

    def __call__(self, x: jax.Array, kept: jax.Array | None = None) -> jax.Array:
        """[n, tokens, d] -> [n, tokens, d]; with stochastic depth, `kept` is [n, depth, 2]."""
        for i in range(self.depth):
            x = self.blocks[f"block{i}"](x, None if kept is None else kept[:, i])
        return self.norm(x)

    def attention(self, x: jax.Array) -> jax.Array:
        """The last block's weights: [n, tokens, d] -> [n, heads, tokens, tokens]."""
        for i in range(self.depth - 1):
            x = self.blocks[f"block{i}"](x)
        return self.blocks[f"block{self.depth - 1}"].weights(x)


def stochastic_depth(key: jax.Array, n: int, depth: int, rate: float) -> jax.Array:
    """What multiplies each path around a residual connection (arXiv:1603.09382): [n, depth, 2].

    A path is dropped, 0, with a probability that rises from 0 in the first block to `rate` in the last, or else
    scaled so that its mean stays the same. Drawn by an example's row in the global batch, not by the device's.
    """
    rows = parallel.axis_index() * n + jnp.arange(n)
    drawn = jax.vmap(lambda row: jax.random.uniform(jax.random.fold_in(key, row), (depth, 2)))(rows)
    share = jnp.linspace(0, rate, depth).reshape(1, depth, 1)
    return (drawn >= share) / (1 - share)
