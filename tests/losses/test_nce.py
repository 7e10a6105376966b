"""NCE, InfoNCE with a queue and MoCo v3's loss against theory, naive references and peers."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.losses.contrastive import in_batch, info_nce, l2_normalize
from jssl.losses.nce import nce, nce_at_chance

PEERS = np.load(Path(__file__).parents[1] / "fixtures" / "memory.npz")
FIRST, SECOND, QUEUE, BANK = (jnp.asarray(PEERS[name]) for name in ("first", "second", "queue", "bank"))
OWN, NOISE, EXAMPLES = BANK[PEERS["index"]], BANK[PEERS["noise"]], len(BANK)


def scores(x, temperature=0.07):
    v = l2_normalize(x)
    return jnp.sum(v * OWN, axis=-1) / temperature, v @ NOISE.T / temperature


@pytest.mark.parametrize(("m", "expected"), [(4096, 9.318), (32000, 11.374)])
@pytest.mark.parametrize("score", [-3.0, 0.0, 14.0])
def test_nce_where_every_score_is_the_estimate_of_z(m, expected, score):
    log_z = score + jnp.log(1000)
    value = nce(jnp.full(4, score), jnp.full((4, m), score), log_z, examples=1000)
    np.testing.assert_allclose(value, nce_at_chance(m), rtol=1e-5)
    np.testing.assert_allclose(value, expected, atol=2e-3)


def test_nce_equals_its_definition(rng):
    positive, negative = rng.normal(size=5), rng.normal(size=(5, 7))
    z, examples, m = 30.0, 50, 7
    own, noise = np.exp(positive) / z, np.exp(negative) / z
    ratio = m / examples
    naive = -np.log(own / (own + ratio)) - np.log(ratio / (noise + ratio)).sum(1)
    value = nce(jnp.asarray(positive), jnp.asarray(negative), jnp.log(z), examples=examples)
    np.testing.assert_allclose(value, naive.mean(), rtol=1e-5)


@pytest.mark.slow
def test_nce_is_finite_for_scores_whose_exponential_is_not():
    value, gradient = jax.value_and_grad(lambda s: nce(s, s[:, None] - 300, s[0], examples=10))(jnp.full(3, 200.0))
    assert np.isfinite(value) and np.isfinite(gradient).all()


@pytest.mark.slow
def test_with_ever_more_noise_the_gradient_is_that_of_the_softmax(rng):
    rows, query = rng.normal(size=(12, 6)).astype(np.float32), rng.normal(size=6).astype(np.float32)
    exact = jax.grad(lambda q: jax.nn.logsumexp(rows @ q) - rows[3] @ q)(query)
    log_z = jax.nn.logsumexp(rows @ query)

    def estimated(copies):
        """Every row drawn equally often."""

        def loss(q):
            return nce((rows[3] @ q)[None], jnp.tile(rows @ q, copies)[None], log_z, examples=12)

        return jax.grad(loss)(query)

    errors = [float(jnp.abs(estimated(copies) - exact).max() / jnp.abs(exact).max()) for copies in (1, 30, 1000)]
    assert errors[0] > 10 * errors[1] > 100 * errors[2] and errors[2] < 1e-2


@pytest.mark.slow
@pytest.mark.parametrize("name", ["npid", "pirl"])
def test_nce_equals_what_vissl_recorded(name):
    log_z = jnp.log(PEERS[f"{name}/z"].astype(np.float32))

    def loss(x):
        value = nce(*scores(x), log_z, examples=EXAMPLES)
        return value if name == "npid" else 0.5 * value + 0.5 * nce(*scores(SECOND), log_z, examples=EXAMPLES)

    value, gradient = jax.value_and_grad(loss)(FIRST)
    np.testing.assert_allclose(value, PEERS[f"{name}/loss"], rtol=1e-4)
    np.testing.assert_allclose(gradient, PEERS[f"{name}/gradient"], rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(("size", "expected"), [(4096, 8.318), (65536, 11.090)])
def test_identical_keys_give_the_log_of_the_candidates(size, expected):
    value = info_nce(jnp.full(3, 5.0), 5.0 + jnp.log(jnp.full(3, float(size))))
    np.testing.assert_allclose(value, np.log(size + 1), rtol=1e-6)
    np.testing.assert_allclose(value, expected, atol=1e-3)


@pytest.mark.parametrize("temperature", [0.07, 0.2])
@pytest.mark.parametrize("peer", ["lightly", "solo"])
def test_a_queue_gives_what_peers_recorded(peer, temperature):
    def loss(x):
        q = l2_normalize(x)
        positive = jnp.sum(q * l2_normalize(SECOND), axis=-1) / temperature
        return info_nce(positive, jax.nn.logsumexp(q @ QUEUE.T / temperature, axis=1))

    value, gradient = jax.value_and_grad(loss)(FIRST)
    np.testing.assert_allclose(value, PEERS[f"{peer}/{temperature}/loss"], rtol=1e-5)
    np.testing.assert_allclose(gradient, PEERS[f"{peer}/{temperature}/gradient"], rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("temperature", [0.07, 0.2])
def test_keys_in_the_batch_give_what_solo_recorded(temperature):
    def loss(x):
        return in_batch(l2_normalize(x), l2_normalize(SECOND), jnp.arange(24), temperature=temperature)

    value, gradient = jax.value_and_grad(loss)(FIRST)
    np.testing.assert_allclose(value, PEERS[f"moco_v3/{temperature}/loss"], rtol=1e-5)
    np.testing.assert_allclose(gradient, PEERS[f"moco_v3/{temperature}/gradient"], rtol=1e-3, atol=1e-6)


@pytest.mark.slow
def test_both_directions_of_identical_keys_in_the_batch():
    z = jnp.ones((4096, 2)) / 2**0.5
    value = 2 * in_batch(z[:8], z, jnp.arange(8), temperature=0.2)
    np.testing.assert_allclose(value, 4 * 0.2 * np.log(4096), rtol=1e-5)
    np.testing.assert_allclose(value, 6.654, atol=1e-3)
