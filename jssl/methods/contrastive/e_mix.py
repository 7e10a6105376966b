"""e-Mix: i-Mix on embeddings, of DABS: A Domain-Agnostic Benchmark for Self-Supervised Learning (arXiv:2111.12062)."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jssl import parallel
from jssl.exhibit import Column, Exhibit
from jssl.inputs.input import Input
from jssl.losses.contrastive import l2_normalize, mixed_nce, similarities
from jssl.method import Batch, Method
from jssl.methods.parts.embedded import halves
from jssl.methods.parts.views import embedding
from jssl.nets.domain_transformer import Embedded
from jssl.nets.heads import mlp
from jssl.nets.net import Net, chain
from jssl.ranges import Count, Positive

ROWS = 8


class Mixing(NamedTuple):
    """Examples, and how much of each stays in its mixture."""

    x: jax.Array
    share: jax.Array
    """float32 [n], from 1/2 to 1."""


def e_mix(encoder: Net, input: Input, *, projector: Sequence[Count] = (128,), temperature: Positive = 0.2) -> Method:
    """Of what two examples is this a mixture, and of how much of each?

    Embeddings of an example and of another one of the global batch, through which no gradient flows, are added by
    shares; places are told afterwards. No view of any domain is needed: examples are taken as they are.

    Args:
        encoder: one in two halves, such as `domain_transformer`.
        projector: widths of the layers after it, without batch norm; evaluations read the encoder's output.
        temperature: of the similarities.

    Raises:
        ValueError: an encoder that is not in two halves.
    """
    embed, encode = halves(encoder)
    head = mlp(projector, norm=False)
    net = chain(encoder=encoder, projector=head)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        params, stats = net.init(key, input.prepare(batch))
        return params, {"stats": stats}

    def views(keys: jax.Array, batch: Batch) -> Mixing:
        # The larger of two parts by Beta(1, 1), which is uniform.
        return Mixing(input.prepare(batch), jax.vmap(lambda key: jax.random.uniform(key, minval=0.5))(keys))

    def compared(
        params: Any, stats: Any, views: Mixing, partners: jax.Array, everyone: Embedded, embedded: Embedded, **mode: Any
    ) -> tuple[jax.Array, jax.Array, Any]:
        """Unit vectors [n, d] of mixtures with the rows `partners` of everyone, and of the examples themselves."""
        others = jax.tree.map(lambda x: x[partners], everyone)
        blended = mixed(embedded, others, views.share)
        # Side by side: dropout is drawn by a row's place in the global batch.
        paired = jax.tree.map(lambda x, y: jnp.stack([x, y], axis=1).reshape(-1, *x.shape[1:]), blended, embedded)
        h, encoded = encode.apply(params["encoder"]["encode"], stats["encoder"]["encode"], paired, **mode)
        z, projected = head.apply(params["projector"], stats["projector"], h, **mode)
        z = l2_normalize(z.astype(jnp.float32))
        return z[0::2], z[1::2], {"encode": encoded, "projector": projected}

    def loss(params: Any, extra: Any, views: Mixing, key: jax.Array, step: jax.Array) -> Any:
        del step
        stats, n, mode = extra["stats"], len(views.share), {"key": key, "train": True}
        embedded, first = embed.apply(params["encoder"]["embed"], stats["encoder"]["embed"], views.x, **mode)
        everyone = jax.tree.map(parallel.gather, jax.lax.stop_gradient(embedded))
        own = parallel.axis_index() * n + jnp.arange(n)
        partners = jax.random.permutation(jax.random.fold_in(key, 1), len(everyone.there))[own]
        z_mixed, z, new = compared(params, stats, views, partners, everyone, embedded, **mode)
        logits = similarities(z_mixed, parallel.gather(z)) / temperature
        value = mixed_nce(logits, own, partners, views.share)
        told = jnp.mean(jnp.argmax(logits, axis=1) == own)
        stats = {"encoder": {"embed": first, "encode": new["encode"]}, "projector": new["projector"]}
        return value, ({"stats": stats}, {"accuracy": told})

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        seen, stats = views(keys, batch), extra["stats"]
        embedded, _ = embed.apply(params["encoder"]["embed"], stats["encoder"]["embed"], seen.x)
        partners = jnp.roll(jnp.arange(len(keys)), -1)
        z_mixed, z, _ = compared(params, stats, seen, partners, embedded, embedded)
        found = np.asarray(jax.nn.softmax(similarities(z_mixed, z) / temperature, axis=1))
        share, figures, rows = np.asarray(seen.share), input.figure(jax.tree.map(np.asarray, batch)), np.arange(ROWS)
        rows = rows[: len(keys)]

        def column(name: str, at: np.ndarray, mixed_in: np.ndarray) -> Column:
            said = [f"{part:.2f} of it, told {p:.2f}" for part, p in zip(mixed_in, found[rows, at], strict=True)]
            return Column(name, figures[at], said)

        columns = (
            column("an example", rows, share[rows]),
            column("mixed with", np.asarray(partners)[rows], 1 - share[rows]),
        )
        lead = (
            f"Two examples whose embeddings are mixed, by these shares, and how surely each of them, of {len(keys)}, is"
            " told to be in the mixture."
        )
        return Exhibit("What is in the mixture?", lead, columns)

    return Method(init, views, loss, embedding(encoder, input), show=show, chance=math.log)


def mixed(embedded: Embedded, others: Embedded, share: jax.Array) -> Embedded:
    """Tokens of examples by a share [n], and of others by the rest; they are where either has some."""
    part = share[:, None, None].astype(embedded.tokens.dtype)
    tokens = part * embedded.tokens + (1 - part) * jax.lax.stop_gradient(others.tokens)
    return Embedded(tokens, embedded.there | others.there)
