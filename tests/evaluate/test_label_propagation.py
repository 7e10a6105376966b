import jax
import numpy as np
import pytest

from jssl.evaluate.label_propagation import propagate
from jssl.parallel import make_layout

sklearn = pytest.importorskip("sklearn.semi_supervised")


def moons(rng, n=150):
    from sklearn.datasets import make_moons

    x, y = make_moons(n, noise=0.05, random_state=0)
    angle = np.stack([np.cos(x), np.sin(x)], -1).reshape(n, -1)  # cosines tell what is near, whatever the length
    few = np.full(n, -1)
    for label in (0, 1):
        few[np.flatnonzero(y == label)[:3]] = label
    return angle.astype(np.float32), y, few


def graph(x, k, power):
    """W as its definition says, in float64."""
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    similarity = (x @ x.T).astype(np.float64)
    np.fill_diagonal(similarity, -np.inf)
    a = np.zeros_like(similarity)
    for row, nearest in enumerate(np.argsort(-similarity, axis=1)[:, :k]):
        a[row, nearest] = np.maximum(similarity[row, nearest], 0) ** power
    return a + a.T


@pytest.fixture(scope="module")
def found():
    x, y, few = moons(np.random.default_rng(0))
    options = {"classes": 2, "k": 8, "power": 3.0, "alpha": 0.9}
    return x, y, few, propagate(x, few, **options, layout=make_layout(devices=jax.devices()[:8]))


def test_it_is_the_closed_form(found):
    x, _, few, scores = found
    w = graph(x, 8, 3.0)
    half = np.diag(w.sum(1) ** -0.5)
    known = np.eye(2)[few] * (few >= 0)[:, None]
    expected = 0.1 * np.linalg.solve(np.eye(len(x)) - 0.9 * half @ w @ half, known)
    np.testing.assert_allclose(scores, expected, atol=1e-5)


def test_it_is_scikit_learns_label_spreading(found):
    x, _, few, scores = found
    peer = sklearn.LabelSpreading(kernel=lambda *_: graph(x, 8, 3.0), alpha=0.9, max_iter=2000, tol=1e-10)
    distributions = peer.fit(x, few).label_distributions_
    np.testing.assert_allclose(scores / scores.sum(1, keepdims=True), distributions, atol=1e-4)


def test_three_labels_of_each_moon_tell_them_all_on_one_device_and_on_eight(found):
    x, y, few, scores = found
    assert np.mean(scores.argmax(1) == y) > 0.97
    alone = propagate(x, few, classes=2, k=8, alpha=0.9, layout=make_layout(devices=jax.devices()[:1]))
    np.testing.assert_allclose(alone, scores, atol=1e-5)


def test_without_neighbours_share_labels_stay_where_they_are(found):
    x, _, few, _ = found
    scores = propagate(x, few, classes=2, k=3, alpha=0.0, layout=make_layout(devices=jax.devices()[:2]))
    np.testing.assert_allclose(scores, np.eye(2)[few] * (few >= 0)[:, None], atol=1e-6)


@pytest.mark.parametrize(
    ("labels", "options", "says"),
    [
        ([-1, -1, -1], {}, "none is known"),
        ([0, 5, -1], {}, "not in"),
        ([0, 1], {}, "as many"),
        ([0, 1, -1], {"alpha": 1.0}, "alpha"),
        ([0, 1, -1], {"k": 0}, "k=0"),
    ],
)
def test_what_cannot_be_propagated_is_refused(labels, options, says):
    with pytest.raises(ValueError, match=says):
        propagate(np.eye(3), np.array(labels), classes=2, layout=make_layout(devices=jax.devices()[:1]), **options)


def test_no_device_has_all_pairs_or_all_features():
    """Read from the compiled program: nothing has as many rows as there are examples, but the scores that go round."""
    from functools import partial

    from jssl.evaluate.label_propagation import _neighbours

    layout = make_layout()
    run = jax.jit(layout.by_rows(partial(_neighbours, count=4096, k=5, power=1.0)))
    text = run.lower(jax.ShapeDtypeStruct((4096, 7), "float32", sharding=layout.batch_sharding)).compile().as_text()
    assert "[512,7]" in text and "[4096," not in text
