"""Odd-one-out networks: Self-Supervised Video Representation Learning with O3N (arXiv:1611.06646)."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl.augment.clip.order import ordered_frames, out_of_order
from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.clip.views import draw_frames, prepare_clips
from jssl.augment.views import denormalize
from jssl.exhibit import Column, Exhibit
from jssl.inputs.clip import clips, strip
from jssl.method import Batch, Method
from jssl.methods.parts.views import embedding
from jssl.nets.heads import mlp
from jssl.nets.net import Net
from jssl.ranges import Count

ROWS = 8


def odd_one_out(encoder: Net, recipe: ClipRecipe, *, among: Count = 6, head: Sequence[Count] = (128,)) -> Method:
    """Several clips of one film, of which one has its frames out of order: which?

    Clips are taken from where much moves. Backwards is an order too, as a film can run either way. The question is
    asked once with each of the clips as the odd one, so that all answers are as frequent, and who does not see the
    order of frames, or sees nothing move, has exactly 1 / among right.

    How frames become what a network sees (the paper's sum and stack of differences, or its dynamic image) is the
    encoder's: `dynamic_image`, `frame_differences`, or any network of clips.

    Args:
        recipe: clips are as long as a view, and all of one film are changed alike by its first view.
        among: clips of a question, the paper's N + 1.
        head: widths of the layers between the clips' features side by side and the answer.

    Raises:
        ValueError: no choice; clips of fewer than three frames, which are in order forwards or backwards.
    """
    if among < 2:
        raise ValueError(f"among={among} must be 2 or more: of one clip there is no choice")
    if recipe.frames < 3:
        raise ValueError(f"views have {recipe.frames} frames, and it takes 3 to be out of order")
    classifier, first = mlp((*head, among)), recipe.frame._replace(views=recipe.frame.views[:1])
    gaps = [(recipe.stride, recipe.stride)] * (recipe.frames - 1)

    def views(keys: jax.Array, batch: Batch) -> jax.Array:
        """Clips [n, 2, among, frames, size, size, c]: in order, and the same ones out of it."""

        def cut(key: jax.Array, film: jax.Array) -> jax.Array:
            return jax.vmap(lambda own: film[ordered_frames(own, film, gaps)])(jax.random.split(key, among))

        def mix(key: jax.Array, chosen: jax.Array) -> jax.Array:
            return jax.vmap(lambda own, x: x[out_of_order(own, len(x))])(jax.random.split(key, among), chosen)

        where, which, how = jnp.moveaxis(jax.vmap(lambda key: jax.random.split(key, 3))(keys), 1, 0)
        chosen = jax.vmap(cut)(where, batch["clip"])
        drawn = draw_frames(first, how, chosen.reshape(len(keys), -1, *chosen.shape[3:]))[0]
        drawn = drawn.reshape(*chosen.shape[:3], *drawn.shape[2:])
        return jnp.stack([drawn, jax.vmap(mix)(which, drawn)], axis=1)

    def init(key: jax.Array, batch: Batch) -> tuple[Any, dict[str, Any]]:
        example, params, stats = prepare_clips(recipe, batch["clip"]), {}, {}
        params["encoder"], stats["encoder"] = encoder.init(key, example)
        h = jax.eval_shape(encoder.apply, params["encoder"], stats["encoder"], example)[0]
        params["head"], stats["head"] = classifier.init(
            jax.random.fold_in(key, 1), jnp.zeros((1, among * h.shape[-1]))
        )  # fmt: skip
        return params, {"stats": stats}

    def answer(params: Any, stats: Any, views: jax.Array, **mode: Any) -> tuple[jax.Array, Any]:
        """Logits [n, among, among]: for each place of the odd one, of it being at each place."""
        n, moved = len(views), {}
        h, moved["encoder"] = encoder.apply(
            params["encoder"], stats["encoder"], views.reshape(-1, *views.shape[3:]), **mode
        )  # fmt: skip
        in_order, mixed = jnp.moveaxis(h.reshape(n, 2, among, -1), 1, 0)
        asked = jnp.where(jnp.eye(among, dtype=bool)[None, :, :, None], mixed[:, None], in_order[:, None])
        logits, moved["head"] = classifier.apply(params["head"], stats["head"], asked.reshape(n * among, -1), **mode)
        return logits.reshape(n, among, among).astype(jnp.float32), moved

    def loss(params: Any, extra: Any, views: jax.Array, key: jax.Array, step: jax.Array) -> Any:
        del step
        logits, stats = answer(params, extra["stats"], views, key=key, train=True)
        odd = jnp.broadcast_to(jnp.arange(among)[None], logits.shape[:2])
        value = optax.softmax_cross_entropy_with_integer_labels(logits, odd).mean()
        return value, ({"stats": stats}, {"accuracy": jnp.mean(logits.argmax(-1) == odd)})

    def show(params: Any, extra: Any, keys: jax.Array, batch: Batch) -> Exhibit:
        seen = views(keys[:ROWS], {"clip": batch["clip"][:ROWS]})
        guesses = np.asarray(answer(params, extra["stats"], seen)[0].argmax(-1))
        rows = np.arange(len(guesses))
        odd, pictures = rows % among, np.asarray(denormalize(recipe.frame, seen))
        said, beside = guesses[rows, odd], (odd + 1) % among
        columns = (
            Column("one of those in order", strip(pictures[rows, 0, beside])),
            Column(
                "the odd one",
                strip(pictures[rows, 1, odd]),
                [f"clip {at + 1} of {among}, taken for it: {guess + 1}" for at, guess in zip(odd, said, strict=True)],
                list(said == odd),
            ),
        )
        lead = "Clips of one film, one of them with its frames out of order, and which the network takes for that one."
        return Exhibit("Which is the odd one?", lead, columns)

    return Method(init, views, loss, embedding(encoder, clips(recipe)), show=show, chance=lambda _: math.log(among))
