import numpy as np
import pytest

from jssl.selftrain.select import NothingKept, select


def probabilities(labels: list[int], confidence: list[float], classes: int = 3) -> np.ndarray:
    p = np.repeat((1 - np.array(confidence))[:, None] / (classes - 1), classes, axis=1)
    p[np.arange(len(labels)), labels] = confidence
    return p


LABELS, CONFIDENCE = [0, 0, 0, 0, 1, 1, 2, 2], [0.9, 0.6, 0.99, 0.8, 0.7, 0.95, 0.85, 0.4]


def test_every_class_has_exactly_so_many():
    found = select(probabilities(LABELS, CONFIDENCE), threshold=0.5, per_class=3)
    assert found.indices.tolist() == [0, 2, 3, 4, 5, 5, 6, 6, 6]  # the surest of 0; 1 and 2 are filled up, surest first
    counts = {"labelled": [4, 2, 2], "confident": [4, 2, 1], "unique": [3, 2, 1], "balanced": [3, 3, 3]}
    assert found.counts == counts


@pytest.mark.parametrize("seed", range(3))
def test_balance_of_random_pools(seed):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(5, 0.3), 400)
    found = select(p, threshold=0.6, per_class=37)
    labels = p[found.indices].argmax(1)
    assert np.bincount(labels).tolist() == [37] * 5
    assert p[found.indices].max(1).min() >= 0.6
    for label in range(5):  # nothing is repeated while a confident one is left out
        repeats = np.unique(found.indices[labels == label], return_counts=True)[1]
        assert repeats.max() - repeats.min() <= 1
        if repeats.max() > 1:
            assert len(repeats) == found.counts["confident"][label]


def test_without_balance_all_confident_ones_are_kept():
    found = select(probabilities(LABELS, CONFIDENCE), threshold=0.65, per_class=0)
    assert found.indices.tolist() == [0, 2, 3, 4, 5, 6]


def test_a_threshold_that_keeps_nothing_is_refused():
    p = probabilities(LABELS, CONFIDENCE)
    with pytest.raises(NothingKept, match=r"taken for c with a probability of 0\.9 .*highest is 0\.850"):
        select(p, threshold=0.9, per_class=2, classes=("a", "b", "c"))
    with pytest.raises(NothingKept, match=r"taken for 0, 1, 2"):
        select(p, threshold=1.01, per_class=0)


def test_a_class_that_is_never_taken_is_no_matter_of_the_threshold():
    with pytest.raises(NothingKept, match=r"for b with .* at all: train the teacher for longer"):
        select(np.array([[0.9, 0.1], [0.8, 0.2]]), threshold=0.1, per_class=1, classes=("a", "b"))
