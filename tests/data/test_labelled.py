from itertools import islice

import numpy as np
import pytest

from jssl.data.labelled import draw_labels, labelled_batches
from jssl.data.source import NOTHING, labelled
from jssl.errors import DataError
from tests import made_up

LABELS = np.repeat(np.arange(3, dtype=np.int32), [50, 30, 20])
IMAGES = np.arange(100, dtype=np.uint8).reshape(100, 1, 1, 1)
SOURCE = made_up.pictures(IMAGES, LABELS, ("a", "b", "c"))


@pytest.mark.parametrize(("which", "counts"), [("all", [50, 30, 20]), ("10%", [5, 3, 2]), ("4 per class", [4, 4, 4])])
def test_labels_are_drawn_by_class_and_by_seed(which, counts):
    drawn = draw_labels(SOURCE, which, 1)
    assert np.bincount(LABELS[drawn.indices]).tolist() == counts
    np.testing.assert_array_equal(drawn.indices, draw_labels(SOURCE, which, 1).indices)
    if which != "all":
        assert not np.array_equal(drawn.indices, draw_labels(SOURCE, which, 2).indices)


@pytest.mark.parametrize(
    ("source", "which", "message"),
    [
        (SOURCE._replace(targets=NOTHING), "10%", "made up has no labels"),
        (SOURCE._replace(targets=labelled(LABELS, ("a", "b", "c", "d"))), "10%", r"no example of \['d'\]"),
        (SOURCE, "21 per class", "class 2 has only 20"),
        (SOURCE, "ten", '"ten" is not|\'ten\' is not understood; write "all"'),
        (SOURCE, "0%", "not in"),
    ],
)
def test_what_cannot_be_drawn_is_named(source, which, message):
    with pytest.raises(DataError, match=message):
        draw_labels(source, which, 0)


def test_every_label_comes_as_often_as_any_other():
    few = np.array([3, 7, 60, 90, 99])
    batches = list(islice(labelled_batches(SOURCE, few, batch_size=8, seed=0), 5))
    seen = np.concatenate([batch["index"] for batch in batches])
    assert np.unique(seen, return_counts=True)[1].tolist() == [8] * 5
    for batch in batches:
        np.testing.assert_array_equal(batch["image"].ravel(), batch["index"])
        np.testing.assert_array_equal(batch["label"], LABELS[batch["index"]])
    assert seen[:5].tolist() != seen[5:10].tolist()


def test_batches_depend_on_the_step_alone():
    few = np.arange(0, 100, 9)
    whole = list(islice(labelled_batches(SOURCE, few, batch_size=6, seed=3), 4))
    later = next(labelled_batches(SOURCE, few, batch_size=6, seed=3, start_step=3))
    np.testing.assert_array_equal(later["index"], whole[3]["index"])
    shares = [
        next(labelled_batches(SOURCE, few, batch_size=6, seed=3, process_index=i, process_count=2)) for i in (0, 1)
    ]
    np.testing.assert_array_equal(np.concatenate([share["index"] for share in shares]), whole[0]["index"])
