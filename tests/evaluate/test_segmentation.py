"""Segmentation from tokens, against scikit-learn and naive loops; objects cut out."""

import numpy as np
import pytest
from sklearn.metrics import jaccard_score

from jssl.evaluate.discovery import boxes_of, overlap, token_cut
from jssl.evaluate.linear import linear_classifier, linear_probe
from jssl.evaluate.segmentation import (
    NOTHING,
    at_every_pixel,
    classes_of_cells,
    confusion,
    knn_scores,
    mean_iou,
    on_a_grid,
)


def test_a_class_token_is_no_place(rng):
    tokens = rng.standard_normal((2, 10, 3))
    np.testing.assert_array_equal(on_a_grid(tokens), tokens[:, 1:].reshape(2, 3, 3, 3))
    assert on_a_grid(tokens[:, 1:]).shape == (2, 3, 3, 3)
    with pytest.raises(ValueError, match="8 tokens lie on no square grid"):
        on_a_grid(tokens[:, 2:])


@pytest.mark.parametrize("size", [12, 14])
def test_a_cell_is_of_its_commonest_class(size, rng):
    masks = rng.choice(np.array([0, 1, 2, NOTHING], np.uint8), (3, size, size))
    masks[0, :4, :4] = NOTHING
    found = classes_of_cells(masks, 4, 3)
    for n, row, column in np.ndindex(found.shape):
        inside = [
            masks[n, y, x]
            for y, x in np.ndindex(size, size)
            if ((y + 0.5) * 4 // size, (x + 0.5) * 4 // size) == (row, column) and masks[n, y, x] != NOTHING
        ]
        expected = np.bincount(inside, minlength=3).argmax() if inside else -1
        assert found[n, row, column] == expected
    assert found[0, 0, 0] == -1


def test_mean_iou_is_scikit_learns_over_the_classes_that_there_are(rng):
    truth, told = rng.choice([0, 1, 3], (2, 9, 9)), rng.integers(0, 5, (2, 9, 9))
    matrix = confusion(truth, told, 5)
    assert mean_iou(matrix) == pytest.approx(
        jaccard_score(truth.ravel(), told.ravel(), labels=[0, 1, 3], average="macro")
    )
    truth[0] = NOTHING
    assert confusion(truth, told, 5).sum() == 81
    assert mean_iou(confusion(truth[1:], truth[1:], 5)) == 1


def test_scores_are_interpolated_to_every_pixel():
    scores = np.zeros((1, 2, 2, 2), np.float32)
    scores[0, :, 1, 1], scores[0, :, 0, 0] = 1, 3
    told = at_every_pixel(scores, 8)
    # Between the cells' centres, at 1.5 and 5.5, the classes' scores 3 and 1 meet at three quarters of the way.
    np.testing.assert_array_equal(told[0], np.tile([0, 0, 0, 0, 0, 1, 1, 1], (8, 1)))


def test_neighbours_vote_as_the_naive_sum(rng):
    bank, labels, tokens = rng.standard_normal((30, 4)), rng.integers(0, 3, 30), rng.standard_normal((2, 2, 2, 4))
    found = knn_scores(bank, labels, tokens, classes=3, k=5, temperature=0.1)
    unit = bank / np.linalg.norm(bank, axis=1, keepdims=True)
    for place in np.ndindex(2, 2, 2):
        cosine = unit @ (tokens[place] / np.linalg.norm(tokens[place]))
        nearest = np.argsort(-cosine)[:5]
        expected = np.bincount(labels[nearest], np.exp(cosine[nearest] / 0.1), minlength=3)
        np.testing.assert_allclose(found[place], expected / expected.sum(), rtol=1e-4)


@pytest.mark.slow
def test_the_classifier_is_the_probe_s(rng):
    labels = rng.integers(0, 3, 400)
    features = (rng.standard_normal((400, 6)) * [5, 1, 1, 1, 1, 0.1] + 2 * np.eye(6)[labels] + 3).astype(np.float32)
    weights, bias = linear_classifier(features[:300], labels[:300], classes=3)
    told = (features[300:] @ weights.T + bias).argmax(1)
    probe = linear_probe(features[:300], labels[:300], features[300:], labels[300:], classes=3)
    assert np.mean(told == labels[300:]) == pytest.approx(probe.accuracy)


def test_an_object_is_cut_out_whole(rng):
    tokens = 0.05 * rng.standard_normal((8, 8, 5))
    tokens[..., 0] += 1
    tokens[2:5, 3:7] = [0, 1, 0, 0, 0]
    tokens[7, 0] = [0.5, 1, 0, 0, 0]  # like the object, and not beside it
    vector, box = token_cut(tokens)
    assert box == (2, 3, 5, 7)
    assert (vector[2:5, 3:7] > 0).all() and vector[0, 0] < 0
    alike, whole = token_cut(np.ones((4, 4, 3)))
    assert alike.shape == (4, 4) and whole[2] <= 4


def test_boxes_and_their_overlap():
    mask = np.zeros((6, 6), bool)
    mask[:2, :2] = mask[4, 3:] = True
    assert sorted(boxes_of(mask)) == [(0, 0, 2, 2), (4, 3, 5, 6)]
    assert overlap((0, 0, 2, 2), (1, 0, 3, 2)) == pytest.approx(2 / 6)
    assert overlap((0, 0, 2, 2), (2, 2, 3, 3)) == 0
