"""Which kernel attention is by, and that it is attention."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.nets import attention
from jssl.nets.attention import attend


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """The implementations that are asked for, on a machine that says it has a GPU."""
    found = []

    def noted(q, k, v, *, mask=None, is_causal=False, implementation):
        del k, v, mask, is_causal
        found.append(implementation)
        return q

    monkeypatch.setattr(jax.nn, "dot_product_attention", noted)
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    monkeypatch.setattr(attention, "_has_cudnn", lambda: True)
    return found


def test_a_gpu_s_kernel_is_taken_where_it_fits(asked) -> None:
    half, mask = jnp.zeros((2, 5, 2, 64), jnp.bfloat16), jnp.ones((2, 1, 1, 5), bool)
    for x, options, wanted in (
        (half, {}, "cudnn"),
        (half, {"causal": True}, "cudnn"),
        (half, {"mask": mask}, "xla"),
        (half.astype(jnp.float32), {}, "xla"),
        (half[..., :20], {}, "xla"),
        (jnp.zeros((2, 5, 2, 136), jnp.bfloat16), {}, "xla"),
    ):
        attend(x, x, x, **options)
        assert asked.pop() == wanted


def test_without_a_gpu_or_its_kernel_attention_is_xla_s(monkeypatch, caplog, rng) -> None:
    q, k, v = (jnp.asarray(rng.normal(size=(2, 5, 2, 8)), jnp.bfloat16) for _ in range(3))
    attention._has_cudnn.cache_clear()
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    y = attend(q, k, v, causal=True)
    assert "attention is XLA's, as cuDNN's does not compile here" in caplog.text
    scores = np.einsum("nqhd,nkhd->nhqk", *(np.asarray(x, np.float32) for x in (q, k))) / np.sqrt(8)
    scores = np.where(np.tri(5, dtype=bool), scores, -np.inf)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    wanted = np.einsum("nhqk,nkhd->nqhd", weights / weights.sum(-1, keepdims=True), np.asarray(v, np.float32))
    np.testing.assert_allclose(np.asarray(y, np.float32), wanted, atol=0.03)
    attention._has_cudnn.cache_clear()
