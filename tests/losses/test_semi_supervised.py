from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.losses.semi_supervised import batch_hard_triplet, consistency, pseudo_label


@pytest.fixture(scope="module")
def recorded():
    with np.load(Path(__file__).parents[1] / "fixtures" / "semi_supervised.npz") as file:
        return dict(file)


@pytest.fixture
def logits(rng):
    return tuple(jnp.asarray(rng.normal(size=(9, 5)) * 3, jnp.float32) for _ in range(2))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def close(ours, recorded, name):
    value, gradient = ours
    np.testing.assert_allclose(value, recorded[name], rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(gradient, recorded[f"{name}/gradient"], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("threshold", "counted"), [(0.5, 13), (0.8, 8), (0.95, 4), (1.01, 0)])
def test_pseudo_label_is_torch_ssls(recorded, threshold, counted):
    weak, strong = recorded["weak"], recorded["strong"]
    (value, share), gradient = jax.value_and_grad(lambda x: pseudo_label(weak, x, threshold), has_aux=True)(strong)
    close((value, gradient), recorded, f"fixmatch/{threshold}")
    assert float(share) == recorded[f"fixmatch/{threshold}/share"] == np.float32(counted / 13)


def test_a_probability_that_equals_the_threshold_counts(recorded):
    weak, strong = recorded["weak"][:1], recorded["strong"][:1]
    assert softmax(weak).max() == 0.5
    assert float(pseudo_label(weak, strong, 0.5)[1]) == 1
    assert pseudo_label(weak, strong, float(np.nextafter(np.float32(0.5), 1))) == (0.0, 0.0)
    assert float(pseudo_label(jnp.array([[200.0, 0.0]]), jnp.zeros((1, 2)), 1.0)[1]) == 1


def test_consistency_is_mean_teachers(recorded):
    ours = jax.value_and_grad(lambda x: consistency(recorded["weak"], x))(recorded["strong"])
    close(ours, recorded, "mean_teacher")


def test_triplets_are_pytorch_metric_learnings(recorded):
    groups = recorded["groups"]
    ours = jax.value_and_grad(lambda x: batch_hard_triplet(x, groups, x, groups))(recorded["embeddings"])
    close(ours, recorded, "triplet")


def test_pseudo_label_by_hand(logits):
    weak, strong = map(np.asarray, logits)
    p, q = softmax(weak), softmax(strong)
    expected = sum(-np.log(q[i, p[i].argmax()]) for i in range(9) if p[i].max() >= 0.8) / 9
    value, share = pseudo_label(*logits, 0.8)
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    assert 0 < float(share) < 1 and float(share) == pytest.approx(np.mean(p.max(1) >= 0.8))


def test_above_one_nothing_counts_and_at_zero_everything(logits):
    weak, strong = logits
    assert pseudo_label(weak, strong, 1.01) == (0.0, 0.0)
    value, share = pseudo_label(weak, strong, 0.0)
    assert float(share) == 1.0 and float(value) > 0


def test_no_gradient_into_the_target(logits):
    weak, strong = logits
    for loss in (lambda w, s: pseudo_label(w, s, 0.0)[0], consistency):
        into_target, into_student = jax.grad(loss, (0, 1))(weak, strong)
        assert not into_target.any() and np.abs(into_student).max() > 0


def test_a_one_hot_prediction_s_pseudo_label_is_its_entropy(logits):
    sharp = 30 * logits[0]
    hard = jax.grad(lambda x: pseudo_label(x, x, 0.0)[0])(sharp)
    entropy = jax.grad(lambda x: -jnp.mean(jnp.sum(jax.nn.softmax(x) * jax.nn.log_softmax(x), -1)))(sharp)
    np.testing.assert_allclose(hard, entropy, atol=1e-4)


def test_consistency_is_the_mean_square_over_classes_too(logits):
    a, b = map(np.asarray, logits)
    np.testing.assert_allclose(consistency(*logits), np.mean((softmax(a) - softmax(b)) ** 2), rtol=1e-5)
    assert consistency(a, a) == 0
    apart = jnp.array([[50.0, 0.0, 0.0, 0.0]]), jnp.array([[0.0, 50.0, 0.0, 0.0]])
    np.testing.assert_allclose(consistency(*apart), 2 / 4)


def test_batch_hard_triplets_by_hand(rng):
    x = rng.normal(size=(8, 3)).astype(np.float32)
    groups = np.repeat(np.arange(4), 2)
    total = 0.0
    for i in range(8):
        distance = np.linalg.norm(x - x[i], axis=1)
        total += np.log1p(np.exp(distance[groups == groups[i]].max() - distance[groups != groups[i]].min()))
    value = batch_hard_triplet(x[:4], groups[:4], x, groups)
    rest = batch_hard_triplet(x[4:], groups[4:], x, groups)
    np.testing.assert_allclose((value + rest) / 2, total / 8, rtol=1e-5)
    alike = jnp.zeros((4, 3))
    labels = jnp.array([0, 0, 1, 1])
    np.testing.assert_allclose(batch_hard_triplet(alike, labels, alike, labels), np.log(2), rtol=1e-5)
    gradient = jax.grad(lambda x: batch_hard_triplet(x, labels, x, labels))(alike)
    assert np.isfinite(gradient).all()


def test_the_hardest_triplets_are_those_of_all_differences(rng):
    """Value and gradient, for anchors among what they are compared with; and no [n, m, d] in the program."""
    n, m, d = 12, 24, 40
    others = rng.normal(size=(m, d)).astype(np.float32)
    others /= np.linalg.norm(others, axis=1, keepdims=True)
    others, groups, other_groups = jnp.asarray(others), jnp.arange(n) // 3, jnp.arange(m) // 3

    def by_differences(x):
        distance = jnp.sqrt(jnp.maximum(jnp.sum((x[:, None] - others[None]) ** 2, axis=-1), 1e-12))
        same = groups[:, None] == other_groups[None]
        furthest = jnp.max(jnp.where(same, distance, -jnp.inf), axis=1)
        return jnp.mean(jax.nn.softplus(furthest - jnp.min(jnp.where(same, jnp.inf, distance), axis=1)))

    def ours(x):
        return batch_hard_triplet(x, groups, others, other_groups)

    (a, da), (b, db) = (jax.value_and_grad(f)(others[:n]) for f in (by_differences, ours))
    np.testing.assert_allclose(b, a, rtol=1e-6)
    np.testing.assert_allclose(db, da, atol=1e-6)
    assert f"{n},{m},{d}" in str(jax.make_jaxpr(jax.grad(by_differences))(others[:n]))
    assert f"{n},{m},{d}" not in str(jax.make_jaxpr(jax.grad(ours))(others[:n]))
