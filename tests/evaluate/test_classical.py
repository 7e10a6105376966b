"""PCA and k-means as encoders, against scikit-learn."""

import jax
import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from jssl.evaluate import rows
from jssl.evaluate.classical import classical, k_means, pca
from jssl.parallel import make_layout


@pytest.fixture(scope="module")
def digits():
    pixels = load_digits().data.astype(np.float32)
    return pixels[:1001], pixels[1001:1300]


@pytest.mark.parametrize("examples", [1001, 40])
def test_pca_is_scikit_learns_but_for_signs(digits, examples):
    train, test = digits[0][:examples], digits[1]
    found, peer = pca(train, 12)(test), PCA(12, svd_solver="full").fit(train).transform(test)
    np.testing.assert_allclose(np.abs(found), np.abs(peer), atol=2e-3 * np.abs(peer).max())


def test_k_means_is_as_tight_as_scikit_learns(digits):
    """Of so many centres each is at 0 or further; the average distance less the activation is the distance."""
    train, _ = digits
    near = k_means(train, 20)(train)
    peer = KMeans(20, init="random", n_init=1, random_state=0).fit(train)
    centres = np.stack([train[near.argmax(1) == i].mean(0) for i in range(20)])
    inertia = ((train - centres[near.argmax(1)]) ** 2).sum()
    assert inertia < 1.05 * peer.inertia_
    distance = np.linalg.norm(train[:, None] - centres[None], axis=2)
    assert np.mean(near.argmax(1) == distance.argmin(1)) > 0.97
    assert near.min() == 0 and np.mean(near > 0) == pytest.approx(0.5, abs=0.15)


@pytest.mark.slow
def test_eight_devices_fit_the_same(digits, monkeypatch):
    monkeypatch.setattr(rows, "FEW", 0)
    train, test = digits
    spread, one = (classical(train, layout=make_layout(devices=jax.devices()[:n])) for n in (8, 1))
    assert list(spread) == list(one) == ["PCA-64", "k-means-256"]
    for name, atol in (("PCA-64", 1e-2), ("k-means-256", 1e-2)):
        np.testing.assert_allclose(np.abs(spread[name](test))[:, :20], np.abs(one[name](test))[:, :20], atol=atol)


def test_names_say_what_little_data_gave():
    assert list(classical(np.eye(7, 5, dtype=np.float32))) == ["PCA-5", "k-means-7"]
