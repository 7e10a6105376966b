"""The loss of telling what belongs together from what does not."""

import jax
import jax.numpy as jnp


def pair_loss(together: jax.Array, apart: jax.Array) -> jax.Array:
    """Binary cross entropy, the mean over both kinds of pairs, which weigh the same.

    With two outputs, as in L3-Net (arXiv:1705.08168), the logit is their difference.

    Args:
        together: logits, of pairs that belong together, that they do; any shape.
        apart: the same of pairs that do not.

    Returns:
        Scalar float32 in nats: ln 2 where it says 1/2 to everything.
    """
    together, apart = together.astype(jnp.float32), apart.astype(jnp.float32)
    return (jnp.mean(jax.nn.softplus(-together)) + jnp.mean(jax.nn.softplus(apart))) / 2
