import jax
import jax.numpy as jnp
import numpy as np

from jssl.losses.variational import bernoulli_cost, class_free_cost, gaussian_kl


def test_gaussian_divergence_by_hand_and_by_sampling(rng):
    assert gaussian_kl(jnp.zeros((2, 3)), jnp.zeros((2, 3))).tolist() == [0, 0]
    mean, log_variance = np.float32([[0.5, -1.0]]), np.float32([[0.2, -0.7]])
    std = np.exp(log_variance / 2)
    z = mean + std * rng.normal(size=(200_000, 2))
    log_q = -0.5 * (((z - mean) / std) ** 2 + log_variance)
    np.testing.assert_allclose(gaussian_kl(mean, log_variance), (log_q + 0.5 * z**2).sum(1).mean(), rtol=0.01)


def test_what_coins_cost_by_hand():
    logits, x = jnp.array([[0.0, np.log(3.0)]]), jnp.array([[1.0, 0.25]])
    expected = np.log(2) - 0.25 * np.log(0.75) - 0.75 * np.log(0.25)
    np.testing.assert_allclose(bernoulli_cost(logits, x), [expected], rtol=1e-6)


def test_the_best_guess_of_a_class_makes_the_bound_tight(rng):
    """By Bayes' rule the bound is then the likelihood itself; any other guess costs more."""
    costs, logits = (jnp.asarray(rng.normal(size=(6, 4)) * 2, jnp.float32) for _ in range(2))
    exact = -jax.scipy.special.logsumexp(-costs, axis=1)
    np.testing.assert_allclose(class_free_cost(costs, -costs), exact, rtol=1e-4, atol=1e-5)
    assert (class_free_cost(costs, logits) > exact).all()
    sure = jnp.where(jnp.arange(4)[None] == 2, 50.0, 0.0) * jnp.ones((6, 1))
    np.testing.assert_allclose(class_free_cost(costs, sure), costs[:, 2], rtol=1e-5)
