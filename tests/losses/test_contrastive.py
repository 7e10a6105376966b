"""NT-Xent against theory, a naive reference, optax, lightly and solo-learn."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.losses.contrastive import l2_normalize, nt_xent

PEERS = np.load(Path(__file__).parents[1] / "fixtures" / "nt_xent.npz")


def loss(first, second, temperature):
    """NT-Xent of two views, [n, d] each, before normalisation."""
    z = l2_normalize(jnp.concatenate([jnp.asarray(first), jnp.asarray(second)]))
    row, n = jnp.arange(len(z)), len(z) // 2
    return nt_xent(z, z, row, (row + n) % (2 * n), temperature=temperature)


def naive(first, second, temperature):
    z = np.concatenate([first, second]).astype(np.float64)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    n, terms = len(first), []
    for i in range(2 * n):
        scores = {j: np.exp(z[i] @ z[j] / temperature) for j in range(2 * n) if j != i}
        terms.append(-np.log(scores[(i + n) % (2 * n)] / sum(scores.values())))
    return np.mean(terms)


def views(rng, n=12, d=7):
    first = rng.normal(size=(n, d)).astype(np.float32)
    return first, (first + 0.5 * rng.normal(size=(n, d))).astype(np.float32)


@pytest.mark.parametrize("temperature", [0.1, 0.5, 1.0])
def test_identical_embeddings_give_the_log_of_the_candidates(temperature):
    z = np.tile(np.float32([3.0, -1.0, 2.0]), (256, 1))
    np.testing.assert_allclose(loss(z, z, temperature), np.log(511), rtol=1e-6)
    np.testing.assert_allclose(np.log(511), 6.2364, atol=5e-5)


@pytest.mark.parametrize(("temperature", "expected"), [(0.5, 4.249), (0.1, 0.0229)])
def test_equal_positives_and_orthogonal_negatives(temperature, expected):
    z = np.eye(256, dtype=np.float32)
    np.testing.assert_allclose(loss(z, z, temperature), np.log1p(510 * np.exp(-1 / temperature)), rtol=1e-5)
    np.testing.assert_allclose(loss(z, z, temperature), expected, rtol=1e-3)


@pytest.mark.parametrize(("temperature", "expected"), [(1.0, 6.24), (0.5, 6.25), (0.2, 6.33), (0.1, 6.67)])
def test_random_unit_vectors(rng, temperature, expected):
    draws = rng.normal(size=(8, 2, 256, 128)).astype(np.float32)
    np.testing.assert_allclose(np.mean([loss(*views, temperature) for views in draws]), expected, atol=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_equals_the_naive_sum_and_optax(rng, temperature):
    first, second = views(rng)
    np.testing.assert_allclose(loss(first, second, temperature), naive(first, second, temperature), rtol=1e-5)
    embeddings, labels = jnp.concatenate([first, second]), jnp.tile(jnp.arange(12), 2)
    with jax.numpy_rank_promotion("allow"):
        theirs = optax.losses.ntxent(embeddings, labels, temperature=temperature)
    np.testing.assert_allclose(loss(first, second, temperature), theirs, rtol=1e-5)


@pytest.mark.parametrize("temperature", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("peer", ["lightly", "solo"])
def test_equals_what_peers_recorded(peer, temperature):
    value, gradient = jax.value_and_grad(loss)(jnp.asarray(PEERS["first"]), PEERS["second"], temperature)
    np.testing.assert_allclose(value, PEERS[f"{peer}/{temperature}/loss"], rtol=1e-5)
    np.testing.assert_allclose(gradient, PEERS[f"{peer}/{temperature}/gradient"], rtol=1e-4, atol=1e-7)


@pytest.mark.slow
def test_does_not_see_the_order_of_the_batch_or_of_the_views(rng):
    first, second = views(rng)
    order, value = rng.permutation(12), loss(first, second, 0.2)
    np.testing.assert_allclose(loss(first[order], second[order], 0.2), value, rtol=1e-5)
    np.testing.assert_allclose(loss(second, first, 0.2), value, rtol=1e-5)
    assert abs(loss(first, second[order], 0.2) - value) > 0.1


@pytest.mark.slow
def test_part_of_the_queries_scores_against_all_keys(rng):
    """What each device computes: the mean over devices is the loss of the whole batch."""
    first, second = views(rng)
    z = l2_normalize(jnp.concatenate([first, second]))
    row = jnp.arange(24)
    parts = [
        nt_xent(z[part], z, row[part], (row[part] + 12) % 24, temperature=0.3) for part in (slice(0, 8), slice(8, 24))
    ]
    np.testing.assert_allclose((8 * parts[0] + 16 * parts[1]) / 24, loss(first, second, 0.3), rtol=1e-5)


@pytest.mark.slow
def test_l2_normalize_has_a_finite_gradient_at_zero():
    gradient = jax.grad(lambda z: loss(z, z, 0.1))(jnp.zeros((4, 3)))
    assert np.isfinite(gradient).all()
    np.testing.assert_allclose(l2_normalize(jnp.array([[3.0, 4.0], [0.0, 0.0]])), [[0.6, 0.8], [0.0, 0.0]], rtol=1e-6)


@pytest.mark.slow
def test_bfloat16_embeddings_are_scored_in_float32(rng):
    first, second = views(rng, 64, 32)
    z = l2_normalize(jnp.concatenate([first, second])).astype(jnp.bfloat16)
    row = jnp.arange(128)
    value = nt_xent(z, z, row, (row + 64) % 128, temperature=0.01)
    exact = nt_xent(*[z.astype(jnp.float32)] * 2, row, (row + 64) % 128, temperature=0.01)
    assert value.dtype == jnp.float32
    np.testing.assert_allclose(value, exact, rtol=1e-6)


@pytest.mark.slow
def test_chunks_change_neither_value_nor_gradient(rng):
    z = rng.normal(size=(48, 8)).astype(np.float32)
    row = np.arange(48)

    def loss(z, chunk):
        unit = l2_normalize(z)
        return nt_xent(unit, unit, row, (row + 24) % 48, temperature=0.2, chunk=chunk)

    for chunk in (1, 16, 48):
        plain, chunked = (jax.value_and_grad(loss)(z, c) for c in (0, chunk))
        np.testing.assert_allclose(chunked[0], plain[0], rtol=1e-6)
        np.testing.assert_allclose(chunked[1], plain[1], atol=1e-6)
    with pytest.raises(ValueError, match="48 queries per device do not divide into chunks of 7"):
        loss(z, 7)


def test_chunks_bound_the_memory_of_a_batch_of_32768():
    """On each of 8 devices: 8,192 queries against 65,536 keys."""

    def bytes_needed(chunk):
        def loss(z, keys):
            own = jnp.arange(8192)
            return nt_xent(z, keys, own, own + 4096, temperature=0.1, chunk=chunk)

        shapes = [jax.ShapeDtypeStruct((n, 128), jnp.float32) for n in (8192, 65536)]
        compiled = jax.jit(jax.grad(loss, argnums=(0, 1))).lower(*shapes).compile()
        return compiled.memory_analysis().temp_size_in_bytes

    plain, chunked = bytes_needed(0), bytes_needed(256)
    print(f"temporary memory: {plain / 2**20:.0f} MiB at once, {chunked / 2**20:.0f} MiB in chunks")
    assert plain > 2 * 2**30
    assert chunked < 300 * 2**20
