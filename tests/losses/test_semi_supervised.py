from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.losses.semi_supervised import (
    adversarial_direction,
    batch_hard_triplet,
    brier,
    consistency,
    divergence,
    entropy,
    mixup,
    pseudo_label,
    sharpen,
    soft_pseudo_label,
)


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


@pytest.mark.slow
def test_a_probability_that_equals_the_threshold_counts(recorded):
    weak, strong = recorded["weak"][:1], recorded["strong"][:1]
    assert softmax(weak).max() == 0.5
    assert float(pseudo_label(weak, strong, 0.5)[1]) == 1
    assert pseudo_label(weak, strong, float(np.nextafter(np.float32(0.5), 1))) == (0.0, 0.0)
    assert float(pseudo_label(jnp.array([[200.0, 0.0]]), jnp.zeros((1, 2)), 1.0)[1]) == 1


def test_consistency_is_mean_teachers(recorded):
    ours = jax.value_and_grad(lambda x: consistency(recorded["weak"], x))(recorded["strong"])
    close(ours, recorded, "mean_teacher")


@pytest.mark.slow
def test_triplets_are_pytorch_metric_learnings(recorded):
    groups = recorded["groups"]
    ours = jax.value_and_grad(lambda x: batch_hard_triplet(x, groups, x, groups))(recorded["embeddings"])
    close(ours, recorded, "triplet")


@pytest.mark.slow
def test_pseudo_label_by_hand(logits):
    weak, strong = map(np.asarray, logits)
    p, q = softmax(weak), softmax(strong)
    expected = sum(-np.log(q[i, p[i].argmax()]) for i in range(9) if p[i].max() >= 0.8) / 9
    value, share = pseudo_label(*logits, 0.8)
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    assert 0 < float(share) < 1 and float(share) == pytest.approx(np.mean(p.max(1) >= 0.8))


@pytest.mark.slow
def test_above_one_nothing_counts_and_at_zero_everything(logits):
    weak, strong = logits
    assert pseudo_label(weak, strong, 1.01) == (0.0, 0.0)
    value, share = pseudo_label(weak, strong, 0.0)
    assert float(share) == 1.0 and float(value) > 0


@pytest.mark.slow
def test_no_gradient_into_the_target(logits):
    weak, strong = logits
    for loss in (lambda w, s: pseudo_label(w, s, 0.0)[0], consistency):
        into_target, into_student = jax.grad(loss, (0, 1))(weak, strong)
        assert not into_target.any() and np.abs(into_student).max() > 0


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


def test_brier_is_mixmatchs(recorded):
    target = jax.nn.softmax(recorded["weak"])
    close(jax.value_and_grad(lambda x: brier(target, x))(recorded["strong"]), recorded, "mixmatch")
    assert not jax.grad(lambda p: brier(p, recorded["strong"]))(target).any()


@pytest.mark.slow
def test_entropy_is_torch_ssls(recorded):
    close(jax.value_and_grad(entropy)(recorded["strong"]), recorded, "entropy")
    np.testing.assert_allclose(entropy(jnp.zeros((2, 5))), np.log(5), rtol=1e-6)
    np.testing.assert_allclose(entropy(jnp.array([[50.0, 0.0, 0.0]])), 0, atol=1e-6)


@pytest.mark.slow
def test_the_adversarial_loss_is_torch_ssls(recorded):
    """Theirs finds the direction by a step of 1e-6, in float64."""

    def loss(kernel):
        def predict(x):
            return jnp.matmul(jax.nn.relu(jnp.matmul(x.reshape(13, 6), kernel)), recorded["head"])

        x = recorded["pictures"]
        move = 0.5 * adversarial_direction(predict, x, recorded["vat/start"])
        return jnp.mean(divergence(predict(x), predict(x + move)))

    close(jax.value_and_grad(loss)(recorded["kernel"]), recorded, "vat")


@pytest.mark.slow
def test_the_adversarial_direction_is_the_top_eigenvector_of_the_fisher_information(rng):
    """Of a logistic regression it is W (diag(p) - p p^T) W^T, of each example."""
    kernel, x, start = (rng.normal(size=shape).astype(np.float32) for shape in ((6, 4), (5, 6), (5, 6)))
    found = adversarial_direction(lambda x: jnp.matmul(x, kernel), x, start, iterations=60)
    for row, p in zip(found, softmax(x @ kernel), strict=True):
        _, vectors = np.linalg.eigh(kernel @ (np.diag(p) - np.outer(p, p)) @ kernel.T)
        np.testing.assert_allclose(abs(row @ vectors[:, -1]), 1, atol=1e-3)
        np.testing.assert_allclose(np.linalg.norm(row), 1, rtol=1e-5)


@pytest.mark.slow
def test_the_adversarial_direction_has_no_gradient_and_is_0_where_nothing_changes(rng):
    x, start = (rng.normal(size=(3, 4)).astype(np.float32) for _ in range(2))
    direction = jax.grad(lambda scale: adversarial_direction(lambda x: scale * x, x, start).sum())(2.0)
    assert direction == 0
    flat = adversarial_direction(lambda x: 0 * x, x, start)
    assert not flat.any()


def test_divergence_by_hand(logits):
    p, q = (softmax(np.asarray(x)) for x in logits)
    np.testing.assert_allclose(divergence(*logits), (p * np.log(p / q)).sum(1), rtol=1e-4)
    np.testing.assert_allclose(divergence(logits[0], logits[0]), 0, atol=1e-6)
    assert not jax.grad(lambda target: divergence(target, logits[1]).sum())(logits[0]).any()


def test_sharpened_labels_sum_to_1_and_become_one_hot(logits):
    p = jax.nn.softmax(logits[0])
    np.testing.assert_allclose(sharpen(p, 1.0), p, rtol=1e-5)
    np.testing.assert_allclose(sharpen(p, 0.5), p**2 / (p**2).sum(1, keepdims=True), rtol=1e-4)
    cold = sharpen(p, 1e-3)
    np.testing.assert_allclose(cold.sum(1), 1, rtol=1e-5)
    np.testing.assert_allclose(cold, np.eye(5)[p.argmax(1)], atol=1e-4)


def test_the_first_of_a_mixture_outweighs_the_other():
    x, other = jnp.ones((3, 2, 2)), jnp.zeros((3, 2, 2))
    mixed = mixup(jnp.array([0.1, 0.5, 0.8]), x, other)
    np.testing.assert_allclose(mixed[:, 0, 0], [0.9, 0.5, 0.8], rtol=1e-6)


def test_soft_pseudo_labels_of_the_teacher_itself_cost_its_entropy(logits):
    """Without a temperature; colder they cost less, and unsure ones nothing."""
    x, _ = logits
    np.testing.assert_allclose(soft_pseudo_label(x, x, 1.0, 0.0), entropy(x), rtol=1e-5)
    p = softmax(np.asarray(x) / 0.5)
    sure = p.max(1) >= 0.9
    assert 0 < sure.sum() < len(p)
    expected = -(p * np.log(softmax(np.asarray(x)))).sum(1)[sure].sum() / len(p)
    np.testing.assert_allclose(soft_pseudo_label(x, x, 0.5, 0.9), expected, rtol=1e-5)
    assert not jax.grad(lambda target: soft_pseudo_label(target, x, 0.5, 0.0))(x).any()
