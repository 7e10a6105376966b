"""Restricted Boltzmann machines, and contrastive divergence as a loss (Hinton, Neural Computation 2002)."""

import jax
import jax.numpy as jnp

EXACT = jax.lax.Precision.HIGHEST


def free_energy(
    v: jax.Array, kernel: jax.Array, visible: jax.Array, hidden: jax.Array, *, linear: bool = False
) -> jax.Array:
    """Of visible units [n, d] -> [n]: minus the log of the sum (or integral) over hidden units of exp(-energy).

    The energy is -visible.v - hidden.h - v.kernel.h; of linear hidden units, which are Gaussian with variance 1,
    (h - hidden)^2 / 2 stands for the second term.

    Args:
        kernel: [d, h]; visible: [d]; hidden: [h]; the biases of both kinds of units.
        linear: whether the hidden units are; of these constants are left out.
    """
    x = jnp.matmul(v, kernel, precision=EXACT)
    own = jnp.matmul(v, visible, precision=EXACT)
    if linear:
        return -own - jnp.sum(0.5 * x**2 + hidden[None] * x, axis=-1)
    return -own - jnp.sum(jax.nn.softplus(x + hidden[None]), axis=-1)


def contrastive_divergence(
    v: jax.Array, kernel: jax.Array, visible: jax.Array, hidden: jax.Array, noise: jax.Array, *, linear: bool = False
) -> tuple[jax.Array, jax.Array]:
    """CD-1: how much less energy the data have than what one step of Gibbs sampling makes of them.

    Its gradient is that of the paper, <v h> of the data less <v h> of what is made, which is held still.

    Args:
        v: the data, in [0, 1], [n, d].
        noise: uniform in [0, 1), [n, h].

    Returns:
        Scalar float32, which may be negative; and what is made, [n, d].
    """
    x = jnp.matmul(v, kernel, precision=EXACT) + hidden[None]
    h = x + jax.scipy.special.ndtri(jnp.clip(noise, 1e-6, 1 - 1e-6)) if linear else noise < jax.nn.sigmoid(x)
    made = jax.nn.sigmoid(jnp.matmul(h.astype(v.dtype), kernel.T, precision=EXACT) + visible[None])
    made = jax.lax.stop_gradient(made)
    energies = (free_energy(each, kernel, visible, hidden, linear=linear) for each in (v, made))
    data, model = energies
    return jnp.mean(data - model), made
