"""SwAV's codes and loss against theory, a naive reference and peers."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl import parallel
from jssl.losses.distillation import cross_view_entropy
from jssl.losses.sinkhorn import sinkhorn
from jssl.parallel import make_layout

PEERS = np.load(Path(__file__).parents[1] / "fixtures" / "swav.npz")
SETTINGS = {"usual": (0.1, 0.05, 3), "other": (0.3, 0.2, 5)}  # temperature, epsilon, iterations
B, K = 23, 7


@pytest.fixture
def scores(rng):
    return jnp.asarray(rng.uniform(-1, 1, (B, K)), jnp.float32)


def naive(scores, epsilon, iterations):
    """Algorithm 1 of the paper's appendix, as it is printed: prototypes in rows."""
    q = np.exp(np.asarray(scores, np.float64) / epsilon).T
    q /= q.sum()
    for _ in range(iterations):
        q /= q.sum(1, keepdims=True) * q.shape[0]
        q /= q.sum(0, keepdims=True) * q.shape[1]
    return (q / q.sum(0, keepdims=True)).T


def both_views(scores, queue, epsilon, iterations):
    """Codes [n, 2, K] of the first two of views [views, n, K], assigned along with the queue's rows."""
    pairs = [jnp.concatenate([x, q]) for x, q in zip(scores[:2], queue, strict=True)]
    return jnp.stack([sinkhorn(x, epsilon=epsilon, iterations=iterations)[: scores.shape[1]] for x in pairs], axis=1)


@pytest.mark.parametrize(("epsilon", "iterations"), [(0.05, 3), (0.5, 1), (0.1, 20)])
def test_codes_equal_the_papers_algorithm(scores, epsilon, iterations):
    q = sinkhorn(scores, epsilon=epsilon, iterations=iterations)
    np.testing.assert_allclose(q, naive(scores, epsilon, iterations), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("epsilon", [1e-3, 0.05, 10.0])
def test_each_code_sums_to_one_and_each_prototype_to_its_share(scores, epsilon):
    np.testing.assert_allclose(sinkhorn(scores, epsilon=epsilon).sum(1), 1, rtol=1e-5)
    balanced = sinkhorn(scores, epsilon=max(epsilon, 0.05), iterations=200)
    np.testing.assert_allclose(balanced.sum(0), B / K, rtol=1e-3)


def test_codes_are_uniform_at_a_large_epsilon_and_one_hot_at_a_small_one(scores):
    np.testing.assert_allclose(sinkhorn(scores, epsilon=1e5), 1 / K, rtol=1e-4)
    sharp = sinkhorn(scores[:21], epsilon=1e-3, iterations=2000)  # 3 examples for each of 7 prototypes
    np.testing.assert_allclose(sharp.sum(0), 3, atol=0.1)
    assert float(sharp.max(1).min()) > 0.9


def test_what_is_added_to_all_scores_or_to_a_prototype_changes_nothing(scores):
    q = sinkhorn(scores)
    np.testing.assert_allclose(sinkhorn(scores + 3), q, atol=1e-4)
    np.testing.assert_allclose(sinkhorn(scores + jnp.arange(K).reshape(1, -1)), q, atol=1e-4)


def test_no_score_is_too_large_or_too_far_apart(scores):
    q = sinkhorn(1e4 * scores)  # exp of it is infinite, or 0
    assert bool(jnp.isfinite(q).all())
    np.testing.assert_allclose(q.sum(1), 1, rtol=1e-5)


def test_codes_have_no_gradient_and_are_float32(scores):
    np.testing.assert_array_equal(jax.grad(lambda x: jnp.sum(sinkhorn(x) ** 2))(scores), 0)
    assert sinkhorn(scores.astype(jnp.bfloat16)).dtype == jnp.float32


@pytest.mark.parametrize("devices", [2, 8])
def test_many_devices_balance_the_batch_together(scores, devices):
    scores = scores[:16]
    layout = make_layout(devices=jax.devices()[:devices])
    split = layout.batch_sharding.spec

    def codes(x):
        return sinkhorn(x, psum=parallel.psum, pmax=parallel.pmax)

    many = jax.jit(jax.shard_map(codes, mesh=layout.mesh, in_specs=split, out_specs=split, check_vma=False))(scores)
    np.testing.assert_allclose(many, sinkhorn(scores), atol=1e-6)
    alone = jax.jit(jax.shard_map(sinkhorn, mesh=layout.mesh, in_specs=split, out_specs=split, check_vma=False))
    assert np.abs(alone(scores) - many).max() > 0.1


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("peer", ["lightly", "solo"])
@pytest.mark.parametrize("queue", ["alone", "queue"])
def test_codes_loss_and_gradient_equal_the_peers(peer, setting, queue):
    temperature, epsilon, iterations = SETTINGS[setting]
    views, earlier = jnp.asarray(PEERS["scores"]), jnp.asarray(PEERS["queue"])
    earlier = earlier if queue == "queue" else earlier[:, :0]

    def loss(views):
        codes = both_views(views, earlier, epsilon, iterations)
        return cross_view_entropy(codes, views.swapaxes(0, 1), temperature=temperature), codes

    (value, codes), gradient = jax.value_and_grad(loss, has_aux=True)(views)
    expected = {name: PEERS[f"{peer}/{setting}/{queue}/{name}"] for name in ("codes", "loss", "gradient")}
    np.testing.assert_allclose(codes.swapaxes(0, 1), expected["codes"], atol=2e-5)
    np.testing.assert_allclose(value, expected["loss"], rtol=1e-5)
    np.testing.assert_allclose(gradient, expected["gradient"], atol=2e-6)


@pytest.mark.slow
@pytest.mark.parametrize(("k", "expected"), [(3000, 8.006), (65536, 11.090)])
def test_constant_logits_cost_ln_k(k, expected):
    scores = jnp.full((4, 3, k), 0.3)
    codes = jax.vmap(sinkhorn, in_axes=1, out_axes=1)(scores[:, :2])
    value = cross_view_entropy(codes, scores, temperature=0.1)
    np.testing.assert_allclose(value, np.log(k), rtol=1e-5)
    np.testing.assert_allclose(value, expected, atol=1e-3)
