"""Egomotion: Learning to See by Moving (arXiv:1505.01596), of films whose frames have a known pose."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.clip.views import draw_frames, prepare_clips
from jssl.augment.views import denormalize
from jssl.exhibit import Column, Exhibit
from jssl.inputs.clip import clips
from jssl.method import Batch, Method
from jssl.methods.parts.views import embedding
from jssl.nets.heads import mlp
from jssl.nets.net import Net
from jssl.ranges import Count, Positive

MOTIONS = ("forward", "left", "turned")
ROWS = 8


def egomotion_pose(
    encoder: Net,
    recipe: ClipRecipe,
    *,
    apart: Count = 7,
    reach: tuple[Positive, Positive, Positive] = (200.0, 30.0, 30.0),
    bins: Count = 10,
    head: Sequence[Count] = (1000,),
) -> Method:
    """How far did the camera go forward and to the left between two frames of a film, and by what angle did it turn?

    One encoder sees both frames, each as a clip of one. Either comes first, so that back is as frequent as forward.
    A batch has "pose" float32 [n, frames, 3]: east, north, and the angle in degrees from east to north.

    Args:
        recipe: its first view is what both frames are shown by, and must not mirror them.
        apart: frames from one to the other at most; the paper's 7.
        reach: motion forward and to the left, in the pose's units, and degrees of the middle of the last class;
            what is more belongs to it too.
        bins: classes of each motion on either side of none at all.
        head: widths of the layers between a pair of features and the three classifiers.

    Raises:
        ValueError: a view that mirrors frames, as a mirrored film turns the other way.
        KeyError: when views are drawn, a batch without poses.
    """
    first = recipe.frame._replace(views=recipe.frame.views[:1])
    if first.views[0].flip:
        raise ValueError("a mirrored film turns the other way: config.augment.flip must be 0")
    classes = 2 * bins + 1
    classifier = mlp((*head, len(MOTIONS) * classes))

    def views(keys: jax.Array, batch: Batch) -> tuple[jax.Array, jax.Array]:
        """Pairs of frames [n, 2, size, size, c], and the three classes of the motion between them [n, 3]."""

        def choose(key: jax.Array, clip: jax.Array, pose: jax.Array) -> tuple[jax.Array, jax.Array]:
            gap_key, start_key, turn_key = jax.random.split(key, 3)
            gap = jax.random.randint(gap_key, (), 1, min(apart, len(clip) - 1) + 1)
            start = jax.random.randint(start_key, (), 0, len(clip) - gap)
            pair = jnp.stack([start, start + gap])
            pair = jnp.where(jax.random.bernoulli(turn_key), pair, pair[::-1])
            return clip[pair], motion_class(motion(*pose[pair]))

        which, how = jnp.moveaxis(jax.vmap(jax.random.split)(keys), 1, 0)
        frames, labels = jax.vmap(choose)(which, batch["clip"], batch["pose"].astype(jnp.float32))
        return draw_frames(first, how, frames)[0], labels

    def motion_class(moved: jax.Array) -> jax.Array:
        """0 to 2 bins, and `bins` where nothing moved."""
        places = jnp.round(moved / jnp.array(reach, jnp.float32) * bins)
        return (jnp.clip(places, -bins, bins) + bins).astype(jnp.int32)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        encoder_key, head_key = jax.random.split(key)
        frame = prepare_clips(recipe, batch["clip"])[:, :1]
        params, stats = encoder.init(encoder_key, frame)
        dim = jax.eval_shape(encoder.apply, params, stats, frame)[0].shape[-1]
        head_params, head_stats = classifier.init(head_key, jnp.zeros((1, 2 * dim)))
        return {"encoder": params, "head": head_params}, {"stats": {"encoder": stats, "head": head_stats}}

    def classify(params: Any, stats: Any, pairs: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
        """Logits [n, 3, classes] of pairs [n, 2, size, size, c]."""
        n, new = len(pairs), {}
        h = pairs.reshape(2 * n, 1, *pairs.shape[2:])
        h, new["encoder"] = encoder.apply(params["encoder"], stats["encoder"], h, **mode)
        logits, new["head"] = classifier.apply(params["head"], stats["head"], h.reshape(n, -1), **mode)
        return logits.reshape(n, len(MOTIONS), classes).astype(jnp.float32), new

    def loss(params: Any, extra: Any, views: tuple[jax.Array, jax.Array], key: jax.Array, step: jax.Array) -> Any:
        del step
        pairs, labels = views
        logits, stats = classify(params, extra["stats"], pairs, key=key, train=True)
        errors = optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean(0)
        right = jnp.mean(logits.argmax(-1) == labels, axis=0)
        metrics = {f"{name}_accuracy": each for name, each in zip(MOTIONS, right, strict=True)}
        return errors.sum(), ({"stats": stats}, {"accuracy": right.mean(), **metrics})

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        pairs, labels = views(keys[:ROWS], jax.tree.map(lambda x: x[:ROWS], batch))
        logits, _ = classify(params, extra["stats"], pairs)
        guesses, truth = np.asarray(logits.argmax(-1)), np.asarray(labels)
        looks = np.asarray(denormalize(recipe.frame, pairs))

        def words(which: np.ndarray) -> str:
            forward, left, turned = (which - bins) / bins * np.array(reach)
            return f"{forward:+.0f} on, {left:+.0f} left, {turned:+.0f}°"

        captions = [f"{words(guess)} (truly {words(true)})" for guess, true in zip(guesses, truth, strict=True)]
        columns = (
            Column("before", looks[:, 0]),
            Column("after", looks[:, 1], captions, list(guesses[:, 2] == truth[:, 2])),
        )
        lead = (
            "Two frames of a film. Below stands how far the network thinks that the camera went on and to the left, and"
            " by what angle it turned to the left; it is marked as right where the angle's class is."
        )
        return Exhibit("How did the camera move?", lead, columns)

    return Method(init, views, loss, embedding(encoder, clips(recipe)), show=show)


def motion(before: jax.Array, after: jax.Array) -> jax.Array:
    """What became of a pose [3], as seen from it: forward, to the left, and degrees turned to the left, -180 to 180."""
    east, north = after[:2] - before[:2]
    angle = jnp.deg2rad(before[2])
    forward = east * jnp.cos(angle) + north * jnp.sin(angle)
    left = -east * jnp.sin(angle) + north * jnp.cos(angle)
    return jnp.stack([forward, left, (after[2] - before[2] + 180) % 360 - 180])
