"""Jigsaw: Unsupervised Learning of Visual Representations by Solving Jigsaw Puzzles (arXiv:1603.09246)."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl.augment.geometry import random_affine
from jssl.augment.patches import COUNT, check_grid, draw_patches
from jssl.augment.permutations import distant_permutations
from jssl.augment.recipe import Affine
from jssl.augment.shortcuts import shift_channels, standardize
from jssl.augment.views import Recipe, prepare
from jssl.exhibit import Exhibit
from jssl.inputs.image import pictures
from jssl.method import Batch, Method
from jssl.methods.parts.views import embedding
from jssl.methods.pretext.puzzle import puzzles
from jssl.nets.heads import mlp
from jssl.nets.net import Net
from jssl.ranges import Count, Natural, Whole

ROWS = 8


def jigsaw(
    encoder: Net,
    recipe: Recipe,
    *,
    permutations: Count = 1000,
    patch: Count = 64,
    gap: Whole = 11,
    jitter: Natural = 11,
    shift: Natural = 2,
    affine: Sequence[Any] | None = None,
    tile: Sequence[Count] = (1024,),
    head: Sequence[Count] = (4096,),
    shuffles: Count = 1,
) -> Method:
    """Nine tiles of a picture, in one of many orders: in which?

    A siamese encoder sees each tile alone, and then a tile's layers do; only what is made of all nine, side by side as
    the puzzle has them, tells the order. Whole pictures are encoded for their batch statistics alone, without which
    they would be embedded by those of tiles (arXiv:1603.04779).

    Args:
        recipe: tiles are cut from its last view; pictures are embedded at the size of its first.
        permutations: how many orders there are, as far from each other as can be.
        patch, gap: pixels of that view; the paper's 225 are nine cells of 75, and a tile of 64 lies anywhere in one.
        jitter: pixels by which each tile is moved at most, down and right.
        shift: pixels by which each channel of a tile is moved at most, in either direction.
        affine: fields of `Affine`, by which each tile is turned, moved, zoomed and sheared on its own, so that no
            stroke goes on in the next one; not of the paper.
        tile: widths of the layers that each tile's features go through before all nine are put side by side.
        head: widths of the layers between them and the classifier.
        shuffles: puzzles made of each picture's tiles, which are encoded once.

    Raises:
        ValueError: a view too small for its tiles, more permutations than there are.
        TypeError: an `affine` of more fields than there are.
    """
    grid = check_grid(recipe, patch=patch, gap=gap, jitter=jitter)
    warp = None if affine is None else Affine(*affine)
    orders = distant_permutations(permutations, COUNT)
    tower, classifier = mlp(tile, last_norm=True), mlp((*head, permutations))

    def against_shortcuts(key: jax.Array, tile: jax.Array) -> jax.Array:
        """No edge that goes on, no colour fringe and no brightness is to tell where a tile was."""
        affine_key, shift_key = jax.random.split(key)
        if warp is not None:
            tile = random_affine(warp, affine_key, tile)
        return standardize(shift_channels(shift_key, tile, shift))

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array, jax.Array]:
        """Tiles [n, 9, p, p, c] in their places, which orders to put them in [n, shuffles], and whole pictures."""

        def draw(key: jax.Array) -> jax.Array:
            return jax.random.randint(jax.random.fold_in(key, 2), (shuffles,), 0, permutations)

        tiles = draw_patches(recipe, keys, batch["image"], against_shortcuts, batch.get("extent"), **grid)
        return tiles, jax.vmap(draw)(keys), prepare(recipe, batch["image"], batch.get("extent"))

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        encoder_key, tile_key, head_key = jax.random.split(key, 3)
        images = prepare(recipe, batch["image"], batch.get("extent"))
        params, stats = {}, {}
        params["encoder"], stats["encoder"] = encoder.init(encoder_key, images)
        stats["patches"] = stats["encoder"]
        features = jax.eval_shape(encoder.apply, params["encoder"], stats["encoder"], images)[0]
        params["tile"], stats["tile"] = tower.init(tile_key, features)
        params["head"], stats["head"] = classifier.init(head_key, jnp.zeros((1, COUNT * tile[-1])))
        return params, {"stats": stats}

    def classify(params: Any, stats: Any, tiles: jax.Array, labels: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
        """Logits [n, shuffles, permutations] of the puzzles that tiles make in the orders of labels."""
        n, new = len(tiles), {}
        h = tiles.reshape(-1, *tiles.shape[2:])
        h, new["patches"] = encoder.apply(params["encoder"], stats["patches"], h, **mode)
        h, new["tile"] = tower.apply(params["tile"], stats["tile"], h, **mode)
        h = jax.nn.relu(h).reshape(n, COUNT, -1)
        shuffled = jax.vmap(lambda tiles, order: tiles[order])(h, jnp.array(orders)[labels])
        side_by_side = shuffled.reshape(n * shuffles, -1)
        logits, new["head"] = classifier.apply(params["head"], stats["head"], side_by_side, **mode)
        return logits.reshape(n, shuffles, -1).astype(jnp.float32), new

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        tiles, labels, pictures = views
        logits, stats = classify(params, extra["stats"], tiles, labels, key=key, train=True)
        _, stats["encoder"] = encoder.apply(params["encoder"], extra["stats"]["encoder"], pictures, key=key, train=True)
        value = optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()
        return value, ({"stats": stats}, {"accuracy": jnp.mean(logits.argmax(-1) == labels)})

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        tiles, labels, _ = views(keys[:ROWS], jax.tree.map(lambda x: x[:ROWS], batch))
        logits, _ = classify(params, extra["stats"], tiles, labels)
        guesses, labels = (np.asarray(x)[:, 0] for x in (logits.argmax(-1), labels))
        return puzzles(np.asarray(tiles), orders, labels, guesses)

    return Method(
        init, views, loss, embedding(encoder, pictures(recipe)), show=show,
        chance=lambda _: math.log(permutations),
    )  # fmt: skip
