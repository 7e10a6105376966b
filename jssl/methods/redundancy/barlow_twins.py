"""Barlow Twins: Self-Supervised Learning via Redundancy Reduction (arXiv:2103.03230)."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jssl import parallel
from jssl.inputs.input import Input
from jssl.losses import redundancy as losses
from jssl.method import Batch, Method
from jssl.methods.parts.views import embedding, random_views
from jssl.nets.heads import mlp
from jssl.nets.net import Net, apply_each, chain
from jssl.ranges import Count, NotNegative


def barlow_twins(
    encoder: Net,
    input: Input,
    *,
    projector: Sequence[Count] = (8192, 8192, 8192),
    redundancy: NotNegative = 0.0051,
    initializer: str = "lecun",
) -> Method:
    """Two views agree in every dimension of their projections, and no dimension tells what another does.

    Args:
        projector: widths of its layers; evaluations read the encoder's output, before it.
        redundancy: weight of the correlations between different dimensions, the paper's lambda. The d (d - 1) of them
            outgrow the d on the diagonal, so it should fall as the projector widens.
        initializer: of the projector, see `mlp`; "torch" by the authors' code.
    """
    # The last norm, without scale and offset, standardises each dimension over the global batch.
    head = mlp(projector, last_norm=True, last_affine=False, initializer=initializer)
    net = chain(encoder=encoder, projector=head)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        params, stats = net.init(key, input.prepare(batch))
        return params, {"stats": stats}

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        z, stats = apply_each(net, params, extra["stats"], views, key=key)
        correlation = parallel.pmean(jnp.matmul(z[0].T, z[1], precision="highest") / len(z[0]))
        metrics = {"agreement": jnp.mean(jnp.diagonal(correlation))}
        return losses.barlow_twins(correlation, redundancy), ({"stats": stats}, metrics)

    return Method(init, random_views(input, 2), loss, embedding(encoder, input))
