"""Egomotion: Learning to See by Moving (arXiv:1505.01596), on pictures that are moved."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl.augment import image as ops
from jssl.augment.views import Recipe, denormalize, draw_views, prepare
from jssl.exhibit import Column, Exhibit
from jssl.inputs.image import pictures
from jssl.method import Batch, Method
from jssl.methods.parts.views import embedding
from jssl.nets.heads import mlp
from jssl.nets.net import Net
from jssl.ranges import Count, Natural, NotNegative

ROWS = 8


def egomotion(
    encoder: Net,
    recipe: Recipe,
    *,
    shift: Count = 3,
    degrees: NotNegative = 30.0,
    bins: Count = 20,
    border: Natural = 0,
    head: Sequence[Count] = (1000,),
) -> Method:
    """How far was the picture moved, and by what angle was it turned? One encoder sees it before and after.

    Args:
        recipe: its first view is what is moved.
        shift: largest move to the right and down, whole pixels: 2 shift + 1 classes each.
        degrees: largest angle.
        bins: equal classes of angles.
        border: pixels that are cut off on each side, before and after, so that what came in from outside is not seen;
            0 for pictures whose ground is black, as is what comes in.
        head: widths of the layers between a pair of features and the three classifiers.

    Raises:
        ValueError: a border that does not hide what comes in, or leaves nothing.
    """
    size = recipe.views[0].size - 2 * border
    reach = shift + 2**0.5 * size / 2 if degrees else shift + size / 2
    if size < 1 or shift < 0 or bins < 1 or (border and reach > recipe.views[0].size / 2):
        raise ValueError(
            f"border={border} of a view of {recipe.views[0].size} pixels does not hide what comes in when it moves by"
            f" up to {shift} and turns by up to {degrees}"
        )
    sizes = (2 * shift + 1, 2 * shift + 1, bins)
    cuts = np.cumsum(sizes)[:-1]
    classifier = mlp((*head, sum(sizes)))
    first = recipe._replace(views=recipe.views[:1])

    def move(key: jax.Array, pixels: jax.Array) -> tuple[jax.Array, jax.Array]:
        """The pictures before and after, [2, size, size, c], and the three classes."""
        shift_key, angle_key = jax.random.split(key)
        x, y = jax.random.randint(shift_key, (2,), -shift, shift + 1)
        share = jax.random.uniform(angle_key)
        moved = ops.affine(pixels, (2 * share - 1) * degrees, (x, y), 1.0, (0.0, 0.0))
        pair = jnp.stack([pixels, moved])[:, border : border + size, border : border + size]
        return pair, jnp.stack([x + shift, y + shift, jnp.minimum(jnp.int32(share * bins), bins - 1)])

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array, jax.Array]:
        (drawn,) = draw_views(first, keys, batch["image"], batch.get("extent"))
        motion = jax.vmap(lambda key: jax.random.fold_in(key, 1))(keys)
        pairs, labels = jax.vmap(move)(motion, denormalize(recipe, drawn))
        mean, std = (jnp.array(x, jnp.float32).reshape(1, 1, 1, 1, -1) for x in (recipe.mean, recipe.std))
        return (pairs - mean) / std, labels, prepare(recipe, batch["image"], batch.get("extent"))

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        encoder_key, head_key = jax.random.split(key)
        images = prepare(recipe, batch["image"], batch.get("extent"))
        params, stats = encoder.init(encoder_key, images)
        dim = jax.eval_shape(encoder.apply, params, stats, images)[0].shape[-1]
        head_params, head_stats = classifier.init(head_key, jnp.zeros((1, 2 * dim)))
        return {"encoder": params, "head": head_params}, {
            "stats": {"encoder": stats, "moved": stats, "head": head_stats}
        }

    def classify(params: Any, stats: Any, pairs: jax.Array, **mode: Any) -> tuple[list[jax.Array], Any]:
        h, moved = encoder.apply(params["encoder"], stats["moved"], pairs.reshape(-1, *pairs.shape[2:]), **mode)
        logits, head = classifier.apply(params["head"], stats["head"], h.reshape(len(pairs), -1), **mode)
        return jnp.split(logits.astype(jnp.float32), cuts, axis=-1), {"moved": moved, "head": head}

    def loss(params: Any, extra: Any, views: tuple[jax.Array, ...], key: jax.Array, step: jax.Array) -> Any:
        del step
        pairs, labels, whole = views
        logits, stats = classify(params, extra["stats"], pairs, key=key, train=True)
        _, stats["encoder"] = encoder.apply(params["encoder"], extra["stats"]["encoder"], whole, key=key, train=True)
        cross_entropy = optax.softmax_cross_entropy_with_integer_labels
        value = sum(cross_entropy(guess, labels[:, i]).mean() for i, guess in enumerate(logits))
        right = [jnp.mean(guess.argmax(-1) == labels[:, i]) for i, guess in enumerate(logits)]
        metrics = {"accuracy": sum(right) / 3, "angle_accuracy": right[2]}
        return value, ({"stats": stats}, metrics)

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        pairs, labels, _ = views(keys[:ROWS], jax.tree.map(lambda x: x[:ROWS], batch))
        logits, _ = classify(params, extra["stats"], pairs)
        guesses, truth = np.stack([guess.argmax(-1) for guess in logits], axis=1), np.asarray(labels)
        looks = np.asarray(denormalize(recipe, pairs))

        def words(classes: np.ndarray) -> str:
            angle = ((classes[2] + 0.5) / bins * 2 - 1) * degrees
            return f"{classes[0] - shift:+d}, {classes[1] - shift:+d}, {angle:+.0f}°"

        captions = [f"{words(guess)} (truly {words(true)})" for guess, true in zip(guesses, truth, strict=True)]
        lead = (
            "Each picture before and after it moved. Below stands how far to the right and down, and by what angle,"
            " the network thinks; it is marked as right where the angle's class is."
        )
        columns = (
            Column("before", looks[:, 0]),
            Column("after", looks[:, 1], captions, list(guesses[:, 2] == truth[:, 2])),
        )
        return Exhibit("How did it move?", lead, columns)

    return Method(
        init, views, loss, embedding(encoder, pictures(recipe)), show=show,
        chance=lambda _: math.log(math.prod(sizes)),
    )  # fmt: skip
