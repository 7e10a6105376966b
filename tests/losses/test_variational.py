"""Terms of the bound against PyTorch, and the bound against densities that are known."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.losses.variational import (
    bernoulli_log_likelihood,
    class_free_cost,
    gaussian_kl,
    gaussian_log_density,
    importance_bound,
)

PEER = {
    name: jnp.asarray(x, jnp.float32)
    for name, x in np.load(Path(__file__).parents[1] / "fixtures" / "pixels.npz").items()
}
MEAN, LOG_VARIANCE = PEER["mean"], PEER["log_variance"]


def test_equal_pytorchs_distributions_and_gradients():
    np.testing.assert_allclose(gaussian_kl(MEAN, LOG_VARIANCE), PEER["kl"], rtol=1e-5)
    by = jax.grad(lambda m, v: gaussian_kl(m, v).sum(), (0, 1))(MEAN, LOG_VARIANCE)
    np.testing.assert_allclose(by[0], PEER["kl_by_mean"], rtol=1e-5)
    np.testing.assert_allclose(by[1], PEER["kl_by_log_variance"], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(gaussian_log_density(PEER["x"], MEAN, LOG_VARIANCE), PEER["density"], rtol=1e-5)
    np.testing.assert_allclose(bernoulli_log_likelihood(PEER["bits"], PEER["logits"]), PEER["likelihood"], rtol=1e-5)


@pytest.mark.slow
def test_the_divergence_is_zero_of_the_prior_and_that_of_monte_carlo(rng):
    assert not np.asarray(gaussian_kl(jnp.zeros((2, 3)), jnp.zeros((2, 3)))).any()
    epsilon = jnp.asarray(rng.normal(size=(20_000, 1, 5)), jnp.float32)
    mean, log_variance = MEAN[:1], LOG_VARIANCE[:1]
    z = mean[None] + jnp.exp(log_variance / 2)[None] * epsilon
    zero = jnp.zeros((1, 5))
    each = jax.vmap(lambda z: gaussian_log_density(z, mean, log_variance) - gaussian_log_density(z, zero, zero))(z)
    np.testing.assert_allclose(each.mean(), gaussian_kl(mean, log_variance)[0], rtol=0.03)


class Linear:
    """x = W z + mean + noise: probabilistic PCA, at its maximum of the likelihood for given data."""

    def __init__(self, rng, dim=6, latent=2):
        x = rng.normal(size=(400, dim)) @ rng.normal(size=(dim, dim))
        self.mean, covariance = x.mean(0), np.cov(x.T, ddof=0)
        values, vectors = np.linalg.eigh(covariance)
        values, vectors = values[::-1], vectors[:, ::-1]
        self.noise = values[latent:].mean()
        self.w = vectors[:, :latent] * np.sqrt(values[:latent] - self.noise)
        model = self.w @ self.w.T + self.noise * np.eye(dim)
        away = x - self.mean
        quadratic = np.sum(away @ np.linalg.inv(model) * away, axis=1)
        self.log_p = -0.5 * (dim * np.log(2 * np.pi) + np.linalg.slogdet(model)[1] + quadratic)
        inner = self.w.T @ self.w + self.noise * np.eye(latent)
        self.posterior_mean = away @ self.w @ np.linalg.inv(inner)
        self.posterior_log_variance = np.log(self.noise * np.diag(np.linalg.inv(inner)))
        self.x = x

    def terms(self, epsilon, shift=0.0):
        """Log weights [k, n] and the bound's two terms, of a posterior whose log variance is off by `shift`."""
        as_array = lambda x: jnp.asarray(x, jnp.float32)  # noqa: E731
        mean = as_array(self.posterior_mean)
        log_variance = jnp.broadcast_to(as_array(self.posterior_log_variance + shift).reshape(1, -1), mean.shape)
        x, zero = as_array(self.x), jnp.zeros_like(mean)

        def likelihood(z):
            painted = jnp.matmul(z, as_array(self.w.T), precision="highest") + as_array(self.mean)[None]
            return gaussian_log_density(x, painted, jnp.full_like(x, np.log(self.noise)))

        def weight(epsilon):
            z = mean + jnp.exp(log_variance / 2) * epsilon
            prior = gaussian_log_density(z, zero, zero)
            return likelihood(z) + prior - gaussian_log_density(z, mean, log_variance), likelihood(z)

        weights, likelihoods = jax.lax.map(weight, epsilon)
        return weights, likelihoods.mean(0) - gaussian_kl(mean, log_variance)


def test_at_its_optimum_a_linear_vae_has_the_likelihood_of_probabilistic_pca(rng):
    model = Linear(rng)
    weights, bound = model.terms(jnp.asarray(rng.normal(size=(64, 400, 2)), jnp.float32))
    np.testing.assert_allclose(weights[0], model.log_p, rtol=1e-3, atol=1e-2)  # for every z, as the posterior is exact
    np.testing.assert_allclose(bound.mean(), model.log_p.mean(), rtol=5e-3)


@pytest.mark.slow
@pytest.mark.parametrize("shift", [-1.5, 1.5])
def test_with_another_posterior_it_is_less_and_more_samples_bring_it_nearer(rng, shift):
    model = Linear(rng)
    weights, bound = model.terms(jnp.asarray(rng.normal(size=(64, 400, 2)), jnp.float32), shift)
    bounds = [
        importance_bound(weights.reshape(-1, k, 400).swapaxes(0, 1).reshape(k, -1)).mean() for k in (1, 4, 16, 64)
    ]
    assert bound.mean() < model.log_p.mean() - 0.1
    assert bounds[0] < bounds[1] < bounds[2] < bounds[3] < model.log_p.mean() + 1e-2
    np.testing.assert_allclose(bounds[0], bound.mean(), atol=0.1)


def test_what_coins_cost_by_hand():
    logits, x = jnp.array([[0.0, np.log(3.0)]]), jnp.array([[1.0, 0.25]])
    expected = np.log(2) - 0.25 * np.log(0.75) - 0.75 * np.log(0.25)
    np.testing.assert_allclose(-bernoulli_log_likelihood(x, logits), [expected], rtol=1e-6)


@pytest.mark.slow
def test_the_best_guess_of_a_class_makes_the_bound_tight(rng):
    """By Bayes' rule the bound is then the likelihood itself; any other guess costs more."""
    costs, logits = (jnp.asarray(rng.normal(size=(6, 4)) * 2, jnp.float32) for _ in range(2))
    exact = -jax.scipy.special.logsumexp(-costs, axis=1)
    np.testing.assert_allclose(class_free_cost(costs, -costs), exact, rtol=1e-4, atol=1e-5)
    assert (class_free_cost(costs, logits) > exact).all()
    sure = jnp.where(jnp.arange(4)[None] == 2, 50.0, 0.0) * jnp.ones((6, 1))
    np.testing.assert_allclose(class_free_cost(costs, sure), costs[:, 2], rtol=1e-5)
