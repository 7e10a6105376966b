"""CPC: Representation Learning with Contrastive Predictive Coding (arXiv:1807.03748); of pictures, and v2 of them.

Version 2 is Data-Efficient Image Recognition with Contrastive Predictive Coding (arXiv:1905.09272).
"""

import math
from typing import Any

import jax
import jax.numpy as jnp

from jssl import parallel
from jssl.augment.patches import windows
from jssl.augment.views import Recipe, draw_views, prepare
from jssl.inputs.image import pictures
from jssl.losses.predictive import among
from jssl.method import Batch, Method
from jssl.methods.parts.neighbours import neighbours
from jssl.methods.parts.views import embedding
from jssl.nets.context import causal_context
from jssl.nets.heads import mlp
from jssl.nets.net import Net
from jssl.ranges import Count

TURNS = 4


def cpc(
    encoder: Net,
    recipe: Recipe,
    *,
    patch: Count = 64,
    stride: Count = 32,
    nearest: Count = 2,
    furthest: Count = 5,
    context: Count = 512,
    depth: Count = 3,
    directions: Count = 1,
) -> Method:
    """Rows of patches below are told from those above, among all patches of the batch.

    Every patch is encoded alone. A causal context sees the rows up to its own and predicts the embedding of the patch
    that lies `nearest` to `furthest` rows below. Whole pictures are encoded for their batch statistics alone, without
    which they would be embedded by those of patches (arXiv:1603.04779).

    Args:
        recipe: patches are cut from its last view; pictures are embedded at the size of its first.
        patch, stride: of the grid of patches, pixels; they overlap where the stride is less.
        nearest: rows ahead that are predicted first; 2 of patches that overlap by half, so that what is predicted was
            not seen.
        furthest: rows ahead that are predicted last; no further than the grid goes.
        context, depth: width and layers of the context.
        directions: 1, downwards, or 4, each with a context of its own (v2).

    Raises:
        ValueError: a grid of too few rows, other directions.
    """
    rows = (recipe.views[-1].size - patch) // stride + 1
    last = min(furthest, rows - 1)
    if not 1 <= nearest <= last or directions not in (1, TURNS):
        raise ValueError(
            f"nearest={nearest} and furthest={furthest} of {rows} rows of patches, in directions={directions}: there"
            f" must be a row to predict, in 1 or {TURNS} directions"
        )
    ahead = range(nearest, last + 1)
    view = recipe._replace(views=recipe.views[-1:])
    reader = causal_context(context, depth)

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        (drawn,) = draw_views(view, keys, batch["image"], batch.get("extent"))
        return windows(drawn, patch, stride), prepare(recipe, batch["image"], batch.get("extent"))

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        encoder_key, *turn_keys = jax.random.split(key, 1 + directions)
        images = prepare(recipe, batch["image"], batch.get("extent"))
        params, stats = encoder.init(encoder_key, images)
        dim = jax.eval_shape(encoder.apply, params, stats, images)[0].shape[-1]
        turns = {}
        for i, turn_key in enumerate(turn_keys):
            reader_key, head_key = jax.random.split(turn_key)
            turns[f"turn{i}"] = {
                "context": reader.init(reader_key, jnp.zeros((1, rows, rows, dim)))[0],
                "head": mlp((dim * len(ahead),)).init(head_key, jnp.zeros((1, context)))[0],
            }
        return {"encoder": params, **turns}, {"stats": {"encoder": stats, "patches": stats}}

    def predict(params: Any, z: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Loss and accuracy of a map [n, rows, columns, d], downwards, over all distances."""
        dim = z.shape[-1]
        seen, _ = reader.apply(params["context"], {}, z)
        guesses, _ = mlp((dim * len(ahead),)).apply(params["head"], {}, seen)
        found = []
        for i, k in enumerate(ahead):
            predicted = guesses[:, :-k, :, i * dim : (i + 1) * dim].reshape(-1, dim)
            target = z[:, k:].reshape(-1, dim)
            own = parallel.axis_index() * len(target) + jnp.arange(len(target))
            found.append(among(predicted, parallel.gather(target), own))
        losses, accuracies = zip(*found, strict=True)
        return sum(losses) / len(ahead), sum(accuracies) / len(ahead)

    def loss(params: Any, extra: Any, views: tuple[jax.Array, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        del step
        patches, pictures = views
        n, stats = len(patches), extra["stats"]
        h, patch_stats = encoder.apply(
            params["encoder"], stats["patches"], patches.reshape(-1, *patches.shape[3:]), key=key, train=True
        )
        _, picture_stats = encoder.apply(params["encoder"], stats["encoder"], pictures, key=key, train=True)
        z = h.astype(jnp.float32).reshape(n, rows, rows, -1)
        found = [predict(params[f"turn{i}"], jnp.rot90(z, i, axes=(1, 2))) for i in range(directions)]
        value, accuracy = (sum(each) / directions for each in zip(*found, strict=True))
        stats = {"encoder": picture_stats, "patches": patch_stats}
        return value, ({"stats": stats}, {"accuracy": accuracy})

    input = pictures(recipe)
    whole = Net(
        encoder.init, lambda params, stats, x, **mode: encoder.apply(params["encoder"], stats["encoder"], x, **mode)
    )
    return Method(
        init, views, loss, embedding(encoder, input), show=neighbours(whole, input),
        chance=lambda n: sum(math.log(n * (rows - k) * rows) for k in ahead) / len(ahead),
    )  # fmt: skip
