"""PIRL: Self-Supervised Learning of Pretext-Invariant Representations (arXiv:1912.01991)."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from jssl import bank as rows
from jssl.augment.pretext import jigsaw, rotate
from jssl.augment.views import Recipe, distort, draw_views, prepare, undistorted
from jssl.inputs.image import pictures
from jssl.losses.contrastive import l2_normalize, similarities
from jssl.losses.nce import nce, nce_at_chance
from jssl.method import Batch, Method
from jssl.methods.parts.views import embedding
from jssl.nets.heads import linear
from jssl.nets.net import Net
from jssl.ranges import Count, Positive, Share


def pirl(
    encoder: Net,
    recipe: Recipe,
    *,
    examples: int,
    transform: str = "jigsaw",
    dim: Count = 128,
    temperature: Positive = 0.07,
    negatives: Count = 32000,
    momentum: Share = 0.5,
    weight: Share = 0.5,
    storage: str = "float32",
) -> Method:
    """A picture, and a transformed version of it, both match the picture's row in a memory bank.

    The two are never compared with each other. Only the untransformed picture moves its row. Noise is drawn once
    for the whole batch, as in `jssl.methods.contrastive.npid`.

    Args:
        recipe: its first view is the picture, its second is what `transform` is applied to. Each piece is then mirrored
            and distorted on its own, so that colours do not tell which belong together.
        examples: pictures in the data set.
        transform: "jigsaw", nine patches in random order, or "rotation" by quarter turns.
        dim: of the features that are compared; evaluations read the encoder's output, before it.
        temperature: of the similarities.
        negatives: noise samples of the estimate by NCE.
        momentum: share of its old value that a row keeps.
        weight: of the transformed picture's loss; the picture's own has the rest.
        storage: of the bank, "float32" or "bf16".

    Raises:
        ValueError: an unknown transform.
    """
    if transform not in TRANSFORMS:
        raise ValueError(f"transform={transform!r} is none of {sorted(TRANSFORMS)}")
    head = linear(dim)
    first, second = recipe.views[:2]
    placed = recipe._replace(views=(first, undistorted(second)))

    def project(params: Any, features: jax.Array) -> jax.Array:
        return head.apply(params, {}, features.astype(jnp.float32), train=True)[0]

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        keys = jax.random.split(key, 5)
        images = prepare(recipe, batch["image"], batch.get("extent"))
        encoder_params, stats = encoder.init(keys[0], images)
        features = jax.eval_shape(encoder.apply, encoder_params, stats, images)[0]
        pieces = jax.eval_shape(TRANSFORMS[transform], keys[0], images[0]).shape[0]
        joined = jnp.zeros((1, pieces * dim))
        params = {
            "encoder": encoder_params,
            "image": head.init(keys[1], features)[0],
            "piece": head.init(keys[2], features)[0],
            "join": head.init(keys[3], joined)[0],
        }
        bank = rows.make_bank(keys[4], examples, dim, storage)
        return params, {"stats": {"encoder": stats}, "bank": bank, "log_z": jnp.array(-jnp.inf)}

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, ...]:
        def cut(key: jax.Array, other: jax.Array) -> jax.Array:
            key, piece_key = jax.random.split(jax.random.fold_in(key, len(placed.views)))
            pieces = TRANSFORMS[transform](key, other)
            return jax.vmap(partial(distort, recipe, second))(jax.random.split(piece_key, len(pieces)), pieces)

        image, other = draw_views(placed, keys, batch["image"], batch.get("extent"))
        return image, jax.vmap(cut)(keys, other), batch["index"]

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        images, pieces, index = views
        image_key, piece_key, noise_key = jax.random.split(key, 3)
        h, stats = encoder.apply(params["encoder"], extra["stats"]["encoder"], images, key=image_key, train=True)
        f = l2_normalize(project(params["image"], h))
        # Statistics of pictures alone: what is embedded is never a patch.
        pieces = pieces.reshape(-1, *pieces.shape[2:])
        h, _ = encoder.apply(params["encoder"], stats, pieces, key=piece_key, train=True)
        g = project(params["piece"], h).reshape(images.shape[0], -1)
        g = l2_normalize(project(params["join"], g))

        bank, log_z = extra["bank"], extra["log_z"]
        own, noise = rows.lookup(bank, index, jax.random.randint(noise_key, (negatives,), 0, examples))
        positive = [jnp.sum(v * own, axis=-1) / temperature for v in (f, g)]
        negative = [similarities(v, noise) / temperature for v in (f, g)]
        log_z = rows.freeze_log_z(log_z, jnp.concatenate([*positive, *[x.reshape(-1) for x in negative]]), examples)
        image_loss, transformed_loss = (
            nce(p, n, log_z, examples=examples) for p, n in zip(positive, negative, strict=True)
        )
        extra = {"stats": {"encoder": stats}, "bank": rows.update(bank, index, own, f, momentum), "log_z": log_z}
        metrics = {"image_loss": image_loss, "transformed_loss": transformed_loss}
        return (1 - weight) * image_loss + weight * transformed_loss, (extra, metrics)

    return Method(
        init, views, loss, embedding(encoder, pictures(recipe)), sharded=frozenset({"bank"}),
        chance=lambda _: nce_at_chance(negatives),
    )  # fmt: skip


def _rotation(key: jax.Array, image: jax.Array) -> jax.Array:
    return rotate(jax.random.randint(key, (), 0, 4), image)[None]


TRANSFORMS = {"jigsaw": jigsaw, "rotation": _rotation}
"""(key, picture [h, w, c]) -> its pieces [k, p, p, c]."""
