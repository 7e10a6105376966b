"""Mixed Barlow Twins: Guarding Barlow Twins Against Overfitting with Mixed Samples (arXiv:2312.02151)."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jssl import parallel
from jssl.inputs.input import Input
from jssl.losses.redundancy import barlow_twins, mixed_residual
from jssl.method import Batch, Method
from jssl.methods.parts.neighbours import neighbours
from jssl.methods.parts.views import embedding, random_views
from jssl.nets.heads import mlp
from jssl.nets.net import Net, apply_each, chain
from jssl.optim.duration import Duration, steps_of
from jssl.ranges import Count, NotNegative


def mixed_barlow_twins(
    encoder: Net,
    input: Input,
    *,
    steps: int,
    steps_per_epoch: int,
    projector: Sequence[Count] = (2048, 2048, 1024),
    redundancy: NotNegative = 1 / 128,
    mixing: NotNegative = 4.0,
    ramp: Duration = 0.0,
) -> Method:
    """Barlow Twins, and a mixture of two examples is embedded as the mixture of their embeddings.

    An example's first view is mixed with the second view of its partner, all by the same share of the step, uniform in
    [0, 1]. Partners are the i-th and the i-th from the end of the global batch: batches are drawn at random, so that
    this is as good as a permutation, and each device sends its views to one other.

    Args:
        projector: widths of its layers; evaluations read the encoder's output, before it.
        redundancy: weight of the correlations between different dimensions, the paper's lambda.
        mixing: weight of the mixtures, over that of the redundancy; 0 is Barlow Twins.
        ramp: time in which it rises from 0.

    Raises:
        ValueError: a negative weight.
    """
    if redundancy < 0 or mixing < 0:
        raise ValueError(f"redundancy={redundancy} and mixing={mixing} must not be negative")
    # The last norm, without scale and offset, standardises each dimension over the global batch.
    net = chain(encoder=encoder, projector=mlp(projector, last_norm=True, last_affine=False))
    rise = steps_of(ramp, steps_per_epoch=steps_per_epoch, total=steps)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        params, stats = net.init(key, input.prepare(batch))
        return params, {"stats": stats}

    def correlation(x: jax.Array, y: jax.Array) -> jax.Array:
        return parallel.pmean(jnp.matmul(x.T, y, precision="highest") / len(x))

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        net_key, share_key = jax.random.split(key)
        share = jax.random.uniform(share_key)
        mixture = share * views[0] + (1 - share) * parallel.mirror(views[1])
        (a, b, m), stats = apply_each(net, params, extra["stats"], (*views, mixture), key=net_key)
        twins, partner = correlation(a, b), parallel.mirror(b)
        residual = mixed_residual(correlation(m, a), correlation(a, a), correlation(partner, a), share)
        residual += mixed_residual(correlation(m, b), twins, correlation(partner, b), share)
        weight = mixing * redundancy * (jnp.minimum(step / rise, 1.0) if rise else 1.0)
        metrics = {"agreement": jnp.mean(jnp.diagonal(twins)), "mixed_residual": residual}
        return barlow_twins(twins, redundancy) + weight * residual, ({"stats": stats}, metrics)

    return Method(init, random_views(input, 2), loss, embedding(encoder, input), show=neighbours(net, input))
