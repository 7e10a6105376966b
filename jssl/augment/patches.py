"""Patches of a picture on a 3x3 grid."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from jssl.augment.views import Recipe, denormalize, draw_views

SIDE = 3
COUNT = SIDE * SIDE


def check_grid(recipe: Recipe, *, patch: int, gap: int, jitter: int) -> dict[str, int]:
    """The last three arguments, as `draw_patches` takes them, once it is known that such a grid fits.

    Raises:
        ValueError: the recipe's last view is too small for it.
    """
    size, needed = recipe.views[-1].size, _extent(patch, gap, jitter)
    if patch < 1 or jitter < 0 or needed > size:
        raise ValueError(
            f"3x3 patches of {patch} pixels, {gap} apart, that move by up to {jitter} need {needed} pixels, but the"
            f" recipe's last view has {size}"
        )
    return {"patch": patch, "gap": gap, "jitter": jitter}


def _extent(patch: int, gap: int, jitter: int) -> int:
    return SIDE * patch + (SIDE - 1) * gap + jitter


def cut_grid(key: jax.Array, image: jax.Array, *, patch: int, gap: int, jitter: int) -> jax.Array:
    """Nine patches on a grid in the middle of the picture, row by row.

    Args:
        image: [h, w, c], with sides of at least 3 patch + 2 gap + jitter.
        patch: side of a patch, pixels.
        gap: pixels between neighbours, on average; negative where they overlap.
        jitter: each patch moves on its own, down and right, by 0 to this many pixels: a gap of varying width hides
            which edges continue.

    Returns:
        [9, patch, patch, c].
    """
    free = [side - _extent(patch, gap, jitter) for side in image.shape[:2]]
    steps = jnp.arange(SIDE) * (patch + gap)
    corners = jnp.stack(jnp.meshgrid(*[spare // 2 + steps for spare in free], indexing="ij"), axis=-1).reshape(-1, 2)
    corners = corners + jax.random.randint(key, corners.shape, 0, jitter + 1)

    def cut(corner: jax.Array) -> jax.Array:
        return jax.lax.dynamic_slice(image, (corner[0], corner[1], 0), (patch, patch, image.shape[2]))

    return jax.vmap(cut)(corners)


def join(patches: jax.Array) -> jax.Array:
    """Nine patches side by side: [..., 9, p, p, c] -> [..., 3p, 3p, c]."""
    *batch, _, p, _, c = patches.shape
    grid = patches.reshape(-1, SIDE, SIDE, p, p, c)
    return grid.swapaxes(2, 3).reshape(*batch, SIDE * p, SIDE * p, c)


def draw_patches(
    recipe: Recipe,
    keys: jax.Array,
    images: jax.Array,
    distort: Callable[[jax.Array, jax.Array], jax.Array],
    extent: jax.Array | None = None,
    *,
    patch: int,
    gap: int,
    jitter: int,
) -> jax.Array:
    """Nine patches of the recipe's last view of each picture, each distorted on its own.

    Args:
        keys: one per example, [n].
        images: uint8 [n, h, w, c].
        distort: (key, patch with colours in [0, 1]) -> patch; it has to normalise them.
        extent: as in `draw_views`.
        patch, gap, jitter: as in `cut_grid`.

    Returns:
        [n, 9, patch, patch, c].
    """
    (views,) = draw_views(recipe._replace(views=recipe.views[-1:]), keys, images, extent)

    def cut(key: jax.Array, view: jax.Array) -> jax.Array:
        grid_key, *patch_keys = jax.random.split(jax.random.fold_in(key, 1), 1 + COUNT)
        pieces = cut_grid(grid_key, view, patch=patch, gap=gap, jitter=jitter)
        return jax.vmap(distort)(jnp.stack(patch_keys), pieces)

    return jax.vmap(cut)(keys, denormalize(recipe, views))
