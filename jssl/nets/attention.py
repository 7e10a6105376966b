"""Attention by the kernel that the device has for it."""

import logging
from functools import cache

import jax
import jax.numpy as jnp
from jax.sharding import PartitionSpec

log = logging.getLogger(__name__)
LONGEST_HEAD = 128
"""Values of a query that cuDNN's kernel takes on every GPU that it runs on."""


def attend(
    q: jax.Array, k: jax.Array, v: jax.Array, *, mask: jax.Array | None = None, causal: bool = False
) -> jax.Array:
    """Softmax of queries times keys, times values: [n, tokens, heads, d] each -> [n, tokens, heads, d].

    In half precision on an NVIDIA GPU by cuDNN, which never writes the [tokens, tokens] weights down
    (arXiv:2205.14135), where its kernel fits: no mask but the causal one, and heads of a multiple of 8 values, 128 at
    most. Elsewhere it is XLA's, which holds the weights in float32.

    Args:
        mask: bool [n or 1, heads or 1, tokens, tokens or 1], which keys a query looks at; None is all.
        causal: queries look at no key that comes after them.
    """
    width = q.shape[-1]
    fits = mask is None and q.dtype.itemsize == 2 and width % 8 == 0 and width <= LONGEST_HEAD
    implementation = "cudnn" if fits and jax.default_backend() == "gpu" and _has_cudnn() else "xla"
    return jax.nn.dot_product_attention(q, k, v, mask=mask, is_causal=causal, implementation=implementation)


@cache
def _has_cudnn() -> bool:
    """Whether a step with cuDNN's kernel compiles here: one is tried, as no version number tells."""

    def loss(x: jax.Array) -> jax.Array:
        y = jax.nn.dot_product_attention(x, x, x, implementation="cudnn")
        return jax.lax.pmean(jnp.sum(y.astype(jnp.float32)), "data")

    mesh = jax.make_mesh((1,), ("data",), devices=jax.local_devices()[:1])
    rows = PartitionSpec("data")
    spread = jax.shard_map(jax.grad(loss), mesh=mesh, in_specs=rows, out_specs=rows, check_vma=False)
    try:
        jax.jit(spread).lower(jax.ShapeDtypeStruct((2, 65, 2, 64), jnp.bfloat16)).compile()
    except Exception as error:  # a missing library, an old one, another device: all end in attention by XLA
        log.warning("attention is XLA's, as cuDNN's does not compile here: %s", str(error).splitlines()[0])
        return False
    return True
