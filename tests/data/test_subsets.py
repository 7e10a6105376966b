import numpy as np
import pytest

from jssl.data.shuffle import permutation
from jssl.data.subsets import label_fraction, per_class

LABELS = np.repeat([0, 1, 2], [100, 50, 3])


def test_a_fraction_is_stratified_and_leaves_no_class_out():
    chosen = label_fraction(LABELS, 0.1, seed=0)
    assert np.bincount(LABELS[chosen]).tolist() == [10, 5, 1]
    assert len(np.unique(chosen)) == len(chosen)
    assert np.array_equal(label_fraction(LABELS, 1.0, seed=0), np.arange(153))


def test_per_class():
    chosen = per_class(LABELS, 3, seed=1)
    assert np.bincount(LABELS[chosen]).tolist() == [3, 3, 3]
    assert np.array_equal(chosen, per_class(LABELS, 3, seed=1))
    assert not np.array_equal(chosen, per_class(LABELS, 3, seed=2))


def test_what_cannot_be_drawn_is_refused_with_the_numbers():
    with pytest.raises(ValueError, match="4 examples per class asked for, but class 2 has only 3"):
        per_class(LABELS, 4, seed=0)
    with pytest.raises(ValueError, match="0 examples per class"):
        per_class(LABELS, 0, seed=0)
    with pytest.raises(ValueError, match=r"fraction=1.5 is not in \(0, 1\]"):
        label_fraction(LABELS, 1.5, seed=0)


def test_permutations_never_change():
    """Old checkpoints and published splits depend on these very numbers."""
    assert permutation(10, 0).tolist() == PERMUTED[0]
    assert permutation(10, 7, 3).tolist() == PERMUTED[1]
    assert sorted(permutation(1000, 5)) == list(range(1000))


PERMUTED = [[0, 2, 9, 1, 8, 5, 4, 3, 6, 7], [2, 5, 9, 7, 3, 0, 6, 8, 4, 1]]
