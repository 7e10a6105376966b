"""What a view of a clip is drawn by, as plain data."""

from typing import Any, NamedTuple

from jssl.augment.recipe import Recipe
from jssl.augment.recipes import make_recipe


class ClipRecipe(NamedTuple):
    """All views of a clip."""

    frame: Recipe
    """What each frame of a view is drawn by: all frames of a view by the same draw."""
    frames: int
    """Of a view."""
    stride: int = 1
    """From each frame of a view to the next, in frames of the clip."""

    @property
    def span(self) -> int:
        """Frames of the clip from a view's first to its last."""
        return (self.frames - 1) * self.stride + 1


def make_clip_recipe(name: str, *, length: int, frames: int = 0, stride: int = 1, **options: Any) -> ClipRecipe:
    """A recipe of pictures, by name, for clips.

    Args:
        name: a key of `jssl.augment.recipes.RECIPES`.
        length: of the clips, in frames.
        frames: of a view; 0 is as many as the clip has at that stride.
        stride: from each frame of a view to the next, in frames of the clip.
        options: of `make_recipe`.

    Raises:
        ValueError: a view longer than the clip; as `make_recipe`.
    """
    if stride < 1 or frames < 0:
        raise ValueError(f"frames={frames} must be 0 or more, and stride={stride} 1 or more")
    recipe = ClipRecipe(make_recipe(name, **options), frames or (length - 1) // stride + 1, stride)
    if recipe.span > length:
        raise ValueError(f"{frames} frames at stride {stride} span {recipe.span}, and clips have {length}")
    return recipe
