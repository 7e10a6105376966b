"""Many linear probes at once equal as many of scikit-learn's."""

import numpy as np
import pytest
from scipy.stats import entropy as of_shares
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from jssl.evaluate import many
from jssl.evaluate.many import entropy, linear_probes, weighted_f1


def play(rng, n):
    """Features, and three bytes that depend on them; the third hardly."""
    x = rng.normal(size=(n, 6)).astype(np.float32)
    noise = rng.normal(size=(n, 3))
    bytes = [np.round(2 * x[:, 0] + 0.2 * noise[:, 0]) + 10, 200 + (x[:, 1] + x[:, 2] + 0.3 * noise[:, 1] > 0)]
    return x, np.stack([*bytes, rng.integers(0, 3, n)], axis=1).astype(np.uint8)


def test_equals_scikit_learn(rng, monkeypatch):
    monkeypatch.setattr(many, "L2_GRID", (1e-3,))
    (x, labels), (y, _) = play(rng, 300), play(rng, 200)
    told, l2 = linear_probes(x, labels, y, np.arange(300) < 60, iterations=500)
    centred = [(each - x.mean(0)) / np.sqrt(((x - x.mean(0)) ** 2).sum(1).mean()) for each in (x, y)]
    for i in range(3):
        theirs = LogisticRegression(C=1 / (l2 * 300), max_iter=2000, tol=1e-6).fit(centred[0], labels[:, i])
        assert np.mean(theirs.predict(centred[1]) == told[:, i]) > 0.99


@pytest.mark.slow
def test_the_penalty_is_chosen_on_what_is_held_out(rng):
    """Of labels that are noise and many features the strongest; held out are examples that the fit never saw."""
    x, labels = rng.normal(size=(200, 50)).astype(np.float32), rng.integers(0, 3, (200, 1))
    told, _ = linear_probes(x, labels, x, np.arange(200) < 40)
    assert np.mean(told == labels) > 0.4, "what was learnt from is told"
    x, labels = play(rng, 400)
    told, l2 = linear_probes(x[:300], labels[:300], x[300:], np.arange(300) < 60)
    assert l2 in many.L2_GRID and np.mean(told[:, 1] == labels[300:, 1]) > 0.85


def test_values_that_were_never_seen_are_never_told(rng):
    x, labels = play(rng, 100)
    told, _ = linear_probes(x, labels, 10 * x, np.arange(100) < 20)
    assert all(set(told[:, i]) <= set(labels[:, i]) for i in range(3))


@pytest.mark.parametrize("values", [2, 7])
def test_f1_is_scikit_learns(rng, values):
    labels, told = rng.integers(0, values, 50), rng.integers(0, values + 2, 50)
    assert weighted_f1(labels, told) == pytest.approx(f1_score(labels, told, average="weighted", zero_division=0))
    assert weighted_f1(labels, labels) == 1


def test_entropy_is_scipys(rng):
    labels = rng.integers(0, 5, (100, 2))
    labels[:, 1] = 7
    expected = of_shares(np.bincount(labels[:, 0]))
    np.testing.assert_allclose(entropy(labels), [expected, 0], atol=1e-12)
