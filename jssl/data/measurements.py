"""What is known of series and tables: the mean and the deviation of each channel or column."""

from typing import Any

import numpy as np


def about(key: str, x: np.ndarray) -> dict[str, Any]:
    """What inputs ask a source of series or tables for, rounded so that every machine finds the same.

    Args:
        key: "series" or "table".
        x: numbers [n, ..., c], NaN where nothing was measured.

    Returns:
        {key_mean, key_std}, c numbers each: 0 and 1 of what was never measured, deviation 1 of what never changes.
    """
    rows = x.reshape(-1, x.shape[-1])
    there = ~np.isnan(rows)
    count = np.maximum(there.sum(0), 1)
    mean = np.where(there, rows, 0).sum(0, dtype=np.float64) / count
    square = (np.where(there, rows - mean[None], 0).astype(np.float64) ** 2).sum(0) / count
    mean, std = ([float(f"{value:.9g}") for value in values] for values in (mean, np.sqrt(square)))
    return {f"{key}_mean": mean, f"{key}_std": [value or 1.0 for value in std]}
