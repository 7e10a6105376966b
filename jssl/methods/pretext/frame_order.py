"""Frame order: Shuffle and Learn, Unsupervised Learning using Temporal Order Verification (arXiv:1603.08561)."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl import parallel
from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.views import denormalize
from jssl.exhibit import Column, Exhibit
from jssl.inputs.clip import clips, strip
from jssl.method import Batch, Method
from jssl.methods.parts.ordered import encode_frames, one_frame, ordered_views
from jssl.methods.parts.views import embedding
from jssl.nets.heads import mlp
from jssl.nets.net import Net
from jssl.ranges import Count, Portion

ROWS = 8


class Form(NamedTuple):
    """Which frames are taken of a clip, in their order, and the triples of them that the network is asked about."""

    gaps: str
    """Between one frame and the next: i for an inner and o for an outer one."""
    triples: dict[str, tuple[int, int, int]]
    """Places of three frames; the first triple is in order, and the others are not."""
    middle: int
    """The frame that a stranger takes the place of: it comes last of all, in triples that have it."""


FORMS = {
    "shuffled": Form("oiio", {"in order": (1, 2, 3), "an earlier": (1, 0, 3), "a later": (1, 4, 3)}, 2),
    "permuted": Form("ii", {"in order": (0, 1, 2), "the first": (1, 0, 2), "the last": (0, 2, 1)}, 1),
    "replaced": Form("ii", {"in order": (0, 1, 2), "another clip's": (0, 3, 2)}, 1),
}


def frame_order(
    encoder: Net,
    recipe: ClipRecipe,
    *,
    form: str = "shuffled",
    inner: Sequence[Count] = (1, 7),
    outer: Sequence[Count] = (4, 8),
    right: Portion = 0.25,
    head: Sequence[Count] = (),
) -> Method:
    """Is the middle one of three frames between the other two?

    Frames a, b, c, d, e come in that order from where much moves. There are three forms of the question, asked forwards
    and backwards, since a film can run either way:

    - "shuffled", the paper's: b, c, d are in order; b, a, d and b, e, d are not. The ends say nothing, being the same.
    - "permuted": three frames in each order. The three say nothing as a set, being the same.
    - "replaced": b, c, d, or another clip's frame in the place of c. What clips look like tells most of it.

    The encoder sees each frame on its own, as a clip of one.

    Args:
        recipe: frames are taken from a stretch of as many as a view has, and all change alike by its first view.
        form: "shuffled", "permuted" or "replaced".
        inner: the fewest and the most frames from b to c and from c to d; with `outer`, the paper's 60 from b to d and
            15 from a to b, of clips of every fourth frame.
        outer: from a to b and from d to e.
        right: share of the loss that triples in order have; the paper takes one in four of them.
        head: widths of the layers between the three features side by side and the score; without any, as in the paper,
            it is a sum of what each frame says alone.

    Raises:
        ValueError: an unknown form; gaps that are none, or that a view is too short for.
    """
    if form not in FORMS:
        raise ValueError(f"form={form!r} is none of {', '.join(FORMS)}")
    named = {"i": tuple(inner), "o": tuple(outer)}
    gaps, triples, middle = [named[gap] for gap in FORMS[form].gaps], FORMS[form].triples, FORMS[form].middle
    views = ordered_views(recipe, gaps)
    both = np.array([triple[::turn] for turn in (1, -1) for triple in triples.values()])
    in_order = np.arange(len(both)) % len(triples) == 0
    classifier = mlp((*head, 1))

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        frames = one_frame(recipe, batch)
        params, stats = {}, {}
        params["encoder"], stats["encoder"] = encoder.init(key, frames)
        features = jax.eval_shape(encoder.apply, params["encoder"], stats["encoder"], frames)[0]
        params["head"], stats["head"] = classifier.init(
            jax.random.fold_in(key, 1), jnp.zeros((1, 3 * features.shape[-1]))
        )
        return params, {"stats": stats}

    def judge(params: Any, stats: Any, h: jax.Array, strangers: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
        """Logits [n, triples] of being in order, by features [n, k, d] and those of another clip [n, d]."""
        h = jnp.concatenate([h, strangers[:, None]], axis=1)[:, both]
        logits, stats = classifier.apply(params, stats, h.reshape(-1, 3 * h.shape[-1]), **mode)
        return logits.reshape(-1, len(both)).astype(jnp.float32), stats

    def loss(params: Any, extra: Any, views: jax.Array, key: jax.Array, step: jax.Array) -> Any:
        del step
        stats, n = {}, views.shape[0]
        h, stats["encoder"] = encode_frames(
            encoder, params["encoder"], extra["stats"]["encoder"], views, key=key, train=True
        )
        everyone = parallel.gather(h[:, middle])
        further = jax.random.randint(key, (), 1, everyone.shape[0])
        others = (parallel.axis_index() * n + jnp.arange(n) + further) % everyone.shape[0]
        logits, stats["head"] = judge(params["head"], extra["stats"]["head"], h, everyone[others], key=key, train=True)
        errors = optax.sigmoid_binary_cross_entropy(logits, jnp.broadcast_to(in_order[None], logits.shape))
        value = right * errors[:, in_order].mean() + (1 - right) * errors[:, ~in_order].mean()
        told = (logits > 0) == in_order[None]
        accuracy = (told[:, in_order].mean() + told[:, ~in_order].mean()) / 2
        return value, ({"stats": stats}, {"accuracy": accuracy})

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        frames, stats = views(keys[:ROWS], {"clip": batch["clip"][:ROWS]}), extra["stats"]
        h, _ = encode_frames(encoder, params["encoder"], stats["encoder"], frames)
        logits, _ = judge(params["head"], stats["head"], h, jnp.roll(h[:, middle], -1, axis=0))
        said, everything = np.asarray(logits) > 0, np.asarray(denormalize(recipe.frame, frames))
        everything = np.concatenate([everything, np.roll(everything[:, middle], -1, axis=0)[:, None]], axis=1)
        columns = [
            Column(
                name if name == "in order" else f"{name} between",
                strip(everything[:, list(triple)]),
                ["in order" if yes else "out of order" for yes in said[:, i]],
                list(said[:, i] == in_order[i]),
            )
            for i, (name, triple) in enumerate(triples.items())
        ]
        lead = "Three frames of each clip, the middle one from between the others or not, and what the network says."
        return Exhibit("Which comes between?", lead, tuple(columns))

    return Method(init, views, loss, embedding(encoder, clips(recipe)), show=show, chance=lambda _: math.log(2))
