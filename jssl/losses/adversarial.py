"""The two players' losses of a generative adversarial network (arXiv:1406.2661), from the discriminator's logits."""

import jax
import jax.numpy as jnp


def discriminator_loss(real: jax.Array, fake: jax.Array) -> jax.Array:
    """Binary cross entropy of telling real from fake, the mean of both kinds.

    Args:
        real, fake: logits that an example is real, any shape.

    Returns:
        Scalar float32 in nats: ln 2 for a discriminator that says 1/2 to everything. The sum over both kinds, which
        DCGAN's code and the paper's value function have, is twice that.
    """
    real, fake = real.astype(jnp.float32), fake.astype(jnp.float32)
    return (jnp.mean(jax.nn.softplus(-real)) + jnp.mean(jax.nn.softplus(fake))) / 2


def generator_loss(fake: jax.Array) -> jax.Array:
    """Mean of -ln D, the cross entropy of fakes labelled as real, in nats; ln 2 where D says 1/2.

    This is the form that does not saturate: ln(1 - D) has no gradient where the discriminator is sure.

    Args:
        fake: logits that a generated example is real, any shape.
    """
    return jnp.mean(jax.nn.softplus(-fake.astype(jnp.float32)))


def discriminator_accuracy(real: jax.Array, fake: jax.Array) -> jax.Array:
    """Share of the logits on the right side, the mean of both kinds; 1/2 when the generator has won."""
    return (jnp.mean(real > 0) + jnp.mean(fake < 0)) / 2
