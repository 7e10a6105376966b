"""Random views of texts, drawn on the accelerator inside the jitted train step, one key per example.

A text is int32 [t]: a token that begins it, its words, one that ends it, and -1 where there is nothing more.
"""

from functools import partial

import jax
import jax.numpy as jnp

from jssl.augment.text.recipes import TextRecipe, TextView


def draw_text_views(recipe: TextRecipe, keys: jax.Array, x: jax.Array, *, mask_token: int) -> tuple[jax.Array, ...]:
    """Random views of a batch, int32 [n, t] each.

    Args:
        recipe: their distributions.
        keys: one per example, [n].
        x: int32 [n, t].
        mask_token: what takes the place of masked words.
    """

    def draw(i: int, view: TextView) -> jax.Array:
        own = jax.vmap(jax.random.fold_in, (0, None))(keys, i)
        return jax.vmap(partial(_draw, view, mask_token))(own, x)

    return tuple(draw(i, view) for i, view in enumerate(recipe.views))


def is_word(x: jax.Array) -> jax.Array:
    """Which tokens of a text [t] lie between the one that begins and the one that ends it."""
    place, length = jnp.arange(len(x)), jnp.sum(x >= 0)
    return (place > 0) & (place < length - 1)


def crop_span(key: jax.Array, x: jax.Array, share: tuple[float, float]) -> jax.Array:
    """Which tokens of a text [t] a random span keeps, with those that begin and end it; one word at least."""
    size_key, start_key = jax.random.split(key)
    words = jnp.sum(is_word(x))
    drawn = jax.random.uniform(size_key, minval=share[0], maxval=share[1])
    size = jnp.clip(jnp.round(drawn * words).astype(jnp.int32), 1, jnp.maximum(words, 1))
    start = 1 + jnp.floor(jax.random.uniform(start_key) * (words - size + 1)).astype(jnp.int32)
    place = jnp.arange(len(x))
    return ~is_word(x) | (place >= start) & (place < start + size)


def keep(x: jax.Array, kept: jax.Array) -> jax.Array:
    """The tokens of a text [t] at `kept`, bool [t], moved together."""
    kept = kept & (x >= 0)
    order = jnp.argsort(~kept, stable=True)
    return jnp.where(jnp.arange(len(x)) < jnp.sum(kept), x[order], -1)


def _draw(view: TextView, mask_token: int, key: jax.Array, x: jax.Array) -> jax.Array:
    crop_key, delete_key, mask_key = jax.random.split(key, 3)
    if view.crop:
        x = keep(x, crop_span(crop_key, x, view.crop))
    if view.delete:
        x = keep(x, ~is_word(x) | ~jax.random.bernoulli(delete_key, view.delete, x.shape))
    if view.mask:
        x = jnp.where(is_word(x) & jax.random.bernoulli(mask_key, view.mask, x.shape), mask_token, x)
    return x
