"""NPID: Unsupervised Feature Learning via Non-Parametric Instance Discrimination (arXiv:1805.01978)."""

import math
from typing import Any

import jax
import jax.numpy as jnp

from jssl import bank as rows
from jssl.inputs.input import Input
from jssl.losses.contrastive import l2_normalize, similarities
from jssl.losses.nce import nce, nce_at_chance
from jssl.method import Batch, Method
from jssl.methods.parts.views import embedding
from jssl.nets.heads import mlp
from jssl.nets.net import Net, chain
from jssl.ranges import Count, Natural, NotNegative, Positive, Share


def npid(
    encoder: Net,
    input: Input,
    *,
    examples: int,
    dim: Count = 128,
    temperature: Positive = 0.07,
    negatives: Natural = 4096,
    momentum: Share = 0.5,
    proximal: NotNegative = 0.0,
    storage: str = "float32",
    initializer: str = "lecun",
) -> Method:
    """Every image is a class of its own, its weights a running average of its features, kept in a memory bank.

    The noise of a step is drawn once for the whole batch, where the paper draws it for each image: each image's
    expected loss is the same, and the rows that must travel are `negatives` and not `negatives` times the batch.

    Args:
        examples: in the data set.
        dim: of the features that are compared; evaluations read the encoder's output, before it.
        temperature: 0.07 for ImageNet, 0.1 for CIFAR-10, by the authors' code.
        negatives: noise samples of the estimate by NCE; 0 takes the exact softmax over all images.
        momentum: share of its old value that a row keeps.
        proximal: weight of |v - row|^2, which steadies learning from classes of one image.
        storage: of the bank, "float32" or "bf16".
        initializer: of the map to those features, see `mlp`; "torch" by the authors' code.
    """
    net = chain(encoder=encoder, projector=mlp((dim,), initializer=initializer))

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        net_key, bank_key = jax.random.split(key)
        params, stats = net.init(net_key, input.prepare(batch))
        bank = rows.make_bank(bank_key, examples, dim, storage)
        return params, {"stats": stats, "bank": bank, "log_z": jnp.array(-jnp.inf)}

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        return input.views(keys, batch, 1)[0], batch["index"]

    def loss(params: Any, extra: Any, views: tuple[jax.Array, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        del step
        x, index = views
        net_key, noise_key = jax.random.split(key)
        v, stats = net.apply(params, extra["stats"], x, key=net_key, train=True)
        v = l2_normalize(v.astype(jnp.float32))
        bank, log_z = extra["bank"], extra["log_z"]
        own, noise = rows.lookup(bank, index, jax.random.randint(noise_key, (negatives,), 0, examples))
        positive = jnp.sum(v * own, axis=-1) / temperature
        if negatives:
            negative = similarities(v, noise) / temperature
            log_z = rows.freeze_log_z(log_z, jnp.concatenate([positive[:, None], negative], axis=1), examples)
            value = nce(positive, negative, log_z, examples=examples)
        else:
            partition = rows.log_partition(bank, v, temperature=temperature, examples=examples)
            value = jnp.mean(partition - positive)
        moved = jnp.mean(jnp.sum((v - own) ** 2, axis=-1))
        extra = {"stats": stats, "bank": rows.update(bank, index, own, v, momentum), "log_z": log_z}
        return value + proximal * moved, (extra, {"moved": moved})

    def chance(n: int) -> float:
        del n
        guessed = nce_at_chance(negatives) if negatives else math.log(examples)
        return guessed + 2 * proximal  # |v - row|^2 of directions that have nothing in common

    return Method(init, views, loss, embedding(encoder, input), sharded=frozenset({"bank"}), chance=chance)
