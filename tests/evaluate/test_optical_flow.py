"""Masks carried on by optical flow, where OpenCV is installed."""

import sys

import numpy as np
import pytest

from jssl.errors import DataError
from jssl.evaluate.mask_scores import region
from jssl.evaluate.optical_flow import flow_masks


@pytest.mark.parametrize("channels", [1, 3])
def test_a_textured_square_is_followed(channels: int) -> None:
    pytest.importorskip("cv2")
    rng = np.random.default_rng(0)
    texture = rng.integers(0, 256, (5, 5, channels), np.uint8).repeat(4, axis=0).repeat(4, axis=1)
    clip, truth = np.full((6, 64, 64, channels), 90, np.uint8), np.zeros((6, 64, 64), np.uint8)
    for i in range(6):
        top, left = 10 + 3 * i, 12 + 2 * i
        clip[i, top : top + 20, left : left + 20], truth[i, top : top + 20, left : left + 20] = texture, 2
    masks = flow_masks(clip, truth[0])
    assert masks.shape == truth.shape and masks.dtype == np.uint8 and set(np.unique(masks)) == {0, 2}
    np.testing.assert_array_equal(masks[0], truth[0])
    followed, kept = (region(mask == 2, truth[5] == 2) for mask in (masks[5], truth[0]))
    assert followed > 0.7 > 0.2 > kept


def test_without_opencv_it_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(DataError, match=r'optical flow needs OpenCV: pip install "jssl\[flow\]"'):
        flow_masks(np.zeros((2, 8, 8, 1), np.uint8), np.zeros((8, 8), np.uint8))
