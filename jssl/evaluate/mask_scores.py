"""How well a mask fits the true one: region and contour, as DAVIS scores them (Perazzi et al., CVPR 2016)."""

import numpy as np
from scipy.ndimage import binary_dilation

BOUND = 0.008
"""How far a contour may be off, over the diagonal of the picture."""


def region(mask: np.ndarray, truth: np.ndarray) -> float:
    """J: pixels of both over pixels of either, bool [h, w] each; 1 where neither has any."""
    either = np.sum(mask | truth)
    return float(np.sum(mask & truth) / either) if either else 1.0


def contour(mask: np.ndarray, truth: np.ndarray, bound: float = BOUND) -> float:
    """F: the harmonic mean of the shares of each contour's pixels that lie near the other one, bool [h, w] each.

    Near is within a disk of `bound` times the diagonal, rounded up to whole pixels, as DAVIS matches contours by
    dilating them. Of no contour at all, all is near.
    """
    mine, theirs = _contour(mask), _contour(truth)
    disk = _disk(int(np.ceil(bound * np.linalg.norm(mask.shape))))
    precision, recall = _near(mine, theirs, disk), _near(theirs, mine, disk)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def score(masks: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """J and F of every object that the first frame shows, float [objects] each: means over frames.

    Neither the first frame, which is given, nor the last counts, as in DAVIS 2017.

    Args:
        masks: int [t, h, w], t at least 3: 0 or the number of the object a pixel is of.
        truth: likewise.
    """
    found = [
        [
            [score(mask == number, true == number) for score in (region, contour)]
            for mask, true in zip(masks[1:-1], truth[1:-1], strict=True)
        ]
        for number in np.unique(truth[0][truth[0] > 0])
    ]
    by_object = np.array(found, np.float64).reshape(len(found), -1, 2).mean(1)
    return by_object[:, 0], by_object[:, 1]


def _contour(mask: np.ndarray) -> np.ndarray:
    """Pixels that differ from the one to the right, below, or both; what lies outside is like the border."""
    padded = np.pad(mask, ((0, 1), (0, 1)), mode="edge")
    return (mask != padded[1:, :-1]) | (mask != padded[:-1, 1:]) | (mask != padded[1:, 1:])


def _disk(radius: int) -> np.ndarray:
    rows, columns = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return rows**2 + columns**2 <= radius**2


def _near(contour: np.ndarray, other: np.ndarray, disk: np.ndarray) -> float:
    """Share of a contour's pixels within the disk around some of the other's."""
    count = contour.sum()
    return float(np.sum(contour & binary_dilation(other, disk)) / count) if count else 1.0
