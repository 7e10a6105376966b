"""Order prediction: Unsupervised Representation Learning by Sorting Sequences (arXiv:1708.01246)."""

import math
from collections.abc import Sequence
from itertools import permutations
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.views import denormalize
from jssl.exhibit import Column, Exhibit
from jssl.inputs.clip import clips, strip
from jssl.method import Batch, Method
from jssl.methods.parts.ordered import encode_frames, one_frame, ordered_views
from jssl.methods.parts.views import embedding
from jssl.nets.heads import mlp
from jssl.nets.net import Net
from jssl.ranges import Count

ROWS = 8
FRAMES = 4
SHOWN = np.array(list(permutations(range(FRAMES))))
"""Every order that frames can be shown in, [24, 4]: which frame is at each place."""
SORTED = np.array([order for order in permutations(range(FRAMES)) if order[0] < order[-1]])
"""The answers, [12, 4]: which place to begin with, to go on with, ...; backwards it is the same film."""
PAIRS = np.array(list(permutations(range(FRAMES), 2)))
"""Of two frames, [12, 2]."""


def answers() -> np.ndarray:
    """The answer to each of `SHOWN`, int [24]: the row of `SORTED` that puts its frames in order, or in reverse."""
    sorting = np.argsort(SHOWN, axis=1)
    forwards = np.where(sorting[:, :1] < sorting[:, -1:], sorting, sorting[:, ::-1])
    return (forwards[:, None] == SORTED[None]).all(-1).argmax(1)


def pairs_of() -> np.ndarray:
    """For each of `SHOWN` which of `PAIRS` stand at each two places, the earlier one first: int [24, 6]."""
    places = [(i, j) for i in range(FRAMES) for j in range(i + 1, FRAMES)]
    shown = np.stack([SHOWN[:, place] for place in places], axis=1)
    return (shown[:, :, None] == PAIRS[None, None]).all(-1).argmax(-1)


def order_prediction(
    encoder: Net,
    recipe: ClipRecipe,
    *,
    gap: Sequence[Count] = (1, 3),
    pair: Count = 256,
    head: Sequence[Count] = (),
) -> Method:
    """Four frames in any order are to be sorted: which of 12 orders puts them right, forwards or backwards?

    The encoder sees each frame on its own, as a clip of one. What it says of two frames goes, side by side, through a
    layer that all pairs share, and the six pairs of places through the classifier, as one sorts by comparing. All 24
    orders of the same frames are asked, which costs the encoder nothing, and so all answers are as frequent: who does
    not see where a frame stands has exactly one in twelve right.

    Args:
        recipe: frames are taken from a stretch of as many as a view has, where much moves, and all change alike by its
            first view: a change that differed from frame to frame would tell of the film and not of what moves in it.
        gap: the fewest and the most frames from each of the four to the next.
        pair: features of a pair of frames.
        head: widths of the layers between the six pairs and the answer.

    Raises:
        ValueError: gaps that are none, or that a view is too short for.
    """
    views = ordered_views(recipe, [tuple(gap)] * (FRAMES - 1))
    comparing, sorting = mlp((pair,), last_norm=True), mlp((*head, len(SORTED)))
    label, pairs = answers(), pairs_of()

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        frames, params, stats = one_frame(recipe, batch), {}, {}
        params["encoder"], stats["encoder"] = encoder.init(key, frames)
        h = jax.eval_shape(encoder.apply, params["encoder"], stats["encoder"], frames)[0]
        own = jax.random.split(jax.random.fold_in(key, 1))
        params["pair"], stats["pair"] = comparing.init(own[0], jnp.zeros((1, 2 * h.shape[-1])))
        params["head"], stats["head"] = sorting.init(own[1], jnp.zeros((1, pairs.shape[1] * pair)))
        return params, {"stats": stats}

    def answer(params: Any, stats: Any, views: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
        """Logits [n, 24, 12] of each answer to each order that frames [n, 4, size, size, c] are shown in."""
        n, moved = len(views), {}
        h, moved["encoder"] = encode_frames(encoder, params["encoder"], stats["encoder"], views, **mode)
        two = h[:, PAIRS].reshape(n * len(PAIRS), -1)
        compared, moved["pair"] = comparing.apply(params["pair"], stats["pair"], two, **mode)
        six = jax.nn.relu(compared).reshape(n, len(PAIRS), -1)[:, pairs].reshape(n * len(SHOWN), -1)
        logits, moved["head"] = sorting.apply(params["head"], stats["head"], six, **mode)
        return logits.reshape(n, len(SHOWN), len(SORTED)).astype(jnp.float32), moved

    def loss(params: Any, extra: Any, views: jax.Array, key: jax.Array, step: jax.Array) -> Any:
        del step
        logits, stats = answer(params, extra["stats"], views, key=key, train=True)
        right = jnp.broadcast_to(label[None], logits.shape[:2])
        value = optax.softmax_cross_entropy_with_integer_labels(logits, right).mean()
        return value, ({"stats": stats}, {"accuracy": jnp.mean(logits.argmax(-1) == right)})

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        frames = views(keys[:ROWS], {"clip": batch["clip"][:ROWS]})
        rows = np.arange(len(frames))
        asked = (5 + 7 * rows) % len(SHOWN)
        said = np.asarray(answer(params, extra["stats"], frames)[0].argmax(-1))[rows, asked]
        pictures = np.asarray(denormalize(recipe.frame, frames))
        given = pictures[rows[:, None], SHOWN[asked]]
        columns = (
            Column("as given", strip(given)),
            Column("as sorted", strip(given[rows[:, None], SORTED[said]]), right=list(said == label[asked])),
            Column("the film", strip(pictures)),
        )
        lead = "Four frames of each clip in disorder, and as the network sorts them; backwards is right, too."
        return Exhibit("Frames, sorted", lead, columns)

    return Method(
        init, views, loss, embedding(encoder, clips(recipe)), show=show, chance=lambda _: math.log(len(SORTED))
    )
