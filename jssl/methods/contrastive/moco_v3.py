"""MoCo v3: An Empirical Study of Training Self-Supervised Vision Transformers (arXiv:2104.02057)."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jssl import parallel
from jssl.inputs.input import Input
from jssl.losses.contrastive import in_batch, l2_normalize
from jssl.method import Batch, Method, encoder_weights
from jssl.methods.parts.teacher import follow, momentum_at
from jssl.methods.parts.views import embedding, random_views
from jssl.nets.heads import mlp
from jssl.nets.net import Net, apply_each, chain
from jssl.ranges import Count, Positive, Share


def moco_v3(
    encoder: Net,
    input: Input,
    *,
    steps: int,
    projector: Sequence[Count] = (4096, 4096, 256),
    predictor: Sequence[Count] = (4096, 256),
    predictor_norm: bool = True,
    temperature: Positive = 0.2,
    momentum: Share = 0.99,
    frozen: Sequence[str] = (),
    initializer: str = "lecun",
) -> Method:
    """Each view's query finds the other view's key, made by a teacher, in the global batch; there is no queue.

    Args:
        steps: of the whole run, over which the teacher's momentum rises to 1 along half a cosine.
        projector: widths of its layers, (4096, 4096, 256) for ViT, (4096, 256) for ResNet-50. The norm after the
            last layer has neither scale nor offset.
        predictor: widths of its layers.
        predictor_norm: such a norm after the predictor too: for ViT, not for ResNet-50.
        temperature: 0.2 for ViT, 1.0 for ResNet-50, by the authors' code.
        momentum: share of its weights that the teacher keeps, at first.
        frozen: parts of the encoder that keep their random values: ("embed",), the patch embedding, keeps a ViT's
            training from breaking down. They are state and not parameters, so weight decay cannot move them either.
        initializer: of the heads, see `mlp`; "torch" by the authors' code.

    Raises:
        ValueError: from `init`, if the encoder has no such part.
    """
    heads = {"bias": False, "last_affine": False, "initializer": initializer}
    target = chain(encoder=encoder, projector=mlp(projector, last_norm=True, **heads))
    head = mlp(predictor, last_norm=predictor_norm, **heads)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        target_key, head_key = jax.random.split(key)
        images = input.prepare(batch)
        params, stats = target.init(target_key, images)
        z = jax.eval_shape(target.apply, params, stats, images)[0]
        if missing := set(frozen) - set(params["encoder"]):
            raise ValueError(f"frozen={tuple(frozen)}: the encoder has no {missing}, but {sorted(params['encoder'])}")
        still = {name: params["encoder"].pop(name) for name in frozen}
        teacher = jax.tree.map(jnp.copy, params)  # a copy, as the step donates its state
        params["predictor"], head_stats = head.init(head_key, z)
        stats["predictor"] = head_stats
        return params, {"stats": stats, "teacher": teacher, "frozen": still}

    def whole(params: Any, extra: Any) -> Any:
        return {**params, "encoder": {**params["encoder"], **extra["frozen"]}}

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        stats, images = extra["stats"], views[:2]
        z, target_stats = apply_each(target, whole(params, extra), stats, images, key=key)
        q, head_stats = apply_each(head, params["predictor"], stats["predictor"], z, key=key)
        k, _ = apply_each(target, whole(extra["teacher"], extra), stats, images)  # without a key it drops no path
        queries, keys = ([l2_normalize(x.astype(jnp.float32)) for x in side] for side in (q, k))
        keys = [jax.lax.stop_gradient(x) for x in keys]
        n = queries[0].shape[0]
        row = parallel.axis_index() * n + jnp.arange(n)
        value = sum(
            in_batch(q, parallel.gather(k), row, temperature=temperature)
            for q, k in zip(queries, reversed(keys), strict=True)
        )
        positive = jnp.mean(jnp.sum(queries[0] * keys[1], axis=-1))
        return value, ({**extra, "stats": {**target_stats, "predictor": head_stats}}, {"positive": positive})

    def after(params: Any, extra: Any, step: jax.Array) -> tuple[Any, Any]:
        return params, {**extra, "teacher": follow(extra["teacher"], params, momentum_at(step, steps, momentum))}

    def weights(params: Any, extra: Any) -> tuple[Any, Any]:
        return encoder_weights(whole(params, extra), extra)

    return Method(
        init, random_views(input, 2), loss, embedding(encoder, input, weights), after, weights=weights,
        chance=lambda n: 4 * temperature * math.log(n),
    )  # fmt: skip
