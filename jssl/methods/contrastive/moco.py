"""MoCo v1 and v2: Momentum Contrast (arXiv:1911.05722) and Improved Baselines with it (arXiv:2003.04297)."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jssl import bank, parallel
from jssl.inputs.input import Input
from jssl.losses.contrastive import info_nce, l2_normalize
from jssl.method import Batch, Method
from jssl.methods.parts.views import embedding, random_views
from jssl.nets.heads import mlp
from jssl.nets.net import Net, chain
from jssl.ranges import Count, Positive, Share


def moco(
    encoder: Net,
    input: Input,
    *,
    projector: Sequence[Count] = (2048, 128),
    queue: Count = 65536,
    temperature: Positive = 0.2,
    momentum: Share = 0.999,
    shuffle: bool = True,
    symmetric: bool = False,
    storage: str = "float32",
    initializer: str = "lecun",
) -> Method:
    """A query matches the key of the image's other view among the keys of the last batches, kept in a queue.

    Keys come from a teacher, the running average of the encoder, so that old keys stay comparable to new ones. The
    queue begins with random keys, which are easy to tell apart: the loss starts low, and rises until those are gone.

    Args:
        projector: widths of the head's layers. (2048, 128) is v2's, (128,) v1's; without batch norm in both.
        queue: keys, a multiple of the global batch.
        temperature: 0.2 in v2, 0.07 in v1.
        momentum: share of its weights that the teacher keeps each step.
        shuffle: compute keys on a random permutation of the global batch. Batch norm over less than that
            (encoder.batch_norm "ghost:32" or "device") would otherwise mark a query and its key by their common
            statistics, a shortcut to a low loss. It moves each device's views once, see `shuffled`; the permutation is
            that of the global batch, so ghost batch norm gives one result on any number of devices.
        symmetric: each view is the query once and the key once, as in the authors' demo on CIFAR-10; twice the work,
            and two batches of keys enter the queue at each step.
        storage: of the queue, "float32" or "bf16".
        initializer: of the head, see `mlp`; "torch" by the authors' code.
    """
    net = chain(encoder=encoder, projector=mlp(projector, norm=False, initializer=initializer))

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        net_key, queue_key = jax.random.split(key)
        params, stats = net.init(net_key, input.prepare(batch))
        keys = bank.make_queue(queue_key, queue, projector[-1], storage)
        # A copy: the step donates its state, and one buffer cannot be given away twice.
        teacher = jax.tree.map(jnp.copy, params)
        return params, {"stats": stats, "teacher": teacher, "queue": keys, "pointer": jnp.zeros((), jnp.int32)}

    def keys_of(extra: Any, images: jax.Array, key: jax.Array) -> jax.Array:
        """Keys of the global batch. The teacher normalises by its batch: its own statistics are never read."""
        if shuffle:
            images, order = shuffled(images, jax.random.fold_in(key, 1))
        k, _ = net.apply(extra["teacher"], extra["stats"], images, train=True)  # without a key it drops no path
        k = parallel.gather(l2_normalize(k.astype(jnp.float32)))
        return jax.lax.stop_gradient(k[jnp.argsort(order)] if shuffle else k)

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        query_key, key_key = jax.random.split(key)
        stats, n, queries, keys, own = extra["stats"], views[0].shape[0], [], [], []
        for i in range(2 if symmetric else 1):
            net_key, order_key = (jax.random.fold_in(k, i) if i else k for k in (query_key, key_key))
            q, stats = net.apply(params, stats, views[i], key=net_key, train=True)
            k = keys_of(extra, views[1 - i], order_key)
            queries.append(l2_normalize(q.astype(jnp.float32)))
            keys.append(k)
            own.append(jax.lax.dynamic_slice_in_dim(k, parallel.axis_index() * n, n))
        q = jnp.concatenate(queries)
        positive = jnp.sum(q * jnp.concatenate(own), axis=-1)
        negatives = bank.log_partition(extra["queue"], q, temperature=temperature)
        rows, pointer = bank.enqueue(extra["queue"], extra["pointer"], jnp.concatenate(keys), read=negatives)
        extra = {**extra, "stats": stats, "queue": rows, "pointer": pointer}
        return info_nce(positive / temperature, negatives), (extra, {"positive": jnp.mean(positive)})

    def after(params: Any, extra: Any, step: jax.Array) -> tuple[Any, Any]:
        del step
        teacher = jax.tree.map(lambda t, p: momentum * t + (1 - momentum) * p, extra["teacher"], params)
        return params, {**extra, "teacher": teacher}

    return Method(
        init,
        random_views(input, 2),
        loss,
        embedding(encoder, input),
        after,
        frozenset({"queue"}),
        chance=lambda _: math.log(queue + 1),
    )


def shuffled(x: jax.Array, key: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The global batch in random order: its share for this device [n, ...], and which example comes where, int [batch].

    As many blocks of the batch as their size allows (16 of 16 in 256) are each permuted, and dealt out evenly over all
    blocks. So where the devices divide n, each sends the same number of examples to every other, and no example goes
    to more than one. Where they do not, the batch is gathered on each device: the same order at a higher price.
    """
    n, devices, device = x.shape[0], parallel.axis_size(), parallel.axis_index()
    batch = n * devices
    blocks = max(b for b in range(1, math.isqrt(batch) + 1) if batch % b**2 == 0)
    order = jax.random.permutation(key, jnp.arange(batch).reshape(blocks, -1), axis=1, independent=True)
    order = order.reshape(blocks, -1, blocks).swapaxes(0, 2)  # by the block it goes to, place, and block it is from
    if n % devices:
        mine = jax.lax.dynamic_slice_in_dim(order.reshape(-1), device * n, n)
        return parallel.gather(x)[mine], order.reshape(-1)
    own = blocks // devices
    sent = jax.lax.dynamic_slice_in_dim(order, device * own, own, axis=2) - device * n
    return parallel.all_to_all(x[sent], 0, 2).reshape(x.shape), order.reshape(-1)
