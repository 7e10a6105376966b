"""BERT's heads: which word a token stands for, and whether one text follows another (arXiv:1810.04805)."""

from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx

from jssl.nets.net import Net, compute_type, from_nnx
from jssl.nets.text_transformer import EPSILON, small


def likeness(x: jax.Array, table: jax.Array) -> jax.Array:
    """Inner products of tokens [..., d] with what words are embedded as, [vocabulary, d]: float32 [..., vocabulary].

    In half precision their gradient is rounded before it is multiplied, too: that is two thirds of the work.
    """
    dtype = compute_type()
    return _products(x.astype(dtype), table.astype(dtype))


@jax.custom_vjp
def _products(x: jax.Array, table: jax.Array) -> jax.Array:
    return jnp.matmul(x, table.T, preferred_element_type=jnp.float32)


def _products_forward(x: jax.Array, table: jax.Array) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    return _products(x, table), (x, table)


def _products_backward(known: tuple[jax.Array, jax.Array], gradient: jax.Array) -> tuple[jax.Array, jax.Array]:
    x, table = known
    gradient = gradient.astype(x.dtype)
    return gradient @ table, jnp.einsum("...v,...d->vd", gradient, x)


_products.defvjp(_products_forward, _products_backward)


class WordHead(nnx.Module):
    """A layer with GELU and a norm, then the inner product with what each word is embedded as, and an offset."""

    def __init__(self, dim: int, vocabulary: int, *, rngs: nnx.Rngs) -> None:
        self.transform = nnx.Linear(dim, dim, kernel_init=small, dtype=compute_type(), rngs=rngs)
        self.norm = nnx.LayerNorm(dim, epsilon=EPSILON, rngs=rngs)
        self.bias = nnx.Param(jnp.zeros(vocabulary))

    def __call__(self, x: jax.Array, *, table: jax.Array, train: bool, key: jax.Array | None = None) -> jax.Array:
        """Tokens [n, k, d], words [vocabulary, d] -> logits float32 [n, k, vocabulary]."""
        del train, key
        x = self.norm(jax.nn.gelu(self.transform(x), approximate=False))
        return likeness(x, table) + self.bias[...].reshape(1, 1, -1)


class FollowsHead(nnx.Module):
    """A tanh layer on the first token, and a linear one."""

    def __init__(self, dim: int, *, rngs: nnx.Rngs) -> None:
        linear = partial(nnx.Linear, kernel_init=small, dtype=compute_type(), rngs=rngs)
        self.pool, self.classify = linear(dim, dim), linear(dim, 2)

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        """Tokens [n, t, d] -> logits float32 [n, 2]: the second text follows the first, or it is another's."""
        del train, key
        return self.classify(jnp.tanh(self.pool(x[:, 0]))).astype(jnp.float32)


def word_head(vocabulary: int) -> Net:
    """Tokens [n, k, d] -> logits float32 [n, k, vocabulary]; applied with `table`, what words are embedded as."""
    return from_nnx(lambda dim, rngs: WordHead(dim, vocabulary, rngs=rngs))


def follows_head() -> Net:
    """Tokens [n, t, d] -> logits float32 [n, 2]: whether a second text follows the first (0), or not (1)."""
    return from_nnx(lambda dim, rngs: FollowsHead(dim, rngs=rngs))
