"""Weighted kNN against its limits and scikit-learn."""

import jax
import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from jssl.evaluate import knn, rows
from jssl.evaluate.knn import knn_accuracy
from jssl.parallel import make_layout


def blobs(rng, n, classes=4, d=10, noise=1.5):
    centers = np.random.default_rng(7).normal(size=(classes, d))
    labels = rng.integers(0, classes, n)
    return (centers[labels] + noise * rng.normal(size=(n, d))).astype(np.float32), labels


@pytest.fixture
def data(rng):
    return *blobs(rng, 300), *blobs(rng, 270)


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


@pytest.mark.parametrize("temperature", [0.01, 0.07, 100.0])
def test_one_neighbour_decides_at_any_temperature(data, temperature):
    train, labels, test, test_labels = data
    nearest = np.argmax(unit(test) @ unit(train).T, axis=1)
    expected = np.mean(labels[nearest] == test_labels)
    assert 0.3 < expected < 0.95
    assert knn_accuracy(*data, k=1, temperature=temperature, classes=4) == pytest.approx(expected)


@pytest.mark.parametrize("temperature", [0.05, 0.5])
def test_equals_scikit_learn(data, temperature):
    train, labels, test, test_labels = data
    peer = KNeighborsClassifier(30, metric="cosine", weights=lambda distance: np.exp((1 - distance) / temperature))
    expected = peer.fit(train, labels).score(test, test_labels)
    assert knn_accuracy(*data, k=30, temperature=temperature, classes=4) == pytest.approx(expected, abs=1e-9)


def test_is_the_majority_vote_at_high_temperature(data):
    expected = KNeighborsClassifier(15, metric="cosine").fit(data[0], data[1]).score(data[2], data[3])
    assert knn_accuracy(*data, k=15, temperature=1e5, classes=4) == pytest.approx(expected, abs=0.008)


def test_weights_matter_where_the_majority_is_far():
    train = np.array([[1, 0], [0.6, 0.8], [0.6, -0.8]], np.float32)
    labels, query = np.array([0, 1, 1]), np.array([[5, 0]], np.float32)
    assert knn_accuracy(train, labels, query, np.array([0]), k=3, temperature=0.1, classes=2) == 1.0
    assert knn_accuracy(train, labels, query, np.array([1]), k=3, temperature=10.0, classes=2) == 1.0


def test_finds_itself_and_clips_k(data):
    train, labels = data[:2]
    assert knn_accuracy(train, labels, train, labels, k=1, classes=4) == 1.0
    few = train[:7], labels[:7], data[2], data[3]
    assert knn_accuracy(*few, k=200, classes=4) == knn_accuracy(*few, k=7, classes=4)


def test_knows_nothing_from_permuted_labels(data, rng):
    train, labels, test, test_labels = data
    assert knn_accuracy(train, rng.permutation(labels), test, test_labels, classes=4) < 0.35


def test_tiny_temperatures_and_zero_features_stay_finite(data):
    train, labels, test, test_labels = data
    sharp = knn_accuracy(*data, k=20, temperature=1e-4, classes=4)
    assert sharp == pytest.approx(knn_accuracy(*data, k=1, classes=4), abs=0.02)
    assert knn_accuracy(np.zeros_like(train), labels, test, test_labels, classes=4) < 0.5


def test_says_what_is_wrong_with_the_labels(data):
    train, labels, test, test_labels = data
    with pytest.raises(ValueError, match="train split has no labels"):
        knn_accuracy(train, None, test, test_labels, classes=4)
    with pytest.raises(ValueError, match="train: 300 features and 299 labels"):
        knn_accuracy(train, labels[1:], test, test_labels, classes=4)
    with pytest.raises(ValueError, match="test: labels go from 0 to 3, not within 0 to 2"):
        knn_accuracy(train, np.minimum(labels, 2), test, test_labels, classes=3)


def test_devices_and_chunks_change_nothing(data, monkeypatch):
    expected = knn_accuracy(*data, classes=4)
    monkeypatch.setattr(rows, "FEW", 0)
    monkeypatch.setattr(knn, "QUERIES", 16)
    monkeypatch.setattr(rows, "AT_A_TIME", 16 * 64)
    monkeypatch.setattr(knn, "AT_A_TIME", 16 * 64)
    for devices in (1, 8, 6):
        assert knn_accuracy(*data, classes=4, layout=make_layout(devices=jax.devices()[:devices])) == expected
