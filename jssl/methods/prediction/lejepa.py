"""LeJEPA: Provable and Scalable Self-Supervised Learning Without the Heuristics (arXiv:2511.08544)."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jssl import parallel
from jssl.inputs.input import Input
from jssl.losses.gaussian import directions, epps_pulley
from jssl.method import Batch, Method
from jssl.methods.parts.neighbours import neighbours
from jssl.methods.parts.views import embedding, random_views
from jssl.nets.heads import mlp
from jssl.nets.multi_crop import GLOBAL, project_by_size
from jssl.nets.net import Net, chain
from jssl.ranges import Count, NotNegative, Positive


def lejepa(
    encoder: Net,
    input: Input,
    *,
    projector: Sequence[Count] = (2048, 2048, 64),
    weight: NotNegative = 0.05,
    slices: Count = 1024,
    points: Count = 17,
    furthest: Positive = 3.0,
) -> Method:
    """Every view predicts the mean of the large ones, and the embeddings are those of an isotropic Gaussian.

    There is no teacher, no stop-gradient and no schedule. SIGReg, the second term, is the Epps-Pulley test of each view
    along random directions, which are drawn anew in each step and are the same on all devices.

    Args:
        projector: widths of its layers; evaluations read the encoder's output, before it.
        weight: of SIGReg, in [0, 1]; the prediction has the rest. The paper's lambda, its only trade-off.
        slices: how many directions.
        points, furthest: of the test's integral, see `jssl.losses.gaussian.epps_pulley`.

    Raises:
        ValueError: a weight outside of [0, 1], no direction, fewer than two points.
    """
    if not 0 <= weight <= 1 or slices < 1 or points < 2:
        raise ValueError(f"weight={weight} must be in [0, 1], slices={slices} at least 1 and points={points} 2")
    net, dim = chain(encoder=encoder, projector=mlp(projector)), projector[-1]

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        params, stats = net.init(key, input.prepare(batch))
        return params, {"stats": stats}

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        net_key, slice_key = jax.random.split(key)
        z, stats = project_by_size(net, params, extra["stats"], views, key=net_key)
        z = z.astype(jnp.float32).reshape(-1, len(views), dim)
        prediction = jnp.mean((z - z[:, :GLOBAL].mean(axis=1, keepdims=True)) ** 2)
        along = jnp.matmul(z, directions(slice_key, slices, dim), precision="highest")
        sigreg = jnp.mean(epps_pulley(along, points=points, furthest=furthest, psum=parallel.psum))
        value = weight * sigreg + (1 - weight) * prediction
        return value, ({"stats": stats}, {"prediction": prediction, "sigreg": sigreg})

    return Method(init, random_views(input), loss, embedding(encoder, input), show=neighbours(net, input))
