"""Triplets of tracked patches: Unsupervised Learning of Visual Representations using Videos (arXiv:1505.00687)."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl import parallel
from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.clip.track import cut, follow, moving_place
from jssl.augment.clip.views import draw_frames, prepare_clips, stretches
from jssl.augment.views import denormalize
from jssl.exhibit import Column, Exhibit
from jssl.inputs.clip import clips
from jssl.inputs.image import visible
from jssl.losses.contrastive import l2_normalize, similarities
from jssl.losses.ranking import ranking_loss
from jssl.method import Batch, Method
from jssl.methods.parts.views import embedding
from jssl.nets.net import Net
from jssl.optim.duration import Duration, steps_of
from jssl.ranges import Count, Positive

SHOWN = 12


def tracked_patches(
    encoder: Net,
    recipe: ClipRecipe,
    *,
    steps: int,
    steps_per_epoch: int,
    patch: Count = 32,
    reach: Count = 4,
    margin: Positive = 0.5,
    negatives: Count = 4,
    hard_from: Duration = 10.0,
) -> Method:
    """A patch is nearer to what became of it some frames later than to patches of other clips.

    Patches are drawn where something moves and followed through the clip by block matching, in place of the paper's
    SURF points and its tracker. The encoder sees each patch as a clip of one frame.

    Args:
        recipe: patches are followed from the first to the last frame of a stretch of as many as a view has; both ends
            change alike by its first view.
        patch: its side in pixels of the clip.
        reach: pixels that it may move by from a frame of the view to the next, along either axis.
        margin: by which others must be further off, as a cosine.
        negatives: others that each is compared with.
        hard_from: time from which on these are the nearest of the batch; before, any.

    Raises:
        ValueError: a view of one frame.
    """
    if recipe.frames < 2:
        raise ValueError(f"frames={recipe.frames}: a patch is followed from one frame to others, and there is one")
    first = recipe.frame._replace(views=recipe.frame.views[:1])
    hard = steps_of(hard_from, steps_per_epoch=steps_per_epoch, total=steps)

    def pair(key: jax.Array, clip: jax.Array) -> jax.Array:
        """A patch in the first frame and the last, uint8 [2, patch, patch, c]."""
        places = follow(clip, moving_place(key, clip, patch), patch, reach)
        return jnp.stack([cut(clip[i], places[i], patch) for i in (0, -1)])

    def views(keys: jax.Array, batch: Batch) -> jax.Array:
        """[n, 2, size, size, c]."""
        side = min(batch["clip"].shape[2:4])
        if patch > side:
            raise ValueError(f"patch={patch}: clips have {side} pixels")
        where, which, how = jnp.moveaxis(jax.vmap(lambda key: jax.random.split(key, 3))(keys), 1, 0)
        pairs = jax.vmap(pair)(which, stretches(recipe, where, batch["clip"]))
        return draw_frames(first, how, pairs)[0]

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        params, stats = encoder.init(key, prepare_clips(recipe, batch["clip"])[:, :1])
        return {"encoder": params}, {"stats": {"encoder": stats}}

    def encode(params: Any, stats: Any, pairs: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
        """Unit vectors [n, 2, d] of pairs of patches."""
        n = len(pairs)
        h, stats = encoder.apply(params["encoder"], stats["encoder"], pairs.reshape(2 * n, 1, *pairs.shape[2:]), **mode)
        return l2_normalize(h.astype(jnp.float32)).reshape(n, 2, -1), {"encoder": stats}

    def loss(params: Any, extra: Any, views: jax.Array, key: jax.Array, step: jax.Array) -> Any:
        z, stats = encode(params, extra["stats"], views, key=key, train=True)
        others, own = parallel.gather(z[:, 1]), parallel.axis_index() * len(z) + jnp.arange(len(z))
        if negatives >= len(others):
            raise ValueError(f"negatives={negatives} must be fewer than the batch's {len(others)} clips")
        cosines = similarities(z[:, 0], others)
        positive = jnp.sum(z[:, 0] * z[:, 1], axis=-1)
        apart = cosines.at[jnp.arange(len(z)), own].set(-jnp.inf)
        nearest, _ = jax.lax.top_k(apart, negatives)
        row_keys = jax.vmap(lambda row: jax.random.fold_in(key, row))(own)
        further = jax.vmap(lambda key: jax.random.randint(key, (negatives,), 1, len(others)))(row_keys)
        some = jnp.take_along_axis(cosines, (own[:, None] + further) % len(others), axis=1)
        value = ranking_loss(positive, jnp.where(step < hard, some, nearest), margin)
        return value, ({"stats": stats}, {"found_again": jnp.mean(positive > nearest[:, 0])})

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        pairs = views(keys[:SHOWN], {"clip": batch["clip"][:SHOWN]})
        z, _ = encode(params, extra["stats"], pairs)
        cosines = np.array(similarities(z[:, 0], z[:, 1]))
        own = cosines.diagonal().copy()
        np.fill_diagonal(cosines, -np.inf)
        stranger = cosines.argmax(1)
        shown = visible(np.asarray(denormalize(recipe.frame, pairs)))
        said = [f"cosine {x:.2f}" for x in own]
        columns = (
            Column("a patch", shown[:, 0]),
            Column("some frames later", shown[:, 1], said, list(own > cosines.max(1))),
            Column("the nearest stranger", shown[stranger, 1], [f"cosine {x:.2f}" for x in cosines.max(1)]),
        )
        lead = "Patches that move, where they were found again, and what of other clips the network takes for nearest."
        return Exhibit("Found again?", lead, columns)

    return Method(init, views, loss, embedding(encoder, clips(recipe)), show=show, chance=lambda _: margin)
