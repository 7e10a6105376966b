"""Masks carried on by optical flow, which needs no learning: DIS (arXiv:1603.03590), of OpenCV."""

import importlib
from itertools import pairwise
from typing import Any

import numpy as np

from jssl.errors import DataError

SMALLEST = 128
"""Pixels along a side below which frames are enlarged: DIS looks at patches of 8 on grids of up to a sixteenth."""


def library() -> Any:
    """OpenCV.

    Raises:
        DataError: it is not installed.
    """
    try:
        return importlib.import_module("cv2")
    except ImportError as error:
        raise DataError('optical flow needs OpenCV: pip install "jssl[flow]"') from error


def flow_masks(clip: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Each pixel has the number of the one that it came from in the frame before, uint8 [t, h, w].

    Args:
        clip: uint8 [t, h, w, 1 or 3].
        first: the mask of the first frame, uint8 [h, w].

    Raises:
        DataError: as `library`.
    """
    cv2 = library()
    h, w = first.shape
    scale = -(-SMALLEST // min(h, w))
    grey = clip[..., 0] if clip.shape[-1] == 1 else [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in clip]
    frames = [cv2.resize(frame, (scale * w, scale * h), interpolation=cv2.INTER_LINEAR) for frame in grey]
    estimate = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    rows, columns = np.mgrid[:h, :w]
    masks = [first]
    for before, now in pairwise(frames):
        back = cv2.resize(estimate.calc(now, before, None), (w, h), interpolation=cv2.INTER_AREA) / scale
        y = np.clip(np.round(rows + back[..., 1]), 0, h - 1).astype(int)
        x = np.clip(np.round(columns + back[..., 0]), 0, w - 1).astype(int)
        masks.append(masks[-1][y, x])
    return np.stack(masks).astype(np.uint8)
