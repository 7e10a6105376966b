"""Sparse features are scored as dense ones are, and as scikit-learn has it."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from jssl.evaluate.classical import classical, k_means, pca
from jssl.evaluate.knn import knn_accuracy
from jssl.evaluate.linear import DEFAULT_L2, L2_GRID, linear_probe
from jssl.evaluate.protocol import evaluate


@pytest.fixture(scope="module")
def digits():
    pixels, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    pixels, labels = pixels[order].astype(np.float32), labels[order]
    return pixels[:1000], labels[:1000], pixels[1000:], labels[1000:]


def sparse(train, labels, test, test_labels):
    return csr_array(train), labels, csr_array(test), test_labels


@pytest.mark.parametrize(("k", "temperature"), [(1, 0.07), (30, 0.05), (5000, 0.5)])
def test_knn_equals_that_of_dense_features(digits, k, temperature):
    noisy = (digits[0], digits[1], digits[2][:300, ::-1], digits[3][:300])  # turned upside down: many are told wrong
    dense = knn_accuracy(*noisy, k=k, temperature=temperature, classes=10)
    assert knn_accuracy(*sparse(*noisy), k=k, temperature=temperature, classes=10) == pytest.approx(dense, abs=1e-9)
    assert 0.05 < dense < 0.9


@pytest.mark.parametrize("l2", [1e-2, 1e-4])
def test_a_probe_is_scikit_learns(digits, l2):
    train, labels, test, asked = digits
    mean = train.mean(0)
    scale = np.sqrt(np.mean(np.sum((train - mean) ** 2, 1)))
    peer = LogisticRegression(C=1 / (l2 * len(train)), max_iter=5000).fit((train - mean) / scale, labels)
    found = linear_probe(*sparse(*digits), classes=10, l2=l2).accuracy
    assert found == pytest.approx(peer.score((test - mean) / scale, asked), abs=0.002)


@pytest.mark.slow
def test_a_probe_chooses_its_penalty_on_train_and_refits_on_all_of_it(digits):
    data = sparse(*digits)
    found = linear_probe(*data, classes=10)
    accuracies = {l2: linear_probe(*data, classes=10, l2=l2).accuracy for l2 in L2_GRID}
    assert found.accuracy == pytest.approx(accuracies[found.l2], abs=0.004)
    assert min(accuracies.values()) + 0.02 < found.accuracy and max(accuracies.values()) - 0.01 < found.accuracy


def test_a_probe_of_single_labels_and_of_classes_that_are_not_there(digits):
    few = [np.flatnonzero(digits[1] == c)[0] for c in range(9)]
    found = linear_probe(*sparse(digits[0][few], digits[1][few], *digits[2:]), classes=10)
    assert found.l2 == DEFAULT_L2 and 0.5 < found.accuracy < 0.9


@pytest.mark.parametrize("width", [64, 1500])
@pytest.mark.parametrize("examples", [1000, 40])
def test_components_are_scikit_learns_but_for_signs(digits, width, examples):
    """Both by all of them and by those asked for alone."""
    train, test = (np.pad(x, ((0, 0), (0, width - 64))) for x in (digits[0][:examples], digits[2]))
    found, peer = pca(csr_array(train), 12)(csr_array(test)), PCA(12, svd_solver="full").fit(train).transform(test)
    np.testing.assert_allclose(np.abs(found), np.abs(peer), atol=2e-3 * np.abs(peer).max())


def test_k_means_moves_as_that_of_dense_features(digits):
    train, test = digits[0], digits[2]
    dense, found = k_means(train, 20, seed=3)(test), k_means(csr_array(train), 20, seed=3)(csr_array(test))
    np.testing.assert_allclose(found, dense, atol=1e-3 * dense.max())


def test_few_examples_of_many_features(rng):
    """Fewer than there are components, as of a handful of texts."""
    x = csr_array(np.where(rng.random((9, 2000)) < 0.01, 1, 0).astype(np.float32))
    found = {name: transform(x) for name, transform in classical(x).items()}
    assert {name: y.shape for name, y in found.items()} == {"PCA-9": (9, 9), "k-means-9": (9, 9)}
    assert all(np.isfinite(y).all() for y in found.values())


@pytest.mark.slow
def test_the_protocol_takes_them(digits):
    train, labels, test, asked = sparse(*digits)
    results = evaluate({"counts": (train, test)}, labels, asked, classes=10, draws=1, fractions=(0.1,), per_class=3)
    found = {(row["task"], row["labels"]): row["mean"] for row in results["rows"]}
    assert found["kNN", "all"] == pytest.approx(knn_accuracy(*digits, classes=10), abs=1e-9)
    for task in ("kNN", "linear probe"):
        assert 0.5 < found[task, "3 per class"] < found[task, "10%"] < found[task, "all"]
