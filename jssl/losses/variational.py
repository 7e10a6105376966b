"""Bounds on the likelihood of examples with latent variables, in nats (arXiv:1312.6114, arXiv:1406.5298)."""

import math

import jax
import jax.numpy as jnp


def gaussian_kl(mean: jax.Array, log_variance: jax.Array) -> jax.Array:
    """KL divergence of N(mean, variance) from N(0, I), both [n, d] -> [n]; 0 where they are the same."""
    return 0.5 * jnp.sum(jnp.exp(log_variance) + mean**2 - 1 - log_variance, axis=-1)


def gaussian_log_density(x: jax.Array, mean: jax.Array, log_variance: jax.Array) -> jax.Array:
    """Of x under N(mean, variance), all [n, ...] that broadcast to its shape -> [n]."""
    each = -0.5 * (log_variance + (x - mean) ** 2 * jnp.exp(-log_variance) + math.log(2 * math.pi))
    return jnp.sum(each.reshape(len(x), -1), axis=-1)


def bernoulli_log_likelihood(x: jax.Array, logits: jax.Array) -> jax.Array:
    """Of x in [0, 1] under independent coins, [n, ...] each -> [n]; of grey values the (negative) cross entropy."""
    each = x * jax.nn.log_sigmoid(logits) + (1 - x) * jax.nn.log_sigmoid(-logits)
    return jnp.sum(each.reshape(len(x), -1), axis=-1)


def importance_bound(log_weights: jax.Array) -> jax.Array:
    """The importance-weighted bound of ln p(x), of log weights ln p(x, z) - ln q(z | x) [k, n] -> [n].

    The log of the weights' mean (arXiv:1509.00519): with k = 1 the evidence lower bound, in expectation never less
    with more.
    """
    return jax.nn.logsumexp(log_weights, axis=0) - math.log(len(log_weights))


def class_free_cost(costs: jax.Array, logits: jax.Array) -> jax.Array:
    """What an example costs whose class is not known (equation 7 of arXiv:1406.5298).

    Args:
        costs: of it with each class, the class itself included, [n, classes].
        logits: of the distribution that its class is guessed by, [n, classes].

    Returns:
        Nats [n]: the expected cost less the entropy of the guess. Of all guesses the softmax of -costs makes it least,
        -logsumexp(-costs).
    """
    return jnp.sum(jax.nn.softmax(logits) * (costs + jax.nn.log_softmax(logits)), axis=-1)
