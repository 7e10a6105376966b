"""SwAV: Unsupervised Learning of Visual Features by Contrasting Cluster Assignments (arXiv:2006.09882)."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl import bank, parallel
from jssl.exhibit import Exhibit
from jssl.inputs.input import Input
from jssl.losses.contrastive import l2_normalize, similarities
from jssl.losses.distillation import cross_view_entropy, entropy
from jssl.losses.sinkhorn import sinkhorn
from jssl.method import Batch, Method
from jssl.methods.parts.prototypes import nearest
from jssl.methods.parts.views import embedding, random_views
from jssl.nets.heads import mlp
from jssl.nets.multi_crop import GLOBAL, project_by_size
from jssl.nets.net import Net, chain
from jssl.optim.duration import Duration, steps_of
from jssl.ranges import Count, Natural, Positive


def swav(
    encoder: Net,
    input: Input,
    *,
    steps: int,
    steps_per_epoch: int,
    projector: Sequence[Count] = (2048, 128),
    prototypes: Count = 3000,
    temperature: Positive = 0.1,
    epsilon: Positive = 0.05,
    iterations: Count = 3,
    freeze: Duration = 1.0,
    queue: Natural = 0,
    queue_from: Duration = 15.0,
    initializer: str = "lecun",
) -> Method:
    """Each view predicts which prototypes another view of the example is assigned to, in balance over the batch.

    Args:
        projector: widths of its layers; evaluations read the encoder's output, before it.
        prototypes: how many unit vectors the examples are assigned to.
        temperature: of the predictions.
        epsilon: of the codes, see `jssl.losses.sinkhorn`.
        iterations: of Sinkhorn-Knopp.
        freeze: time at first in which the prototypes stay as they were drawn.
        queue: earlier examples that are assigned along with the batch, where that has too few for so many prototypes
            (3840 for a batch of 256); 0 for none. A multiple of the batch. It is split over the devices: each scores
            its own rows, and only the sums for each prototype travel.
        queue_from: time before it is used, while features still change too fast.
        initializer: of the projector, see `mlp`; "torch" by the authors' code.
    """
    run = {"steps_per_epoch": steps_per_epoch, "total": steps}
    thaw, begin = steps_of(freeze, **run), steps_of(queue_from, **run)
    net, dim = chain(encoder=encoder, projector=mlp(projector, initializer=initializer)), projector[-1]
    assign = partial(sinkhorn, epsilon=epsilon, iterations=iterations, psum=parallel.psum, pmax=parallel.pmax)
    balanced = jax.vmap(assign, in_axes=1, out_axes=1)  # each view on its own

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        net_key, prototype_key, queue_key = jax.random.split(key, 3)
        params, stats = net.init(net_key, input.prepare(batch))
        params["prototypes"] = l2_normalize(jax.random.normal(prototype_key, (prototypes, dim)))
        if not queue:
            return params, {"stats": stats}
        rows = bank.make_queue(queue_key, queue, GLOBAL * dim)
        return params, {"stats": stats, "queue": rows, "pointer": jnp.array(0)}

    def codes_of(z: jax.Array, scores: jax.Array, prototypes: jax.Array, extra: Any, step: jax.Array) -> Any:
        """Codes [n, 2, prototypes] of the large views, and the state with the queue moved on."""
        if not queue:
            return balanced(scores), extra
        n = len(z)
        earlier = similarities(extra["queue"].reshape(-1, GLOBAL, dim), prototypes)
        full = queue // (n * parallel.axis_size())
        codes = jax.lax.cond(
            step >= max(full, begin),
            lambda: balanced(jnp.concatenate([scores, earlier]))[:n],
            lambda: balanced(scores),
        )
        keys = parallel.gather(z.reshape(n, -1))
        rows, pointer = bank.enqueue(extra["queue"], extra["pointer"], keys)
        return codes, {**extra, "queue": rows, "pointer": pointer}

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        z, stats = project_by_size(net, params, extra["stats"], views, key=key)
        z = l2_normalize(z.astype(jnp.float32)).reshape(-1, len(views), dim)
        still = jax.lax.stop_gradient(params["prototypes"])
        scores = similarities(z, jnp.where(step < thaw, still, params["prototypes"]))
        large = jax.lax.stop_gradient(scores[:, :GLOBAL])
        codes, extra = codes_of(z[:, :GLOBAL], large, still, extra, step)
        value = cross_view_entropy(codes, scores, temperature=temperature)
        p = jax.nn.softmax(scores / temperature)
        # What a view says of its prototype, in nats: 0 for both ways to collapse, onto one and onto all alike.
        information = entropy(parallel.pmean(p.mean((0, 1)))) - entropy(p)
        return value, ({**extra, "stats": stats}, {"information": information})

    def after(params: Any, extra: Any, step: jax.Array) -> tuple[Any, Any]:
        # While frozen this also undoes weight decay, which only shortens them.
        return {**params, "prototypes": l2_normalize(params["prototypes"])}, extra

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        z, _ = net.apply(params, extra["stats"], input.prepare(batch))
        scores = similarities(l2_normalize(z), params["prototypes"])
        return nearest(np.asarray(scores), input.figure(jax.tree.map(np.asarray, batch)))

    sharded = frozenset({"queue"}) if queue else frozenset()
    return Method(
        init, random_views(input), loss, embedding(encoder, input), after, sharded, show=show,
        chance=lambda _: math.log(prototypes),
    )  # fmt: skip
