import itertools

import numpy as np
import pytest

from jssl.evaluate.matching import matched_accuracy


def test_names_are_given_as_well_as_they_can_be() -> None:
    rng = np.random.default_rng(0)
    categories, labels = rng.integers(0, 4, 50), rng.integers(0, 4, 50)
    best = max((np.array(names)[categories] == labels).mean() for names in itertools.permutations(range(4)))
    assert matched_accuracy(categories, labels) == pytest.approx(best)
    assert matched_accuracy(3 - labels, labels) == 1


def test_one_category_stands_for_one_label_whatever_their_numbers() -> None:
    assert matched_accuracy(np.zeros(4, int), np.array([0, 1, 1, 2])) == 0.5
    assert matched_accuracy(np.array([5, 5, 2, 3]), np.array([0, 0, 1, 1])) == 0.75
    with pytest.raises(ValueError, match="as many categories as labels"):
        matched_accuracy(np.zeros(3, int), np.zeros(4, int))
