"""SimSiam: Exploring Simple Siamese Representation Learning (arXiv:2011.10566)."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jssl import parallel
from jssl.inputs.input import Input
from jssl.losses.contrastive import l2_normalize
from jssl.losses.similarity import negative_cosine, spread
from jssl.method import Batch, Method
from jssl.methods.parts.views import embedding, random_views
from jssl.nets.heads import mlp
from jssl.nets.net import Net, apply_each, chain
from jssl.ranges import Count


def simsiam(
    encoder: Net,
    input: Input,
    *,
    projector: Sequence[Count] = (2048, 2048, 2048),
    predictor: Sequence[Count] = (512, 2048),
    initializer: str = "lecun",
) -> Method:
    """Each view predicts the other, which is held still: that alone keeps the features from collapsing.

    Args:
        projector: widths of its layers, three for ImageNet and two for CIFAR-10. The norm after the last has neither
            scale nor offset. Evaluations read the encoder's output, before it.
        predictor: widths of its layers, the last as wide as the projector's.
        initializer: of the heads, see `mlp`; "torch" by the authors' code.
    """
    target_head = mlp(projector, last_norm=True, last_affine=False, initializer=initializer)
    parts, head = {"encoder": encoder, "projector": target_head}, mlp(predictor, initializer=initializer)
    target, net = chain(**parts), chain(**parts, predictor=head)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        params, stats = net.init(key, input.prepare(batch))
        return params, {"stats": stats}

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        stats = extra["stats"]
        z, target_stats = apply_each(target, params, stats, views, key=key)
        p, head_stats = apply_each(head, params["predictor"], stats["predictor"], z, key=key)
        z = [jax.lax.stop_gradient(view) for view in z]
        value = (negative_cosine(p[0], z[1]) + negative_cosine(p[1], z[0])) / 2
        mean = parallel.pmean(jnp.mean(l2_normalize(z[0]), axis=0))
        return value, ({"stats": {**target_stats, "predictor": head_stats}}, {"spread": spread(mean)})

    return Method(init, random_views(input, 2), loss, embedding(encoder, input))
