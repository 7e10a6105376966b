"""Pooling by attention: a learned query looks at all tokens (Set Transformer, arXiv:1810.00825), as SigLIP does."""

from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.attention import attend
from jssl.nets.transformer import xavier


class AttentionPool(nnx.Module):
    """One attention of a learned query, then a layer under a norm that is added to it."""

    def __init__(
        self, dim: int, heads: int, *, hidden: int, approximate: bool, epsilon: float, dtype: jnp.dtype, rngs: nnx.Rngs
    ) -> None:
        linear = partial(nnx.Linear, kernel_init=xavier, dtype=dtype, rngs=rngs)
        self.heads, self.approximate = heads, approximate
        self.probe = nnx.Param(nnx.initializers.truncated_normal(0.02)(rngs.params(), (dim,)))
        self.qkv, self.proj = linear(dim, 3 * dim), linear(dim, dim)
        self.norm = nnx.LayerNorm(dim, epsilon=epsilon, dtype=dtype, rngs=rngs)
        self.fc1, self.fc2 = linear(dim, hidden), linear(hidden, dim)

    def __call__(self, x: jax.Array) -> jax.Array:
        """[n, tokens, d] -> [n, d]."""
        n, _, dim = x.shape
        probe = jnp.broadcast_to(self.probe[...].astype(x.dtype), (n, 1, dim))
        kernel, bias = self.qkv.kernel[...].astype(x.dtype), self.qkv.bias[...].astype(x.dtype).reshape(1, 1, -1)
        q = (probe @ kernel[:, :dim] + bias[:, :, :dim]).reshape(n, 1, self.heads, -1)
        k, v = jnp.split(x @ kernel[:, dim:] + bias[:, :, dim:], 2, axis=-1)
        k, v = (part.reshape(n, -1, self.heads, dim // self.heads) for part in (k, v))
        x = self.proj(attend(q, k, v).reshape(n, 1, dim))
        return (x + self.fc2(jax.nn.gelu(self.fc1(self.norm(x)), approximate=self.approximate)))[:, 0]
