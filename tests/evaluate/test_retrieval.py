"""Retrieval and pairs, by hand."""

import numpy as np
import pytest

from jssl.evaluate.retrieval import across, pair_accuracy, recall, recall_by_chance

SCORES = np.array([[3.0, 1.0, 2.0], [5.0, 4.0, 0.0], [1.0, 2.0, 0.0]])
OWN = np.eye(3, dtype=bool)


def test_recall_by_hand() -> None:
    # Each one's own is first, second and third.
    assert [recall(SCORES, OWN, k) for k in (1, 2, 3)] == [1 / 3, 2 / 3, 1.0]
    labels = np.array([0, 0, 1])
    assert recall(SCORES, labels[:, None] == labels[None], 1) == 2 / 3


def test_ties_are_no_success() -> None:
    assert recall(np.zeros((3, 3)), OWN, 1) == recall(np.zeros((3, 3)), OWN, 2) == 0
    assert recall(np.zeros((3, 3)), OWN, 3) == 1


def test_chance_is_what_random_orders_find() -> None:
    relevant = np.array([[True, False, False, False, True], [False, True, False, False, False]])
    assert recall_by_chance(relevant, 2) == pytest.approx((1 - 3 / 10 + 2 / 5) / 2)
    rng = np.random.default_rng(0)
    tried = [recall(rng.random(relevant.shape), relevant, 2) for _ in range(4000)]
    assert np.mean(tried) == pytest.approx(recall_by_chance(relevant, 2), abs=0.02)


def test_pair_accuracy_weighs_both_kinds_the_same() -> None:
    assert pair_accuracy(np.where(OWN, 1.0, -1.0)) == 1.0
    assert pair_accuracy(np.where(OWN, -1.0, 1.0)) == 0.0
    assert pair_accuracy(np.ones((4, 4))) == pair_accuracy(-np.ones((4, 4))) == 0.5
    # What one sense alone says is the same for all of a row.
    assert pair_accuracy(np.repeat([[1.0], [-1.0], [1.0]], 3, axis=1)) == pytest.approx(0.5)
    assert pair_accuracy(SCORES - 2.5) == pytest.approx((2 / 3 + 5 / 6) / 2)


def test_rows() -> None:
    rows = across(SCORES, ("image", "sound"))
    assert [row["task"] for row in rows] == [
        "belong together", "image → sound, same example, R@1", "sound → image, same example, R@1",
    ]  # fmt: skip
    assert [row["mean"] for row in rows[1:]] == [1 / 3, 1 / 3]
    assert rows[1]["chance"] == pytest.approx(1 / 3)
    named = across(SCORES, ("image", "sound"), np.array([0, 0, 1]), "digit")
    assert [row["task"] for row in named] == ["image → sound, same digit, R@1", "sound → image, same digit, R@1"]
    assert [row["mean"] for row in named] == [2 / 3, 2 / 3]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: recall(SCORES, OWN[:2], 1), "alike"),
        (lambda: recall(SCORES, OWN, 0), "at least 1"),
        (lambda: recall(SCORES, OWN & False, 1), "no recall"),
        (lambda: pair_accuracy(SCORES[:2]), "n x n"),
        (lambda: pair_accuracy(SCORES[:1, :1]), "at least 2"),
    ],
)
def test_refusals(call: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()
