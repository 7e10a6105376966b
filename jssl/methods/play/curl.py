"""CURL: Contrastive Unsupervised Representations for Reinforcement Learning (arXiv:2004.04136)."""

import math
from typing import Any

import jax
import jax.numpy as jnp

from jssl import parallel
from jssl.inputs.input import Input
from jssl.losses.predictive import among
from jssl.method import Batch, Method
from jssl.methods.parts.teacher import follow
from jssl.methods.parts.views import embedding, random_views
from jssl.nets.heads import linear
from jssl.nets.net import Net, chain
from jssl.ranges import Count, Share


def curl(encoder: Net, input: Input, *, dim: Count = 50, momentum: Share = 0.95) -> Method:
    """A random crop of what is seen finds another crop of the same among those of the batch, by a bilinear score.

    The other crop's key is made by a slowly moving copy of the encoder. This is the auxiliary loss of the paper alone:
    nothing is learnt of actions and rewards. Frames of a state are all cropped alike.

    Args:
        input: two views, which should be crops and no more: 84 of 100 pixels.
        dim: of the queries and keys, a linear map of the features with a layer norm after it.
        momentum: share of its weights that the copy keeps; the paper moves it by 0.05.
    """
    query = chain(encoder=encoder, projector=linear(dim))

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        query_key, score_key = jax.random.split(key)
        params, stats = query.init(query_key, input.prepare(batch))
        teacher = jax.tree.map(jnp.copy, params)  # a copy, as the step donates its state
        params["score"] = jax.random.uniform(score_key, (dim, dim))
        return params, {"stats": stats, "teacher": teacher}

    def code(params: Any, stats: Any, x: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
        z, stats = query.apply(params, stats, x, **mode)
        z = z.astype(jnp.float32)
        z = z - z.mean(-1, keepdims=True)
        return z * jax.lax.rsqrt(jnp.mean(z**2, axis=-1, keepdims=True) + 1e-5), stats

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        anchor, other = views
        q, stats = code(params, extra["stats"], anchor, key=key, train=True)
        k, _ = code(extra["teacher"], extra["stats"], other, train=True)
        keys, n = parallel.gather(jax.lax.stop_gradient(k)), len(q)
        asked = jnp.matmul(q, params["score"], precision="highest")
        value, right = among(asked, keys, parallel.axis_index() * n + jnp.arange(n))
        return value, ({**extra, "stats": stats}, {"accuracy": right})

    def after(params: Any, extra: Any, step: jax.Array) -> tuple[Any, Any]:
        del step
        return params, {**extra, "teacher": follow(extra["teacher"], params, momentum)}

    return Method(init, random_views(input, 2), loss, embedding(encoder, input), after, chance=math.log)
