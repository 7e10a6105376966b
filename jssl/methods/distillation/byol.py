"""BYOL: Bootstrap Your Own Latent (arXiv:2006.07733)."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jssl import parallel
from jssl.inputs.input import Input
from jssl.losses.contrastive import l2_normalize
from jssl.losses.similarity import normalized_error, spread
from jssl.method import Batch, Method
from jssl.methods.parts.teacher import follow, momentum_at
from jssl.methods.parts.views import embedding, random_views
from jssl.nets.heads import mlp
from jssl.nets.net import Net, apply_each, chain
from jssl.ranges import Count, Share


def byol(
    encoder: Net,
    input: Input,
    *,
    steps: int,
    projector: Sequence[Count] = (4096, 256),
    predictor: Sequence[Count] = (4096, 256),
    momentum: Share = 0.996,
) -> Method:
    """From each view, the student predicts what a running average of itself, the teacher, makes of the other.

    Args:
        steps: of the whole run, over which the teacher's momentum rises to 1 along half a cosine.
        projector: widths of its layers; the teacher has one too. Evaluations read the encoder's output, before it.
        predictor: widths of the student's further layers, the last as wide as the projector's.
        momentum: share of its weights that the teacher keeps, at first: 0.996 for 1000 epochs, 0.99 for 300 or less.
    """
    target = {"encoder": encoder, "projector": mlp(projector, bias=False)}
    teacher, student = chain(**target), chain(**target, predictor=mlp(predictor, bias=False))

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        params, stats = student.init(key, input.prepare(batch))
        copy = jax.tree.map(jnp.copy, {part: params[part] for part in target})  # as the step donates its state
        return params, {"stats": stats, "teacher": copy}

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        p, stats = apply_each(student, params, extra["stats"], views, key=key)
        z, _ = apply_each(teacher, extra["teacher"], extra["stats"], views)  # without a key it drops no path
        z = [jax.lax.stop_gradient(view) for view in z]
        value = normalized_error(p[0], z[1]) + normalized_error(p[1], z[0])
        mean = parallel.pmean(jnp.mean(l2_normalize(z[0]), axis=0))
        return value, ({**extra, "stats": stats}, {"spread": spread(mean)})

    def after(params: Any, extra: Any, step: jax.Array) -> tuple[Any, Any]:
        return params, {**extra, "teacher": follow(extra["teacher"], params, momentum_at(step, steps, momentum))}

    return Method(init, random_views(input, 2), loss, embedding(encoder, input), after)
