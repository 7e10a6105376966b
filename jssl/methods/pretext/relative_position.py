"""Relative position: Unsupervised Visual Representation Learning by Context Prediction (arXiv:1505.05192)."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl.augment.patches import COUNT, check_grid, draw_patches
from jssl.augment.shortcuts import COLORS, rescale, standardize
from jssl.augment.views import Recipe, prepare
from jssl.exhibit import Column, Exhibit
from jssl.inputs.image import pictures
from jssl.method import Batch, Method
from jssl.methods.parts.views import embedding
from jssl.nets.heads import mlp
from jssl.nets.net import Net
from jssl.ranges import Count, Natural, Share, Whole

POSITIONS = ("above left", "above", "above right", "left", "right", "below left", "below", "below right")
NEIGHBOURS = np.delete(np.arange(COUNT), COUNT // 2)
CENTRES = np.full(len(POSITIONS), COUNT // 2)
# Both ways round, so that the opposite of position k is 7 - k and all eight are equally frequent.
FIRST, SECOND = np.concatenate([CENTRES, NEIGHBOURS]), np.concatenate([NEIGHBOURS, CENTRES])
LABELS = np.concatenate([np.arange(len(POSITIONS)), np.arange(len(POSITIONS))[::-1]])
ROWS = 8


def relative_position(
    encoder: Net,
    recipe: Recipe,
    *,
    patch: Count = 96,
    gap: Whole = 48,
    jitter: Natural = 14,
    colors: str = "drop",
    rescaled: Share = 0.33,
    smallest: Count = 10,
    head: Sequence[Count] = (4096, 4096),
) -> Method:
    """Where does the second patch lie, seen from the first? One of eight neighbours, row by row.

    Nine patches of a picture are encoded once and make 16 pairs, the centre with each neighbour both ways round. Whole
    pictures are encoded for their batch statistics alone, without which they would be embedded by those of patches
    (arXiv:1603.04779).

    Args:
        recipe: patches are cut from its last view; pictures are embedded at the size of its first.
        patch, gap: pixels of that view.
        jitter: pixels by which each patch is moved at most, down and right: 14 is the paper's -7 to 7.
        colors: against lenses: "drop" keeps one channel, "project" takes out green-magenta, "keep" does nothing.
        rescaled: share of the patches that are scaled down and up again.
        smallest: side they are scaled down to at the least.
        head: widths of the layers between a pair of features and the classifier of 8.

    Raises:
        ValueError: a view too small for its patches, unknown `colors`.
    """
    grid = check_grid(recipe, patch=patch, gap=gap, jitter=jitter)
    if colors not in COLORS:
        raise ValueError(f"colors={colors!r} is none of {sorted(COLORS)}")
    classifier = mlp((*head, len(POSITIONS)))

    def distort(key: jax.Array, piece: jax.Array) -> jax.Array:
        scale_key, apply_key, color_key = jax.random.split(key, 3)
        if rescaled:
            apply = jax.random.bernoulli(apply_key, rescaled)
            piece = jnp.where(apply, rescale(scale_key, piece, smallest), piece)
        return standardize(COLORS[colors](color_key, piece))

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        patches = draw_patches(recipe, keys, batch["image"], distort, batch.get("extent"), **grid)
        return patches, prepare(recipe, batch["image"], batch.get("extent"))

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        encoder_key, head_key = jax.random.split(key)
        images = prepare(recipe, batch["image"], batch.get("extent"))
        params, stats = encoder.init(encoder_key, images)
        features = jax.eval_shape(encoder.apply, params, stats, images)[0]
        head_params, head_stats = classifier.init(head_key, jnp.zeros((1, 2 * features.shape[-1])))
        return {"encoder": params, "head": head_params}, {
            "stats": {"encoder": stats, "patches": stats, "head": head_stats}
        }

    def classify(params: Any, stats: Any, patches: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
        """Logits [n, 16, 8] of all pairs of patches [n, 9, p, p, c]."""
        n = patches.shape[0]
        h, patch_stats = encoder.apply(
            params["encoder"], stats["patches"], patches.reshape(-1, *patches.shape[2:]), **mode
        )
        h = h.reshape(n, COUNT, -1)
        pairs = jnp.concatenate([h[:, FIRST], h[:, SECOND]], axis=-1).reshape(n * len(LABELS), -1)
        logits, head_stats = classifier.apply(params["head"], stats["head"], pairs, **mode)
        return logits.reshape(n, len(LABELS), -1).astype(jnp.float32), {"patches": patch_stats, "head": head_stats}

    def loss(params: Any, extra: Any, views: tuple[jax.Array, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        del step
        patches, pictures = views
        logits, stats = classify(params, extra["stats"], patches, key=key, train=True)
        _, stats["encoder"] = encoder.apply(params["encoder"], extra["stats"]["encoder"], pictures, key=key, train=True)
        labels = jnp.broadcast_to(jnp.array(LABELS).reshape(1, -1), logits.shape[:2])
        value = optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()
        return value, ({"stats": stats}, {"accuracy": jnp.mean(logits.argmax(-1) == labels)})

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        patches, _ = views(keys[:ROWS], jax.tree.map(lambda x: x[:ROWS], batch))
        logits, _ = classify(params, extra["stats"], patches)
        guesses = np.asarray(logits.argmax(-1))
        pictures = np.asarray(patches) / 4 + 0.5
        columns = [Column("first patch", pictures[:, COUNT // 2])]
        for k, (position, cell) in enumerate(zip(POSITIONS, NEIGHBOURS, strict=True)):
            captions = [POSITIONS[guess] for guess in guesses[:, k]]
            columns.append(Column(position, pictures[:, cell], captions, list(guesses[:, k] == k)))
        lead = (
            "The first patch and its eight neighbours, as the network is given them. Below each neighbour stands where"
            " the network puts it."
        )
        return Exhibit("Where does the second patch belong?", lead, tuple(columns))

    return Method(
        init, views, loss, embedding(encoder, pictures(recipe)), show=show,
        chance=lambda _: math.log(len(POSITIONS)),
    )  # fmt: skip
