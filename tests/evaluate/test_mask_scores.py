"""Region and contour scores, beside those of DAVIS's own code."""

from pathlib import Path

import numpy as np
import pytest

from jssl.evaluate.mask_scores import contour, region, score


def square(top: int, left: int, side: int, size: int = 40) -> np.ndarray:
    mask = np.zeros((size, size), bool)
    mask[top : top + side, left : left + side] = True
    return mask


def test_equals_davis() -> None:
    with np.load(Path(__file__).parents[1] / "fixtures" / "davis.npz") as file:
        recorded = dict(file)
    truth, masks = recorded["truth"], recorded["masks"]
    assert recorded["J"].std() > 0.05 and (recorded["J"] == 0).any() and (recorded["F"] == 1).any()
    for number in (1, 2):
        pairs = list(zip(masks == number, truth == number, strict=True))
        np.testing.assert_allclose([region(*pair) for pair in pairs], recorded["J"][number - 1], rtol=1e-12)
        np.testing.assert_allclose([contour(*pair) for pair in pairs], recorded["F"][number - 1], rtol=1e-12)
    j, f = score(masks, truth)
    np.testing.assert_allclose(j, recorded["J"][:, 1:-1].mean(1))
    np.testing.assert_allclose(f, recorded["F"][:, 1:-1].mean(1))


def test_by_hand() -> None:
    one, moved = square(10, 10, 10), square(10, 15, 10)
    assert region(one, moved) == pytest.approx(50 / 150) and region(one, one) == contour(one, one) == 1.0
    nothing = np.zeros_like(one)
    assert region(nothing, nothing) == contour(nothing, nothing) == 1.0
    assert region(one, nothing) == contour(one, nothing) == contour(nothing, one) == 0.0
    assert contour(one, square(11, 10, 10)) == 1.0 > region(one, square(11, 10, 10))  # 1 pixel of a diagonal of 57
    assert contour(one, square(20, 25, 8)) == 0.0


def test_an_object_that_comes_later_and_the_first_and_last_frame_do_not_count() -> None:
    truth = np.stack([square(10, 10 + i, 10) for i in range(4)]).astype(np.uint8)
    truth[2:, 30:38, 30:38] = 5
    masks = truth.copy()
    masks[0], masks[-1] = 0, 0
    assert [x.tolist() for x in score(masks, truth)] == [[1.0], [1.0]]
    masks[1] = 0
    assert [x.tolist() for x in score(masks, truth)] == [[0.5], [0.5]]
