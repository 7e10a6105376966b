"""The linear probe against scikit-learn."""

import jax
import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from benchmarks.hlo import collectives
from jssl.evaluate import rows
from jssl.evaluate.linear import DEFAULT_L2, L2_GRID, Probe, _program, linear_probe
from jssl.evaluate.rows import AT_A_TIME
from jssl.parallel import make_layout


@pytest.fixture(scope="module")
def digits():
    pixels, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    pixels, labels = pixels[order].astype(np.float32), labels[order]
    return pixels[:1000], labels[:1000], pixels[1000:], labels[1000:]


def peer(train, labels, test, test_labels, l2):
    """scikit-learn on features scaled as the probe scales them."""
    mean = train.mean(0)
    scale = np.sqrt(np.mean(np.sum((train - mean) ** 2, 1)))
    model = LogisticRegression(C=1 / (l2 * len(train)), max_iter=5000, tol=1e-6)
    model.fit((train - mean).astype(np.float64) / scale, labels)
    return model.score((test - mean).astype(np.float64) / scale, test_labels)


@pytest.mark.parametrize("l2", [1e-2, 1e-4, 1e-5])
def test_equals_scikit_learn(digits, l2):
    probe = linear_probe(*digits, classes=10, l2=l2)
    assert probe.l2 == pytest.approx(l2)
    assert probe.accuracy == pytest.approx(peer(*digits, l2), abs=0.002)


@pytest.mark.slow
def test_equals_scikit_learn_with_fewer_examples_than_features(digits):
    train, labels, test, test_labels = digits
    few = train[:50], labels[:50], test, test_labels
    assert linear_probe(*few, classes=10, l2=1e-3).accuracy == pytest.approx(peer(*few, 1e-3), abs=0.002)


@pytest.mark.slow
def test_chooses_l2_on_train_and_refits_on_all_of_it(digits):
    probe = linear_probe(*digits, classes=10)
    accuracies = {l2: linear_probe(*digits, classes=10, l2=l2).accuracy for l2 in L2_GRID}
    # The search comes to each penalty from a stronger one, and stops within the tolerance of the same optimum.
    assert probe.accuracy == pytest.approx(accuracies[probe.l2], abs=0.002)
    assert probe.accuracy > max(accuracies.values()) - 0.01
    assert probe.accuracy > min(accuracies.values()) + 0.02


def test_does_not_depend_on_scale_shift_or_rotation(digits, rng):
    train, labels, test, test_labels = digits
    rotation = np.linalg.qr(rng.normal(size=(64, 64)))[0].astype(np.float32)
    moved = (30 * train @ rotation + 5, labels, 30 * test @ rotation + 5, test_labels)
    expected = linear_probe(*digits, classes=10, l2=1e-4).accuracy
    assert linear_probe(*moved, classes=10, l2=1e-4).accuracy == pytest.approx(expected, abs=0.002)


@pytest.mark.slow
@pytest.mark.parametrize("per_class", [1, 2, 10])
def test_works_with_few_labels(digits, per_class):
    train, labels, test, test_labels = digits
    chosen = np.concatenate([np.flatnonzero(labels == c)[:per_class] for c in range(10)])
    probe = linear_probe(train[chosen], labels[chosen], test, test_labels, classes=10)
    assert probe.accuracy > {1: 0.5, 2: 0.6, 10: 0.85}[per_class]
    assert per_class > 1 or probe.l2 == pytest.approx(DEFAULT_L2)


@pytest.mark.slow
def test_learns_nothing_from_permuted_labels(digits, rng):
    train, labels, test, test_labels = digits
    assert linear_probe(train, rng.permutation(labels), test, test_labels, classes=10).accuracy < 0.2


@pytest.mark.slow
def test_classes_without_examples_are_never_predicted(digits):
    train, labels, test, test_labels = digits
    kept = labels != 3
    probe = linear_probe(train[kept], labels[kept], test, test_labels, classes=10, l2=1e-4)
    assert probe.accuracy < 1 - 0.9 * np.mean(test_labels == 3)


@pytest.mark.slow
def test_constant_features_give_the_commonest_class():
    labels = np.array([0] * 30 + [1] * 70)
    constant = np.ones((100, 5), np.float32)
    assert linear_probe(constant, labels, constant, labels, classes=2) == Probe(pytest.approx(0.7), L2_GRID[0])


def test_refuses_missing_labels(digits):
    train, _, test, test_labels = digits
    with pytest.raises(ValueError, match="no labels"):
        linear_probe(train, None, test, test_labels, classes=10)


@pytest.mark.slow
@pytest.mark.parametrize("devices", [1, 8])
def test_odd_sizes_imbalance_and_chunks_equal_scikit_learn_on_any_number_of_devices(devices, rng, monkeypatch):
    """Chunks of 64 rows, of which the last overlaps; 1 of 60 examples is of the rarest class."""
    monkeypatch.setattr(rows, "FEW", 0)
    monkeypatch.setattr(rows, "AT_A_TIME", 64 * 4)
    labels = rng.choice(4, 1237, p=[0.6, 0.3, 0.083, 0.017])
    features = (rng.normal(size=(4, 7))[labels] + rng.normal(size=(1237, 7))).astype(np.float32)
    data = features[:806], labels[:806], features[806:], labels[806:]
    layout = make_layout(devices=jax.devices()[:devices])
    _program.cache_clear()  # compiled for other chunks
    found = linear_probe(*data, classes=4, l2=1e-3, layout=layout)
    _program.cache_clear()
    assert found.accuracy == pytest.approx(peer(*data, 1e-3), abs=0.003)


@pytest.mark.slow
def test_memory_does_not_grow_with_penalties_or_classes_times_examples_and_no_features_cross_the_wire():
    n, d, classes, layout = 40_000, 64, 200, make_layout()
    shapes = [jax.ShapeDtypeStruct(shape, kind, sharding=layout.rows) for shape, kind in (
        ((n, d), np.float32), ((n,), np.int32), ((n,), np.int32), ((800, d), np.float32), ((800,), np.int32)
    )]  # fmt: skip
    done = _program(layout, classes, 1).lower(*shapes, np.array(L2_GRID, np.float32)).compile()
    mine = 4 * n * d // 8
    logits = 4 * n * classes // 8
    weights = 4 * (d + 1) * classes
    assert done.memory_analysis().temp_size_in_bytes < 2 * mine + 5 * min(logits, 4 * AT_A_TIME) + 40 * weights
    assert max(c.bytes for c in collectives(done.as_text())) < 1.1 * weights
