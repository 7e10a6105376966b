"""Hybrid BYOL-S: BYOL that is taught hand-made descriptors of speech, too (arXiv:2203.16637, arXiv:2206.12038)."""

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
from jssl.nets.heads import linear, mlp
from jssl.nets.net import Net, apply_each, chain
from jssl.ranges import Count, NotNegative, Share


def hybrid_byol(
    encoder: Net,
    input: Input,
    *,
    steps: int,
    projector: Sequence[Count] = (4096, 256),
    predictor: Sequence[Count] = (4096, 256),
    momentum: Share = 0.99,
    weight: NotNegative = 1.0,
) -> Method:
    """From each view the student predicts what the teacher makes of the other, and the descriptors of the recording.

    These come with the data, as `descriptors` float32 [d] of mean 0 and variance 1 over the training recordings:
    `benchmarks/descriptors.py` makes them by openSMILE. Features are the encoder's, as of BYOL.

    Args:
        steps: of the whole run, over which the teacher's momentum rises to 1 along half a cosine.
        projector, predictor: widths of their layers.
        momentum: share of its weights that the teacher keeps, at first.
        weight: of the mean squared error of the descriptors.
    """
    target, student = {"encoder": encoder, "projector": mlp(projector, bias=False)}, mlp(predictor, bias=False)
    above, teacher = chain(projector=target["projector"], predictor=student), chain(**target)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        encoder_key, above_key, head_key = jax.random.split(key, 3)
        if "descriptors" not in batch:
            raise ValueError("hybrid_byol learns descriptors, and the data has none: see benchmarks/descriptors.py")
        x = input.prepare(batch)
        params, stats = encoder.init(encoder_key, x)
        features = jax.eval_shape(encoder.apply, params, stats, x)[0]
        further, further_stats = above.init(above_key, features)
        params, stats = {"encoder": params, **further}, {"encoder": stats, **further_stats}
        copy = jax.tree.map(jnp.copy, {part: params[part] for part in target})  # as the step donates its state
        head, _ = linear(batch["descriptors"].shape[-1]).init(head_key, features)
        return {**params, "descriptors": head}, {"stats": stats, "teacher": copy}

    def views(keys: jax.Array, batch: Batch) -> tuple[tuple[jax.Array, ...], jax.Array]:
        return random_views(input, 2)(keys, batch), batch["descriptors"]

    def loss(params: Any, extra: Any, views: Any, key: jax.Array, step: jax.Array) -> Any:
        del step
        shown, descriptors = views
        before = extra["stats"]
        h, stats = apply_each(encoder, params["encoder"], before["encoder"], shown, key=key)
        rest = {part: before[part] for part in before if part != "encoder"}
        p, rest = apply_each(above, params, rest, h, key=key)
        z, _ = apply_each(teacher, extra["teacher"], before, shown)  # without a key it drops nothing
        z = [jax.lax.stop_gradient(view) for view in z]
        bootstrapped = normalized_error(p[0], z[1]) + normalized_error(p[1], z[0])
        told = [linear(descriptors.shape[-1]).apply(params["descriptors"], {}, each)[0] for each in h]
        error = sum(jnp.mean((each - descriptors) ** 2) for each in told) / len(told)
        mean = parallel.pmean(jnp.mean(l2_normalize(z[0]), axis=0))
        metrics = {"bootstrapped": bootstrapped, "descriptor_error": error, "spread": spread(mean)}
        return bootstrapped + weight * error, ({**extra, "stats": {"encoder": stats, **rest}}, metrics)

    def after(params: Any, extra: Any, step: jax.Array) -> tuple[Any, Any]:
        return params, {**extra, "teacher": follow(extra["teacher"], params, momentum_at(step, steps, momentum))}

    return Method(init, views, loss, embedding(encoder, input), after)
