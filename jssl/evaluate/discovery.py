"""Objects found without labels: TokenCut (Wang et al. 2022, arXiv:2202.11539)."""

import numpy as np
from scipy.linalg import eigh
from scipy.ndimage import find_objects, label

SIMILAR, ELSE = 0.2, 1e-5
"""Two tokens whose cosine is at least this are joined by 1, and others by hardly anything."""

Box = tuple[int, int, int, int]
"""top, left, bottom, right; the last two lie outside."""


def token_cut(tokens: np.ndarray) -> tuple[np.ndarray, Box]:
    """The one object of a picture: the normalised cut of its tokens [g, g, d] in two.

    The second smallest eigenvector of (D - W) y = l D y is cut at its mean. The object is the side with the largest
    entry by its absolute value, of which the connected part around that entry is kept.

    Returns:
        The eigenvector [g, g], positive on the object, and the box around the object in cells.
    """
    side = tokens.shape[0]
    flat = tokens.reshape(side * side, -1).astype(np.float64)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12)
    joined = np.where(flat @ flat.T >= SIMILAR, 1.0, ELSE)
    degree = np.diag(joined.sum(1))
    _, vectors = eigh(degree - joined, degree, subset_by_index=[0, 1])
    vector = vectors[:, 1] - vectors[:, 1].mean()
    seed = int(np.abs(vector).argmax())
    vector *= np.sign(vector[seed]) or 1.0
    parts, _ = label((vector > 0).reshape(side, side))
    own = parts.reshape(-1)[seed]
    if not own:  # nothing tells two tokens apart
        return vector.reshape(side, side), (0, 0, side, side)
    rows, columns = find_objects((parts == own).astype(int))[0]
    return vector.reshape(side, side), (rows.start, columns.start, rows.stop, columns.stop)


def boxes_of(foreground: np.ndarray) -> list[Box]:
    """The boxes around the connected parts of a mask, bool [h, w]."""
    return [(r.start, c.start, r.stop, c.stop) for r, c in find_objects(label(foreground)[0])]


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes."""
    height, width = (max(min(a[i + 2], b[i + 2]) - max(a[i], b[i]), 0) for i in (0, 1))
    area = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return height * width / (area - height * width)
