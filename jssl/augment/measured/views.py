"""Random views of series [t, c] and of rows of tables [d], drawn on the accelerator, one key per example."""

from functools import partial

import jax
import jax.numpy as jnp

from jssl.augment.measured.recipe import MeasuredRecipe, SeriesView, TableView


def standardised(recipe: MeasuredRecipe, x: jax.Array) -> jax.Array:
    """Channels [..., c] of mean 0 and deviation 1; what is missing, NaN, is the mean, 0. float32."""
    mean, std = _statistics(recipe, x.ndim)
    return jnp.nan_to_num((x.astype(jnp.float32) - mean) / std, nan=0.0, posinf=0.0, neginf=0.0)


def measured_again(recipe: MeasuredRecipe, x: jax.Array) -> jax.Array:
    """Standardised examples as they were measured, the inverse of `standardised`."""
    mean, std = _statistics(recipe, x.ndim)
    return x * std + mean


def _statistics(recipe: MeasuredRecipe, axes: int) -> tuple[jax.Array, jax.Array]:
    return tuple(
        jnp.array(values, jnp.float32).reshape((1,) * (axes - 1) + (-1,)) for values in (recipe.mean, recipe.std)
    )


def draw_measured(recipe: MeasuredRecipe, keys: jax.Array, x: jax.Array) -> tuple[jax.Array, ...]:
    """Random views of a batch that is standardised, each of its shape.

    Args:
        recipe: their distributions.
        keys: one per example, [n].
        x: float32 [n, t, c] of a recipe of series, [n, d] of one of tables.
    """

    def draw(i: int, view: SeriesView | TableView) -> jax.Array:
        change = series_view if isinstance(view, SeriesView) else table_view
        return jax.vmap(partial(change, view))(jax.vmap(jax.random.fold_in, (0, None))(keys, i), x)

    return tuple(draw(i, view) for i, view in enumerate(recipe.views))


def series_view(view: SeriesView, key: jax.Array, x: jax.Array) -> jax.Array:
    """One view of a series float32 [t, c]."""
    keys = jax.random.split(key, 5)
    if view.crop:
        x = stretched_crop(keys[0], x, view.crop)
    x = _spoilt(keys[1:3], x, view.scale, view.jitter, factors=x.shape[1:])
    if view.drop:
        x = jnp.where(jax.random.bernoulli(keys[3], view.drop, (1, x.shape[1])), 0.0, x)
    if view.hide:
        size, start = jax.random.uniform(keys[4], (2,)) * jnp.array([view.hide * len(x), 1.0])
        first = start * (len(x) - size)
        place = jnp.arange(len(x))[:, None]
        x = jnp.where((place >= first) & (place < first + size), 0.0, x)
    return x


def table_view(view: TableView, key: jax.Array, x: jax.Array) -> jax.Array:
    """One view of a row float32 [d]."""
    keys = jax.random.split(key, 3)
    x = _spoilt(keys[:2], x, view.scale, view.jitter, factors=x.shape)
    return jnp.where(jax.random.bernoulli(keys[2], view.drop, x.shape), 0.0, x) if view.drop else x


def stretched_crop(key: jax.Array, x: jax.Array, share: tuple[float, float]) -> jax.Array:
    """A random stretch of a series [t, c], stretched to the whole length by straight lines between its values."""
    size, start = jax.random.uniform(key, (2,))
    last = (len(x) - 1) * (share[0] + size * (share[1] - share[0]))
    place = start * (len(x) - 1 - last) + last * jnp.linspace(0.0, 1.0, len(x))
    before = jnp.clip(jnp.floor(place).astype(jnp.int32), 0, max(len(x) - 2, 0))
    part = (place - before)[:, None]
    return (1 - part) * x[before] + part * x[jnp.minimum(before + 1, len(x) - 1)]


def _spoilt(keys: jax.Array, x: jax.Array, scale: float, jitter: float, *, factors: tuple[int, ...]) -> jax.Array:
    if scale:
        x = x * (1 + scale * jax.random.normal(keys[0], factors)).reshape((1,) * (x.ndim - len(factors)) + factors)
    return x + jitter * jax.random.normal(keys[1], x.shape) if jitter else x
