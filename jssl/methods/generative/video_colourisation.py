"""Video colourisation: Tracking Emerges by Colorizing Videos (arXiv:1806.09594)."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jssl import parallel
from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.clip.views import draw_clips, prepare_clips
from jssl.augment.lab import lab_to_rgb, rgb_to_lab
from jssl.exhibit import Column, Exhibit
from jssl.inputs.clip import clips
from jssl.losses.pointers import copied, copy_cross_entropy, pointers
from jssl.method import Batch, Method
from jssl.methods.parts.colours import in_squares
from jssl.methods.parts.kmeans import kmeans
from jssl.methods.parts.views import embedding
from jssl.nets.net import Net
from jssl.optim.duration import Duration, steps_of
from jssl.ranges import Count, Positive

SHOWN = 8
GOLDEN = math.pi * (3 - math.sqrt(5))
REACH = 60.0
"""How far from grey the first centres of clusters reach, in the plane of ab."""


def video_colourisation(
    encoder: Net,
    recipe: ClipRecipe,
    *,
    steps: int,
    steps_per_epoch: int,
    colours: Count = 16,
    temperature: Positive = 1.0,
    settle: Duration = 1.0,
) -> Method:
    """Each place of a clip's last frame points at places of those before it, and takes their colours.

    The network sees grey frames. To point at the right colour it has to find again what it saw. Colours are clusters of
    ab, by k-means on the places of each of the first batches; then they stay as they are.

    Args:
        encoder: `per_frame` of a network with a map, with `grey=True`.
        recipe: its first view is the clip, in colours from 0 to 1: the last frame is coloured by the others.
        colours: clusters.
        temperature: what inner products are divided by before the softmax; the paper's is 1.
        settle: time at first in which the clusters are looked for.

    Raises:
        ValueError: an encoder that sees colours or has no map, one frame alone, clips without colour, a recipe that
            normalises, a map that does not divide the frame.
    """
    if set(encoder.parts) != {"lightness"} or encoder.tokens is None:
        raise ValueError(
            "video_colourisation needs an encoder of grey frames that has a map: encoder.name='per_frame', grey=True"
        )
    recipe = recipe._replace(frame=recipe.frame._replace(views=recipe.frame.views[:1]))
    size, frames = recipe.frame.views[0].size, recipe.frames
    if recipe.frame.mean != (0.0,) * 3 or recipe.frame.std != (1.0,) * 3:
        raise ValueError("frames have colours from 0 to 1: set augment.mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)")
    if frames < 2:
        raise ValueError(f"frames={frames}: the last frame is coloured by those before it, and there is none")
    side = _side(encoder, size)
    settled = steps_of(settle, steps_per_epoch=steps_per_epoch, total=steps)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        params, stats = encoder.init(key, prepare_clips(recipe, batch["clip"]))
        return {"encoder": params}, {"stats": {"encoder": stats}, "clusters": _spiral(colours)}

    def views(keys: jax.Array, batch: Batch) -> jax.Array:
        return draw_clips(recipe, keys, batch["clip"])[0]

    def ab_of(x: jax.Array) -> jax.Array:
        """The colours of the map's places, [n, frames, places, 2]."""
        n = len(x)
        ab = rgb_to_lab(jnp.clip(x, 0.0, 1.0)).reshape(-1, size, size, 3)[..., 1:]
        return in_squares(ab, size // side).reshape(n, frames, side * side, 2)

    def point(params: Any, stats: Any, x: jax.Array, **run: Any) -> tuple[jax.Array, Any]:
        """From each place of the last frame to all of the others, [n, places, (frames - 1) * places]."""
        tokens, stats = encoder.tokens(params["encoder"], stats["encoder"], x, **run)
        references, target = jnp.split(tokens, [(frames - 1) * side * side], axis=1)
        return pointers(target, references, temperature), {"encoder": stats}

    def loss(params: Any, extra: Any, views: jax.Array, key: jax.Array, step: jax.Array) -> Any:
        points, stats = point(params, extra["stats"], views, key=key, train=True)
        ab = ab_of(views)
        rows = ab.reshape(-1, 2)
        everyone = len(rows) * parallel.axis_size()
        again = jnp.where(step < settled, 1, 0)
        clusters = kmeans(rows, extra["clusters"], examples=everyone, iterations=again, split=True)
        labels = clusters.assigned.reshape(ab.shape[:3])
        shares = copied(points, labels[:, :-1].reshape(len(ab), -1), colours)
        value = copy_cross_entropy(shares, labels[:, -1])
        told = jnp.mean(jnp.argmax(shares, axis=-1) == labels[:, -1])
        stays = jnp.mean(labels[:, -2] == labels[:, -1])
        return value, ({"stats": stats, "clusters": clusters.centroids}, {"accuracy": told, "same_place": stays})

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        del keys
        x = prepare_clips(recipe, batch["clip"][:SHOWN])
        ab, (points, _) = ab_of(x), point(params, extra["stats"], x)
        taken = jnp.einsum("npr,nrd->npd", points, ab[:, :-1].reshape(len(x), -1, 2))
        lab = rgb_to_lab(jnp.clip(x[:, -1], 0.0, 1.0))
        taken = jax.image.resize(taken.reshape(-1, side, side, 2), (*lab.shape[:3], 2), "linear")
        grey = lab_to_rgb(lab * jnp.array([1.0, 0.0, 0.0]).reshape(1, 1, 1, 3))
        columns = (
            Column("the frame before", np.asarray(x[:, -2])),
            Column("what it sees", np.asarray(grey)),
            Column("coloured", np.asarray(lab_to_rgb(jnp.concatenate([lab[..., :1], taken], axis=-1)))),
            Column("truth", np.asarray(x[:, -1])),
        )
        lead = "The network sees grey frames, and colours the last one with colours that it points at in those before."
        return Exhibit("Colours that were pointed at", lead, columns)

    return Method(init, views, loss, embedding(encoder, clips(recipe)), show=show)


def _side(encoder: Net, size: int) -> int:
    """Of the map that the encoder makes of a frame."""

    def tokens(key: jax.Array) -> jax.Array:
        x = jnp.zeros((1, 1, size, size, 3))
        return encoder.tokens(*encoder.init(key, x), x)[0]

    places = jax.eval_shape(tokens, jax.random.key(0)).shape[1]
    side = math.isqrt(places)
    if side**2 != places or size % side:
        raise ValueError(f"a map of {places} places does not divide frames of {size} pixels")
    return side


def _spiral(count: int) -> jax.Array:
    """Points of the plane of ab, no two alike, from grey outwards: [count, 2]."""
    i = np.arange(count)
    radius = REACH * np.sqrt((i + 0.5) / count)
    return jnp.asarray(np.stack([radius * np.cos(i * GOLDEN), radius * np.sin(i * GOLDEN)], axis=1), jnp.float32)
