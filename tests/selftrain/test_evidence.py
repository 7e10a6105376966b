import numpy as np

from jssl.augment.recipes import make_recipe
from jssl.inputs.image import pictures
from jssl.selftrain.evidence import BINS, SHOWN, examples, histogram
from tests import made_up

IMAGES = np.random.default_rng(0).integers(0, 256, (300, 4, 4, 1), np.uint8)
TRUE = np.random.default_rng(1).integers(0, 3, 300).astype(np.int32)
POOL = made_up.pictures(IMAGES, TRUE, ("a", "b", "c"))
SEEN = pictures(make_recipe("digits", size=4))
PROBABILITIES = np.random.default_rng(2).dirichlet(np.full(3, 0.3), 300).astype(np.float32)


def test_confidence_is_counted_apart_for_right_and_wrong_labels():
    p = np.array([[0.06, 0.94], [0.5, 0.5], [1.0, 0.0], [0.28, 0.72]])
    found = histogram(p, np.array([1, 0, 1, 1]))
    right, wrong = (np.flatnonzero(found[kind]).tolist() for kind in ("right", "wrong"))
    assert BINS == 20 and right == [10, 14, 18] and wrong == [19]
    assert sum(found["right"]) == 3 and sum(found["wrong"]) == 1


def test_shown_are_the_surest_wrong_labels_and_right_ones_of_all_classes():
    among = np.arange(0, 300, 2)
    found = examples(SEEN, POOL, among, PROBABILITIES, 0.6)
    right = found["taken"] == found["label"]
    assert right.tolist() == [True] * SHOWN + [False] * SHOWN
    assert np.bincount(found["taken"][right]).tolist() == [7, 7, 6]
    assert found["confidence"].min() >= 0.6
    taken, sure = PROBABILITIES.argmax(1), PROBABILITIES.max(1)
    wrong = np.sort(sure[among][(taken != TRUE)[among]])[::-1]
    np.testing.assert_array_equal(found["confidence"][~right], wrong[:SHOWN])
    for image, label, confidence in zip(found["images"], found["label"], found["confidence"], strict=True):
        place = among[np.flatnonzero((IMAGES[among] == image).all((1, 2, 3)))]
        assert len(place) == 1 and TRUE[place[0]] == label and sure[place[0]] == confidence


def test_shown_is_what_there_is():
    surely = np.eye(3, dtype=np.float32)[TRUE]
    found = examples(SEEN, POOL, np.arange(5), surely, 0.9)
    assert len(found["images"]) == 5 and (found["taken"] == found["label"]).all()
    found = examples(SEEN, POOL, np.arange(5), np.roll(surely, 1, axis=1), 0.9)
    assert len(found["images"]) == 5 and (found["taken"] != found["label"]).all()
