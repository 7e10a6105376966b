"""DeepCluster-v2: Unsupervised Learning of Visual Features by Contrasting Cluster Assignments (arXiv:2006.09882).

The appendix's version of DeepCluster (arXiv:1807.05520).
"""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl import bank as memory
from jssl.inputs.input import Input
from jssl.losses.contrastive import l2_normalize, similarities
from jssl.method import Batch, Method
from jssl.methods.parts.kmeans import agreement, kmeans
from jssl.methods.parts.prototypes import nearest
from jssl.methods.parts.views import embedding, random_views
from jssl.nets.heads import mlp
from jssl.nets.multi_crop import GLOBAL, project_by_size
from jssl.nets.net import Net, chain
from jssl.optim.duration import Duration, steps_of
from jssl.ranges import Count, Positive


def deepcluster_v2(
    encoder: Net,
    input: Input,
    *,
    examples: int,
    steps: int,
    steps_per_epoch: int,
    projector: Sequence[Count] = (2048, 128),
    prototypes: Sequence[Count] = (3000, 3000, 3000),
    temperature: Positive = 0.1,
    iterations: Count = 10,
    every: Duration = 1.0,
) -> Method:
    """Each view predicts the cluster of its example, by spherical k-means of what the last epoch's views looked like.

    Embeddings of the large views are kept in a memory bank as they pass, so that clustering costs no pass of its own.
    The prototypes are the centroids, and take no gradient. Until they are found for the first time nothing is learnt
    and the bank is filled: the authors' code makes a pass over the data instead.

    Args:
        examples: in the data set.
        projector: widths of its layers; evaluations read the encoder's output, before it.
        prototypes: clusters of each of several clusterings, which learn side by side.
        temperature: of the predictions.
        iterations: of k-means.
        every: time between two clusterings.

    Raises:
        ValueError: more clusters than examples.
    """
    if max(prototypes) > examples:
        raise ValueError(f"prototypes={tuple(prototypes)} of {examples} examples: there cannot be more")
    net, dim = chain(encoder=encoder, projector=mlp(projector)), projector[-1]
    period = max(1, steps_of(every, steps_per_epoch=steps_per_epoch, total=steps))
    unclustered = float(np.mean(np.log(prototypes)))
    heads = [f"head{i}" for i in range(len(prototypes))]

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        net_key, bank_key, cluster_key = jax.random.split(key, 3)
        params, stats = net.init(net_key, input.prepare(batch))
        bank = memory.make_bank(bank_key, examples, GLOBAL * dim)
        return params, {
            "stats": stats,
            "bank": bank,
            "assigned": jnp.zeros((len(bank), len(heads)), jnp.int32),
            "centroids": {head: jnp.zeros((k, dim)) for head, k in zip(heads, prototypes, strict=True)},
            "stability": jnp.zeros(()),
            "key": jax.random.key_data(cluster_key),
        }

    draw = random_views(input)

    def views(keys: jax.Array, batch: Batch) -> tuple[tuple[jax.Array, ...], jax.Array]:
        return draw(keys, batch), batch["index"]

    def loss(params: Any, extra: Any, views: tuple[Any, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        crops, index = views
        z, stats = project_by_size(net, params, extra["stats"], crops, key=key)
        z = l2_normalize(z.astype(jnp.float32)).reshape(-1, len(crops), dim)
        clusters = memory.lookup(extra["assigned"], index, jnp.zeros(0, jnp.int32))[0].astype(jnp.int32)
        costs = [
            jnp.mean(
                optax.softmax_cross_entropy_with_integer_labels(
                    similarities(z, extra["centroids"][head]) / temperature,
                    jnp.broadcast_to(clusters[:, i : i + 1], z.shape[:2]),
                )
            )
            for i, head in enumerate(heads)
        ]
        value = jnp.where(step < period, jnp.float32(unclustered), sum(costs) / len(costs))
        rows = z[:, :GLOBAL].reshape(len(z), -1)
        bank = memory.update(extra["bank"], index, jnp.zeros_like(rows), rows, momentum=0.0)
        return value, ({**extra, "stats": stats, "bank": bank}, {"stability": extra["stability"]})

    def cluster(extra: Any, step: jax.Array) -> Any:
        key = jax.random.fold_in(jax.random.wrap_key_data(extra["key"]), step)
        centroids, assigned = {}, []
        for i, (head, k) in enumerate(zip(heads, prototypes, strict=True)):
            first = dim * (i % GLOBAL)  # one large view for each clustering, in turn
            rows = l2_normalize(extra["bank"][:, first : first + dim].astype(jnp.float32))
            chosen = jax.random.choice(jax.random.fold_in(key, i), examples, (k,), replace=False)
            begin = memory.common(rows, chosen)
            found = kmeans(rows, begin, examples=examples, iterations=iterations, spherical=True)
            centroids[head] = found.centroids
            assigned.append(found.assigned)
        stability = agreement(extra["assigned"][:, 0], assigned[0], prototypes[0])
        return {**extra, "centroids": centroids, "assigned": jnp.stack(assigned, axis=1), "stability": stability}

    def after(params: Any, extra: Any, step: jax.Array) -> tuple[Any, Any]:
        due = (step + 1) % period == 0
        return params, jax.lax.cond(due, lambda: cluster(extra, step), lambda: extra)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Any:
        del keys
        z, _ = net.apply(params, extra["stats"], input.prepare(batch))
        scores = similarities(l2_normalize(z), extra["centroids"][heads[0]])
        return nearest(np.asarray(scores), input.figure(jax.tree.map(np.asarray, batch)))

    sharded = frozenset({"bank", "assigned"})
    return Method(init, views, loss, embedding(encoder, input), after, sharded, show=show, chance=lambda _: unclustered)
