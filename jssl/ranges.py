"""Ranges: the numbers that an argument takes, said once where it is declared, and read here for every factory.

`def simclr(..., temperature: Positive = 0.5)`: the annotation is what is checked, `temperature=-1` is refused by name.
"""

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin


class Range(NamedTuple):
    """From `low` to `high`, or only above and below them."""

    low: float = -math.inf
    high: float = math.inf
    above: bool = False
    """`low` itself is not in it."""
    below: bool = False
    """`high` itself is not in it."""

    def __contains__(self, number: Any) -> bool:
        low = number > self.low if self.above else number >= self.low
        return low and (number < self.high if self.below else number <= self.high)

    def __str__(self) -> str:
        low = "" if self.low == -math.inf else f"{'above' if self.above else 'at least'} {self.low:g}"
        high = "" if self.high == math.inf else f"{'below' if self.below else 'at most'} {self.high:g}"
        return " and ".join(filter(None, (low, high)))


class Rising:
    """Of two numbers, that the second is not below the first."""


Positive = Annotated[float, Range(0, above=True)]
NotNegative = Annotated[float, Range(0)]
Share = Annotated[float, Range(0, 1)]
Below1 = Annotated[float, Range(0, 1, below=True)]
"""Of momenta and dropped shares, where 1 would leave nothing."""
Portion = Annotated[float, Range(0, 1, above=True, below=True)]
"""Neither nothing nor all."""
Count = Annotated[int, Range(1)]
Natural = Annotated[int, Range(0)]
Whole = Annotated[int, Range()]
"""Any whole number."""
Seed = Annotated[int, Range(0, 2**31, below=True)]
"""What fits an int32."""
Part = Annotated[float, Range(0, 1, above=True)]
"""More than nothing, and all at most."""
Span = Annotated[tuple[Share, Share], Rising]
Parts = Annotated[tuple[Part, Part], Rising]
Positives = Annotated[tuple[Positive, Positive], Rising]
Free = Annotated[float, Range()]
"""Any finite number."""


def check(factory: Callable, options: Mapping[str, Any]) -> None:
    """Refuse options that are out of the ranges of a factory's arguments; of unknown ones it says nothing.

    Raises:
        ValueError: naming the argument, its value and what it must be.
    """
    for name, parameter in inspect.signature(factory).parameters.items():
        if name in options:
            check_value(name, options[name], parameter.annotation)


def check_keywords(factory: Callable, options: Mapping[str, Any]) -> None:
    """Refuse options that are no keyword-only arguments of a factory, or out of their ranges.

    Raises:
        ValueError: naming the unknown keys and the accepted ones, or as `check`.
    """
    accepted = sorted(keywords(factory))
    if unknown := sorted(set(options) - set(accepted)):
        takes = f"it takes {', '.join(accepted)}" if accepted else "it takes none of its own"
        raise ValueError(f"unknown {', '.join(unknown)}; {takes}")
    check(factory, options)


def keywords(factory: Callable) -> dict[str, inspect.Parameter]:
    """The keyword-only arguments of a factory, by their names."""
    parameters = inspect.signature(factory).parameters.values()
    return {each.name: each for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY}


def check_value(name: str, value: Any, annotation: Any) -> None:
    """Refuse one value that is not what its annotation says.

    Raises:
        ValueError: naming it and what it must be.
    """
    if wanted := _wanted(value, annotation):
        raise ValueError(f"{name}={value!r} must be {wanted}")


def alternatives(annotation: Any) -> tuple[Any, ...]:
    """The plain types of an annotation, without ranges: (float, NoneType) of `Positive | None`."""
    if get_origin(annotation) is Annotated:
        return alternatives(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return tuple(kind for each in get_args(annotation) for kind in alternatives(each))
    return (annotation,)


def _wanted(value: Any, annotation: Any) -> str:
    """What the value must be; "" where it is that, or where the annotation says nothing of numbers."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        kind, *said = arguments
        if wanted := _wanted(value, kind):
            ranges = [str(each) for each in said if isinstance(each, Range) and str(each)]
            return " ".join([wanted, *ranges])
        for each in said:
            if isinstance(each, Range) and value not in each:
                return str(each)
            if each is Rising and value[0] > value[1]:
                return "two numbers, the second not below the first"
        return ""
    if origin in (Union, UnionType):
        found = [_wanted(value, each) for each in arguments]
        return "" if "" in found else " or ".join(filter(None, found))
    if annotation is NoneType:
        return "" if value is None else "None"
    if annotation is int:
        return "" if isinstance(value, int) and not isinstance(value, bool) else "a whole number"
    if annotation is float:
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        return "" if number else "a finite number"
    if annotation is str:
        return "" if isinstance(value, str) else "a text"
    if isinstance(annotation, type) and hasattr(annotation, "_fields"):  # of a NamedTuple, by place or as it is
        fields = list(annotation.__annotations__.items())[: len(value) if isinstance(value, Sequence) else 0]
        found = [(name, _wanted(part, kind)) for (name, kind), part in zip(fields, value or (), strict=False)]
        return next((f"such that {name} is {wanted}" for name, wanted in found if wanted), "")
    if origin in (Sequence, tuple) and _numeric(annotation):
        return _wanted_of_each(value, origin, arguments)
    return ""


def _wanted_of_each(value: Any, origin: Any, arguments: tuple[Any, ...]) -> str:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return "a sequence of numbers"
    each = arguments
    if origin is Sequence or arguments[-1] is Ellipsis:
        each = (arguments[0],) * len(value)
    if len(each) != len(value):
        return f"{len(each)} numbers"
    found = [_wanted(part, kind) for part, kind in zip(value, each, strict=True)]
    return next((f"numbers, each {wanted}" for wanted in found if wanted), "")


def _numeric(annotation: Any) -> bool:
    """Whether numbers are all that it is made of."""
    parts = [part for part in get_args(annotation) if part is not Ellipsis]
    return bool(parts) and all(set(alternatives(part)) <= {int, float, NoneType} for part in parts)
