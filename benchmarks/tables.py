"""How the comparisons write their tables."""

from collections.abc import Iterable, Sequence

import numpy as np


def markdown(lines: Iterable[Sequence[str]]) -> str:
    """Rows of cells; the second row is the dashes below the header."""
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def spread(values: Sequence[float]) -> str:
    """The mean, and ± the sample standard deviation where there are several values; nothing of none."""
    if not values:
        return ""
    return f"{np.mean(values):.1f}" + (f" ± {np.std(values, ddof=1):.1f}" if len(values) > 1 else "")
