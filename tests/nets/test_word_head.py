"""What words are told by: products in half precision, their sums and logits in float32."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.cost.flops import flops_of
from jssl.nets.net import computing_in
from jssl.nets.word_head import likeness

TOKENS, WORDS = (jax.random.normal(jax.random.key(i), shape) for i, shape in enumerate(((2, 5, 8), (11, 8))))


def told(x: jax.Array, table: jax.Array) -> jax.Array:
    return jnp.mean(jax.nn.logsumexp(likeness(x, table), axis=-1) ** 2)


def plain(x: jax.Array, table: jax.Array) -> jax.Array:
    return jnp.mean(jax.nn.logsumexp(jnp.einsum("ntd,vd->ntv", x, table), axis=-1) ** 2)


@pytest.mark.parametrize(("dtype", "tolerance"), [(jnp.float32, 1e-6), (jnp.bfloat16, 0.02)])
def test_gradients_are_those_of_the_product(dtype: jnp.dtype, tolerance: float) -> None:
    with computing_in(dtype):
        assert likeness(TOKENS, WORDS).dtype == jnp.float32
        found = jax.grad(told, argnums=(0, 1))(TOKENS, WORDS)
    for ours, theirs in zip(found, jax.grad(plain, argnums=(0, 1))(TOKENS, WORDS), strict=True):
        assert ours.dtype == jnp.float32
        np.testing.assert_allclose(ours, theirs, atol=tolerance * float(jnp.abs(theirs).max()))


def test_no_product_of_a_step_in_half_precision_is_in_float32() -> None:
    with computing_in(jnp.bfloat16):
        program = jax.make_jaxpr(jax.grad(told, argnums=(0, 1)))(TOKENS, WORDS).jaxpr
    assert flops_of(program) == 3 * 2 * 2 * 5 * 8 * 11
    assert flops_of(program, only=lambda each: any(x.aval.dtype == jnp.float32 for x in each.invars)) == 0
