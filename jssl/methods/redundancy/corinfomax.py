"""CorInfoMax: Self-Supervised Learning with an Information Maximization Criterion (arXiv:2209.07999)."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jssl import parallel
from jssl.inputs.input import Input
from jssl.losses.contrastive import l2_normalize
from jssl.losses.information import log_determinant
from jssl.method import Batch, Method
from jssl.methods.parts.neighbours import neighbours
from jssl.methods.parts.views import embedding, random_views
from jssl.nets.heads import mlp
from jssl.nets.net import Net, apply_each, chain
from jssl.ranges import Below1, Count, NotNegative, Positive


def corinfomax(
    encoder: Net,
    input: Input,
    *,
    projector: Sequence[Count] = (2048, 2048, 64),
    invariance: NotNegative = 250.0,
    memory: Below1 = 0.01,
    epsilon: Positive = 1e-8,
) -> Method:
    """Two views agree, and their embeddings have as much information as they can: the log-determinant of a covariance.

    The covariance of each view and its mean are averages over steps, part of the state. Only the batch's own part of
    them has a gradient.

    Args:
        projector: widths of its layers; evaluations read the encoder's output, before it. The last should be less than
            a batch has examples, if the memory is short.
        invariance: weight of the mean squared distance of the views.
        memory: share of the earlier covariances and means that is kept in a step.
        epsilon: added to the covariances' diagonals.

    Raises:
        ValueError: a memory outside of [0, 1).
    """
    if not 0 <= memory < 1:
        raise ValueError(f"memory={memory} must be at least 0 and less than 1")
    net, dim = chain(encoder=encoder, projector=mlp(projector)), projector[-1]

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        params, stats = net.init(key, input.prepare(batch))
        return params, {"stats": stats, "mean": jnp.zeros((2, dim)), "covariance": jnp.stack([jnp.eye(dim)] * 2)}

    def remember(earlier: jax.Array, now: jax.Array) -> jax.Array:
        return memory * earlier + (1 - memory) * parallel.pmean(now)

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        z, stats = apply_each(net, params, extra["stats"], views, key=key)
        z = l2_normalize(jnp.stack(z).astype(jnp.float32))
        mean = remember(extra["mean"], z.mean(axis=1))
        centred = z - mean[:, None]
        covariance = remember(
            extra["covariance"], jnp.matmul(centred.swapaxes(1, 2), centred, precision="highest") / z.shape[1]
        )
        information = sum(log_determinant(view, epsilon) for view in covariance) / dim
        distance = jnp.mean((z[0] - z[1]) ** 2)
        state = jax.lax.stop_gradient({"mean": mean, "covariance": covariance})
        metrics = {"invariance": distance, "information": information}
        return invariance * distance - information, ({"stats": stats, **state}, metrics)

    return Method(init, random_views(input, 2), loss, embedding(encoder, input), show=neighbours(net, input))
