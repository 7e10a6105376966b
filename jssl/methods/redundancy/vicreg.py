"""VICReg: Variance-Invariance-Covariance Regularization for Self-Supervised Learning (arXiv:2105.04906)."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jssl import parallel
from jssl.inputs.input import Input
from jssl.losses.redundancy import covariance_penalty, variance_hinge
from jssl.method import Batch, Method
from jssl.methods.parts.views import embedding, random_views
from jssl.nets.heads import mlp
from jssl.nets.net import Net, apply_each, chain
from jssl.ranges import Count, NotNegative


def vicreg(
    encoder: Net,
    input: Input,
    *,
    expander: Sequence[Count] = (8192, 8192, 8192),
    invariance: NotNegative = 25.0,
    variance: NotNegative = 25.0,
    covariance: NotNegative = 1.0,
    initializer: str = "lecun",
) -> Method:
    """Two views agree, while every dimension keeps varying over the batch and none varies with another.

    Args:
        expander: widths of the head's layers; evaluations read the encoder's output, before it.
        invariance: weight of the mean squared distance of the views.
        variance: weight of the shortfall of the standard deviations, averaged over the views.
        covariance: weight of the squared covariances, summed over the views.
        initializer: of the expander, see `mlp`; "torch" by the authors' code.
    """
    net = chain(encoder=encoder, expander=mlp(expander, bias=False, initializer=initializer))

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        params, stats = net.init(key, input.prepare(batch))
        return params, {"stats": stats}

    def over_the_batch(z: jax.Array) -> jax.Array:
        z = z - parallel.pmean(jnp.mean(z, axis=0, keepdims=True))
        return parallel.psum(jnp.matmul(z.T, z, precision="highest")) / (len(z) * parallel.axis_size() - 1)

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        z, stats = apply_each(net, params, extra["stats"], views, key=key)
        covariances = [over_the_batch(view) for view in z]
        terms = {
            "invariance": jnp.mean((z[0] - z[1]) ** 2),
            "variance": (variance_hinge(covariances[0]) + variance_hinge(covariances[1])) / 2,
            "covariance": covariance_penalty(covariances[0]) + covariance_penalty(covariances[1]),
        }
        weights = {"invariance": invariance, "variance": variance, "covariance": covariance}
        return sum(weights[name] * terms[name] for name in terms), ({"stats": stats}, terms)

    return Method(init, random_views(input, 2), loss, embedding(encoder, input))
