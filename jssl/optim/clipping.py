"""Gradients that are clipped parameter by parameter."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

PyTree = Any


def clip_each_norm(largest: float) -> optax.GradientTransformation:
    """Shorten the gradient of each parameter on its own to that norm, where it is longer.

    DINO's code (arXiv:2104.14294) does so. By the norm of all together one large gradient shortens all others.
    """

    def clipped(gradient: jax.Array) -> jax.Array:
        norm = jnp.linalg.norm(gradient.ravel())
        return gradient * jnp.where(norm > largest, largest / jnp.maximum(norm, largest), 1.0)

    def clip(updates: PyTree, params: PyTree) -> PyTree:
        del params
        return jax.tree.map(clipped, updates)

    return optax.stateless(clip)
