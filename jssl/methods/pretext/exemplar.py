"""Exemplar-CNN: Discriminative Unsupervised Feature Learning with Exemplar CNNs (arXiv:1406.6909)."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl.augment.energy import seed_patch
from jssl.augment.views import Recipe, denormalize, draw_views, prepare
from jssl.exhibit import Column, Exhibit
from jssl.inputs.image import pictures
from jssl.losses.contrastive import l2_normalize, similarities
from jssl.method import Batch, Method
from jssl.methods.parts.views import embedding
from jssl.nets.heads import linear
from jssl.nets.net import Net
from jssl.ranges import Count

ROWS, COLUMNS = 8, 6


def exemplar(encoder: Net, recipe: Recipe, *, examples: int, patch: Count = 32) -> Method:
    """Which patch was it, before it was transformed? One patch of every picture is a surrogate class of its own.

    A picture's patch is chosen once, by its index, in proportion to its gradient energy; each step shows a new random
    transformation of it, where the paper draws some hundred beforehand. Whole pictures are encoded for their batch
    statistics alone, without which they would be embedded by those of patches (arXiv:1603.04779).

    Args:
        recipe: its last view is how patches are transformed; pictures are embedded at the size of its first.
        examples: in the data set, and so classes. The classifier grows with them, which is what NPID mends.
        patch: side in pixels.

    Raises:
        ValueError: no patch.
    """
    if patch < 1:
        raise ValueError(f"patch={patch} must be at least 1 pixel")
    transform = recipe._replace(views=(recipe.views[-1]._replace(size=patch),))
    head = linear(examples)

    def seeds(batch: Batch) -> jax.Array:
        keys = jax.vmap(lambda index: jax.random.fold_in(jax.random.key(0), index))(batch["index"])
        return jax.vmap(lambda key, image, extent: seed_patch(key, image, patch, extent))(
            keys, batch["image"], batch.get("extent")
        )

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, ...]:
        return (
            draw_views(transform, keys, seeds(batch))[0],
            batch["index"],
            prepare(recipe, batch["image"], batch.get("extent")),
        )

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        encoder_key, head_key = jax.random.split(key)
        images = prepare(recipe, batch["image"], batch.get("extent"))
        params, stats = encoder.init(encoder_key, images)
        features = jax.eval_shape(encoder.apply, params, stats, images)[0]
        head_params, _ = head.init(head_key, features)
        return {"encoder": params, "head": head_params}, {"stats": {"encoder": stats, "patches": stats}}

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        patches, index, whole = views
        stats = extra["stats"]
        h, patch_stats = encoder.apply(params["encoder"], stats["patches"], patches, key=key, train=True)
        _, whole_stats = encoder.apply(params["encoder"], stats["encoder"], whole, key=key, train=True)
        logits = head.apply(params["head"], {}, h)[0].astype(jnp.float32)
        value = optax.softmax_cross_entropy_with_integer_labels(logits, index).mean()
        metrics = {"accuracy": jnp.mean(logits.argmax(-1) == index)}
        return value, ({"stats": {"encoder": whole_stats, "patches": patch_stats}}, metrics)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        batch = {**batch, "index": jnp.arange(len(batch["image"]))}

        def features(drawn: jax.Array) -> jax.Array:
            return l2_normalize(encoder.apply(params["encoder"], extra["stats"]["patches"], drawn)[0])

        still = seeds(batch)
        places = features(prepare(transform, still))
        columns = [Column("patch", np.asarray(still[:ROWS]))]
        for i in range(COLUMNS):
            again = jax.vmap(lambda key, i=i: jax.random.fold_in(key, i))(keys[:ROWS])
            (drawn,) = draw_views(transform, again, still[:ROWS])
            nearest = np.asarray(similarities(features(drawn), places).argmax(axis=-1))
            right = list(nearest == np.arange(len(nearest)))
            columns.append(Column(f"again {i + 1}", np.asarray(denormalize(recipe, drawn)), (), right))
        lead = (
            "One patch of each picture, chosen where there is something to see, and some of its random transformations,"
            f" all of one surrogate class. Right are those whose features, of {len(still)} patches, are nearest to it."
        )
        return Exhibit("Surrogate classes", lead, tuple(columns))

    return Method(
        init, views, loss, embedding(encoder, pictures(recipe)), show=show,
        chance=lambda _: math.log(examples),
    )  # fmt: skip
