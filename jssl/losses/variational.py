"""Bounds on the likelihood of examples with latent variables (arXiv:1312.6114, arXiv:1406.5298), in nats."""

import jax
import jax.numpy as jnp
import optax


def gaussian_kl(mean: jax.Array, log_variance: jax.Array) -> jax.Array:
    """Divergence of normal distributions with a diagonal covariance from the standard one, [n, d] each: nats [n]."""
    return 0.5 * jnp.sum(mean**2 + jnp.exp(log_variance) - 1 - log_variance, axis=-1)


def bernoulli_cost(logits: jax.Array, x: jax.Array) -> jax.Array:
    """What values in [0, 1] cost under independent coins, logits and x [n, d] each: nats [n]."""
    return jnp.sum(optax.sigmoid_binary_cross_entropy(logits, x), axis=-1)


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
