"""Jigsaw: Unsupervised Learning of Visual Representations by Solving Jigsaw Puzzles (arXiv:1603.09246)."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl.augment.geometry import random_affine
from jssl.augment.patches import COUNT, check_grid, draw_patches, join
from jssl.augment.permutations import distant_permutations
from jssl.augment.recipe import Affine
from jssl.augment.shortcuts import shift_channels, standardize
from jssl.augment.views import Recipe, prepare
from jssl.exhibit import Column, Exhibit
from jssl.inputs.image import pictures
from jssl.method import Batch, Method
from jssl.methods.parts.views import embedding
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
    """Nine patches in one of many orders: in which?

    The encoder sees each patch on its own; only what is made of all nine features tells the order. Whole pictures are
    encoded for their batch statistics alone, without which they would be embedded by those of patches
    (arXiv:1603.04779).

    Args:
        recipe: patches are cut from its last view; pictures are embedded at the size of its first.
        permutations: how many orders there are, as far from each other as can be.
        patch, gap: pixels of that view; the paper's 225 are nine cells of 75, and a patch of 64 lies anywhere in one.
        jitter: pixels by which each patch is moved at most, down and right.
        shift: pixels by which each channel of a patch is moved at most, in either direction.
        affine: fields of `Affine`, by which each patch is turned, moved, zoomed and sheared on its own, so that no
            stroke goes on in the next one; not of the paper.
        tile: widths of the layers that each patch's features go through before all nine are put side by side.
        head: widths of the layers between them and the classifier.
        shuffles: orders of each picture's patches, which are encoded once.

    Raises:
        ValueError: a view too small for its patches, more permutations than there are.
        TypeError: an `affine` of more fields than there are.
    """
    grid = check_grid(recipe, patch=patch, gap=gap, jitter=jitter)
    warp = None if affine is None else Affine(*affine)
    orders = distant_permutations(permutations, COUNT)
    tower, classifier = mlp(tile, last_norm=True), mlp((*head, permutations))

    def distort(key: jax.Array, piece: jax.Array) -> jax.Array:
        affine_key, shift_key = jax.random.split(key)
        if warp is not None:
            piece = random_affine(warp, affine_key, piece)
        return standardize(shift_channels(shift_key, piece, shift))

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array, jax.Array]:
        def draw(key: jax.Array) -> jax.Array:
            return jax.random.randint(jax.random.fold_in(key, 2), (shuffles,), 0, permutations)

        patches = draw_patches(recipe, keys, batch["image"], distort, batch.get("extent"), **grid)
        return patches, jax.vmap(draw)(keys), prepare(recipe, batch["image"], batch.get("extent"))

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        keys = jax.random.split(key, 3)
        images = prepare(recipe, batch["image"], batch.get("extent"))
        params, stats = {}, {}
        params["encoder"], stats["encoder"] = encoder.init(keys[0], images)
        stats["patches"] = stats["encoder"]
        features = jax.eval_shape(encoder.apply, params["encoder"], stats["encoder"], images)[0]
        params["tile"], stats["tile"] = tower.init(keys[1], features)
        params["head"], stats["head"] = classifier.init(keys[2], jnp.zeros((1, COUNT * tile[-1])))
        return params, {"stats": stats}

    def classify(params: Any, stats: Any, patches: jax.Array, labels: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
        """Logits [n, shuffles, permutations] of patches [n, 9, p, p, c], put in the orders of labels [n, shuffles]."""
        n, new = patches.shape[0], {}
        h = patches.reshape(-1, *patches.shape[2:])
        h, new["patches"] = encoder.apply(params["encoder"], stats["patches"], h, **mode)
        h, new["tile"] = tower.apply(params["tile"], stats["tile"], h, **mode)
        h = jax.vmap(jnp.take, (0, 0, None))(jax.nn.relu(h).reshape(n, COUNT, -1), jnp.array(orders)[labels], 0)
        logits, new["head"] = classifier.apply(params["head"], stats["head"], h.reshape(n * shuffles, -1), **mode)
        return logits.reshape(n, shuffles, -1).astype(jnp.float32), new

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        patches, labels, pictures = views
        logits, stats = classify(params, extra["stats"], patches, labels, key=key, train=True)
        _, stats["encoder"] = encoder.apply(params["encoder"], extra["stats"]["encoder"], pictures, key=key, train=True)
        value = optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()
        return value, ({"stats": stats}, {"accuracy": jnp.mean(logits.argmax(-1) == labels)})

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        patches, labels, _ = views(keys[:ROWS], jax.tree.map(lambda x: x[:ROWS], batch))
        logits, _ = classify(params, extra["stats"], patches, labels)
        guesses, labels = np.asarray(logits.argmax(-1))[:, 0], np.asarray(labels)[:, 0]
        puzzle = jnp.take_along_axis(patches, orders[labels][..., None, None, None], axis=1)

        def solved(order: np.ndarray) -> np.ndarray:
            back = np.argsort(orders[order], axis=-1)
            return np.asarray(join(jnp.take_along_axis(puzzle, back[..., None, None, None], axis=1))) / 4 + 0.5

        captions = [f"order {label}" for label in labels]
        columns = (
            Column("the puzzle", np.asarray(join(puzzle)) / 4 + 0.5, captions),
            Column("as solved", solved(guesses), [f"as order {guess}" for guess in guesses], list(guesses == labels)),
            Column("the solution", solved(labels)),
        )
        lead = f"Nine patches in one of {permutations} orders, and put back in the order the network takes it for."
        return Exhibit("The puzzle, solved", lead, columns)

    return Method(
        init, views, loss, embedding(encoder, pictures(recipe)), show=show,
        chance=lambda _: math.log(permutations),
    )  # fmt: skip
