"""What a recipe of texts is: the distribution of each view, as plain data; `jssl.augment.text.views` draws them."""

from typing import Any, NamedTuple


class TextView(NamedTuple):
    """The distribution of one view; what is 0 or None costs nothing. Applied in the order below."""

    crop: tuple[float, float] | None = None
    """Range of the length of the span that is kept, as a share of the text's."""
    delete: float = 0.0
    """Probability that a token is left out."""
    mask: float = 0.0
    """Probability that a token gives way to the mask token."""


class TextRecipe(NamedTuple):
    """The views of a text."""

    views: tuple[TextView, ...]


SPAN = TextView(crop=(0.3, 0.9), delete=0.1, mask=0.1)
RECIPES = {
    # One, untouched: for methods that hide words themselves.
    "plain": TextRecipe((TextView(),)),
    # Two spans of one text, of which words are missing: a contrast of their topic (DeCLUTR, arXiv:2006.03659, takes
    # spans; CLEAR, arXiv:2012.15466, deletes and masks words).
    "spans": TextRecipe((SPAN, SPAN)),
    # Two copies, that only the encoder's dropout tells apart: SimCSE, arXiv:2104.08821.
    "copies": TextRecipe((TextView(), TextView())),
}


def make_text_recipe(name: str, **changes: Any) -> TextRecipe:
    """A recipe by name.

    Args:
        name: a key of `RECIPES`.
        changes: fields of `TextView`, the same for all its views.

    Raises:
        ValueError: an unknown name or field, naming those there are; a share outside of 0..1.
    """
    if name not in RECIPES:
        raise ValueError(f"recipe {name!r} is none of {', '.join(RECIPES)}")
    if unknown := sorted(set(changes) - set(TextView._fields)):
        raise ValueError(f"a recipe of texts has no {', '.join(unknown)}; it has {', '.join(TextView._fields)}")
    views = tuple(view._replace(**changes) for view in RECIPES[name].views)
    for view in views:
        low, high = view.crop or (1, 1)
        if not 0 < low <= high <= 1:
            raise ValueError(f"crop={view.crop} must be a range of shares, above 0 and at most 1")
        if not (0 <= view.delete < 1 and 0 <= view.mask < 1):
            raise ValueError(f"delete={view.delete} and mask={view.mask} are probabilities: at least 0 and below 1")
    return TextRecipe(views)
