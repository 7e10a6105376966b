"""DeepCluster: Deep Clustering for Unsupervised Learning of Visual Features (arXiv:1807.05520)."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl import bank as memory
from jssl import parallel
from jssl.inputs.input import Input
from jssl.losses.contrastive import l2_normalize
from jssl.method import Batch, Method
from jssl.methods.parts.kmeans import agreement, kmeans, whiten
from jssl.methods.parts.prototypes import nearest
from jssl.methods.parts.views import embedding
from jssl.nets.heads import linear
from jssl.nets.net import Net, chain
from jssl.optim.duration import Duration, steps_of
from jssl.ranges import Count


def deepcluster(
    encoder: Net,
    input: Input,
    *,
    examples: int,
    steps: int,
    steps_per_epoch: int,
    clusters: Count = 10_000,
    components: Count = 256,
    iterations: Count = 20,
    every: Duration = 1.0,
) -> Method:
    """In turn: k-means of the features, and a new classifier and the encoder learn to tell the clusters.

    Features are whitened along their leading principal axes and scaled to unit norm before they are clustered. An
    example's weight is the inverse of its cluster's size, which the paper says its uniform sampling of clusters is
    equivalent to.

    It differs from the paper in three things. Features are those of the epoch's views, kept in a memory bank as they
    passed, and not of a pass over unaltered pictures that the next epoch begins with. Until the first clustering
    nothing is learnt, and the bank is filled. The optimiser's momentum of the old classifier meets the new one.

    Args:
        examples: in the data set.
        clusters: how many; more than there are classes is better.
        components: principal axes that are kept; at most as many as the encoder has features.
        iterations: of k-means.
        every: time between two clusterings.

    Raises:
        ValueError: more clusters than examples.
    """
    if clusters > examples:
        raise ValueError(f"clusters={clusters} of {examples} examples: there cannot be more")
    net, head = chain(encoder=encoder, head=linear(clusters)), linear(clusters)
    period = max(1, steps_of(every, steps_per_epoch=steps_per_epoch, total=steps))

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        net_key, bank_key, cluster_key = jax.random.split(key, 3)
        x = input.prepare(batch)
        params, stats = net.init(net_key, x)
        dim = jax.eval_shape(encoder.apply, params["encoder"], stats["encoder"], x)[0].shape[-1]
        bank = memory.make_bank(bank_key, examples, dim)
        return params, {
            "stats": stats,
            "bank": bank,
            "assigned": jnp.zeros((len(bank), 1), jnp.int32),
            "sizes": jnp.ones(clusters, jnp.int32),
            "stability": jnp.zeros(()),
            "key": jax.random.key_data(cluster_key),
        }

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        return input.views(keys, batch, 1)[0], batch["index"]

    def loss(params: Any, extra: Any, views: tuple[jax.Array, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        x, index = views
        h, encoder_stats = encoder.apply(params["encoder"], extra["stats"]["encoder"], x, key=key, train=True)
        logits, _ = head.apply(params["head"], extra["stats"]["head"], h)
        cluster = memory.lookup(extra["assigned"], index, jnp.zeros(0, jnp.int32))[0][:, 0].astype(jnp.int32)
        weight = 1 / jnp.maximum(extra["sizes"][cluster], 1)
        costs = optax.softmax_cross_entropy_with_integer_labels(logits.astype(jnp.float32), cluster)
        value = jnp.where(
            step < period, jnp.float32(np.log(clusters)), jnp.sum(weight * costs) / parallel.pmean(jnp.sum(weight))
        )
        rows = l2_normalize(h.astype(jnp.float32))
        bank = memory.update(extra["bank"], index, jnp.zeros_like(rows), rows, momentum=0.0)
        metrics = {"accuracy": jnp.mean(logits.argmax(-1) == cluster), "stability": extra["stability"]}
        stats = {**extra["stats"], "encoder": encoder_stats}
        return value, ({**extra, "stats": stats, "bank": bank}, metrics)

    def cluster(params: Any, extra: Any, step: jax.Array) -> tuple[Any, Any]:
        key = jax.random.fold_in(jax.random.wrap_key_data(extra["key"]), step)
        head_key, choice_key = jax.random.split(key)
        rows = extra["bank"].astype(jnp.float32)
        rows = l2_normalize(whiten(rows, examples, min(components, rows.shape[1])))
        begin = memory.common(rows, jax.random.choice(choice_key, examples, (clusters,), replace=False))
        found = kmeans(rows, begin, examples=examples, iterations=iterations, split=True)
        stability = agreement(extra["assigned"][:, 0], found.assigned, clusters)
        fresh, _ = head.init(head_key, jnp.zeros((1, extra["bank"].shape[1])))
        state = {"assigned": found.assigned[:, None], "sizes": found.sizes, "stability": stability}
        return {**params, "head": fresh}, {**extra, **state}

    def after(params: Any, extra: Any, step: jax.Array) -> tuple[Any, Any]:
        due = (step + 1) % period == 0
        return jax.lax.cond(due, lambda: cluster(params, extra, step), lambda: (params, extra))

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Any:
        del keys
        logits, _ = net.apply(params, extra["stats"], input.prepare(batch))
        figures = input.figure(jax.tree.map(np.asarray, batch))
        return nearest(np.asarray(jax.nn.softmax(logits)), figures, of="cluster", measure="probability")

    sharded = frozenset({"bank", "assigned"})
    return Method(
        init, views, loss, embedding(encoder, input), after, sharded, show=show,
        chance=lambda _: math.log(clusters),
    )  # fmt: skip
