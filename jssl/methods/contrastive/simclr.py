"""SimCLR: A Simple Framework for Contrastive Learning of Visual Representations (arXiv:2002.05709)."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jssl import parallel
from jssl.inputs.input import Input
from jssl.losses.contrastive import l2_normalize, nt_xent
from jssl.method import Batch, Method
from jssl.methods.parts.views import embedding, random_views
from jssl.nets.heads import mlp
from jssl.nets.net import Net, chain
from jssl.ranges import Count, Natural, Positive


def simclr(
    encoder: Net,
    input: Input,
    *,
    projector: Sequence[Count] = (2048, 128),
    temperature: Positive = 0.5,
    chunk: Natural = 0,
) -> Method:
    """Two views of an image attract, all other views in the global batch repel.

    The loss is the paper's mean over all views. The authors' code adds the means of both directions, which is twice
    that: under LARS kernels take the same steps, but for a decay of half the weight beside the gradient; biases and
    norms, which have no trust ratio, take half the steps, and `optimizer.rates` = {"vectors": 2.0} theirs.

    Args:
        projector: widths of the projection head's layers; evaluations read the encoder's output, before it.
        temperature: 0.1 for ImageNet at batch 4096, 0.5 for CIFAR-10, by the paper.
        chunk: queries that a device scores at a time; 0 is all. 32,768 pictures on 8 devices need 8 GiB for the
            loss on each, and 192 MiB in chunks of 256.
    """
    net = chain(encoder=encoder, projector=mlp(projector, bias=False, last_norm=True))

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        params, stats = net.init(key, input.prepare(batch))
        return params, {"stats": stats}

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        # Both views of an example side by side: dropout is drawn by a row's place in the global batch.
        paired = jnp.stack(views, axis=1).reshape(-1, *views[0].shape[1:])
        z, stats = net.apply(params, extra["stats"], paired, key=key, train=True)
        z = l2_normalize(z.astype(jnp.float32))
        n = z.shape[0] // 2
        z = jnp.concatenate([z[0::2], z[1::2]])
        row, first = jnp.arange(2 * n), parallel.axis_index() * 2 * n
        keys, positive = parallel.gather(z), first + (row + n) % (2 * n)
        value = nt_xent(z, keys, first + row, positive, temperature=temperature, chunk=chunk)
        metrics = {"view_distance": jnp.mean(jnp.sum((z[:n] - z[n:]) ** 2, axis=-1))}
        return value, ({"stats": stats}, metrics)

    return Method(init, random_views(input, 2), loss, embedding(encoder, input), chance=lambda n: math.log(2 * n - 1))
