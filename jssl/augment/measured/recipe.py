"""What recipes of series and tables are: the distribution of each view, as plain data."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from jssl.ranges import Below1, NotNegative, Parts, Share, check


class SeriesView(NamedTuple):
    """One view of a series, whose channels have mean 0 and deviation 1. In this order; 0 and None cost nothing.

    The usual changes of what wearables measure (arXiv:1706.00527, arXiv:2011.11542).
    """

    crop: Parts | None = None
    """Range of the stretch that is kept, as a share of the length; stretched to the whole length."""
    scale: NotNegative = 0.0
    """Standard deviation of each channel's factor, whose mean is 1."""
    jitter: NotNegative = 0.0
    """Standard deviation of the noise that is added to each value."""
    drop: Below1 = 0.0
    """Probability that a channel is 0, its mean, all the time."""
    hide: Share = 0.0
    """Longest stretch of time that is 0 in all channels, as a share of the length."""


class TableView(NamedTuple):
    """One view of a row of a table, whose columns have mean 0 and deviation 1. In this order."""

    scale: NotNegative = 0.0
    """Standard deviation of each value's factor, whose mean is 1."""
    jitter: NotNegative = 0.0
    """Standard deviation of the noise that is added to each value."""
    drop: Below1 = 0.0
    """Probability that a value is 0, the mean of its column."""


class MeasuredRecipe(NamedTuple):
    """All views, and what makes channels or columns of mean 0 and deviation 1."""

    views: tuple[SeriesView, ...] | tuple[TableView, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]


_SENSORS = SeriesView(crop=(0.5, 1.0), scale=0.2, jitter=0.1, hide=0.2)
_COLUMNS = TableView(jitter=0.1, drop=0.3)
SERIES = {"plain": (SeriesView(),), "sensors": (_SENSORS, _SENSORS)}
"""One, untouched, for methods that compare no views; and two."""
TABLES = {"plain": (TableView(),), "columns": (_COLUMNS, _COLUMNS)}


def make_measured_recipe(
    name: str, known: Mapping[str, tuple], mean: tuple[float, ...], std: tuple[float, ...], **changes: Any
) -> MeasuredRecipe:
    """A recipe by name.

    Args:
        name: a key of `known`.
        known: `SERIES` or `TABLES`.
        mean, std: of each channel or column.
        changes: fields of the views, the same for all.

    Raises:
        ValueError: an unknown name or field, naming those there are; a number out of its range.
    """
    if name not in known:
        raise ValueError(f"recipe {name!r} is none of {', '.join(known)}")
    kind = type(known[name][0])
    if unknown := sorted(set(changes) - set(kind._fields)):
        raise ValueError(f"recipe {name!r} does not take {unknown}; it takes {sorted(kind._fields)}")
    check(kind, changes)
    changes = {key: tuple(x) if isinstance(x, list) else x for key, x in changes.items()}
    return MeasuredRecipe(tuple(view._replace(**changes) for view in known[name]), mean, std)
