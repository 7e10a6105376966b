"""k-means over devices: against scikit-learn, and what happens to clusters that lose all their rows."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import PartitionSpec as P
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import normalized_mutual_info_score

from jssl.methods.parts.kmeans import agreement, kmeans, whiten
from jssl.parallel import make_layout

EXAMPLES, ROWS, DIM, K = 83, 96, 5, 7


def over(devices, function, rows, *others, out):
    """The rows split over that many devices, what else there is on each."""
    mesh = make_layout(devices=jax.devices()[:devices]).mesh
    specs = (P("data"), *[P()] * len(others))
    return jax.jit(jax.shard_map(function, mesh=mesh, in_specs=specs, out_specs=out, check_vma=False))(rows, *others)


@pytest.fixture
def rows(rng):
    """Filled up with rows that belong to no example, and would draw a mean away."""
    real = rng.normal(size=(EXAMPLES, DIM)) + 3 * rng.integers(0, 2, (EXAMPLES, DIM))
    return np.concatenate([real, np.full((ROWS - EXAMPLES, DIM), 99.0)]).astype(np.float32)


@pytest.mark.parametrize("devices", [1, 8])
def test_equals_scikit_learns(devices, rows):
    def run(rows, begin):
        return tuple(kmeans(rows, begin, examples=EXAMPLES, iterations=40))

    centroids, assigned, sizes = over(devices, run, rows, rows[:K], out=(P(), P("data"), P()))
    peer = KMeans(K, init=rows[:K], n_init=1, max_iter=40, tol=0).fit(rows[:EXAMPLES])
    np.testing.assert_allclose(centroids, peer.cluster_centers_, atol=1e-4)
    np.testing.assert_array_equal(assigned[:EXAMPLES], peer.labels_)
    np.testing.assert_array_equal(assigned[EXAMPLES:], K)
    np.testing.assert_array_equal(sizes, np.bincount(peer.labels_, minlength=K))
    inertia = np.sum((rows[:EXAMPLES] - np.asarray(centroids)[assigned[:EXAMPLES]]) ** 2)
    np.testing.assert_allclose(inertia, peer.inertia_, rtol=1e-5)


def test_spherical_centroids_are_the_directions_of_their_sums(rows):
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def run(rows, begin):
        return tuple(kmeans(rows, begin, examples=EXAMPLES, iterations=40, spherical=True))

    centroids, assigned, _ = over(8, run, unit, unit[:K], out=(P(), P("data"), P()))
    np.testing.assert_allclose(np.linalg.norm(centroids, axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal((unit @ np.asarray(centroids).T).argmax(1)[:EXAMPLES], assigned[:EXAMPLES])
    for k in range(K):
        total = unit[:EXAMPLES][assigned[:EXAMPLES] == k].sum(0)
        np.testing.assert_allclose(centroids[k], total / np.linalg.norm(total), atol=1e-4)


@pytest.mark.parametrize("split", [True, False])
def test_an_empty_cluster_becomes_half_of_a_large_one_or_stays(split, rows):
    begin = rows[:K].copy()
    begin[2] = 1e3

    def run(rows, begin):
        return tuple(kmeans(rows, begin, examples=EXAMPLES, iterations=10, split=split))

    centroids, _, sizes = over(8, run, rows, begin, out=(P(), P("data"), P()))
    assert (sizes[2] > 0) == split and int(sizes.sum()) == EXAMPLES
    assert split or (np.asarray(centroids[2]) == 1e3).all()


@pytest.mark.parametrize("devices", [1, 8])
def test_whitening_equals_scikit_learns(devices, rows):
    found = over(devices, lambda rows: whiten(rows, EXAMPLES, 3), rows, out=P("data"))[:EXAMPLES]
    peer = PCA(3).fit_transform(rows[:EXAMPLES])
    peer = (peer / peer.std(0))[:, ::-1]
    sign = np.sign(np.sum(peer * found, axis=0, keepdims=True))
    np.testing.assert_allclose(found * sign, peer, atol=1e-3)


def test_agreement_is_that_of_scikit_learn(rng):
    first, second = rng.integers(0, 4, (2, ROWS))
    second = np.where(rng.random(ROWS) < 0.6, first, second)
    measure = lambda x, y: over(8, lambda both: agreement(both[:, 0], both[:, 1], 4), np.stack([x, y], 1), out=P())  # noqa: E731
    expected = normalized_mutual_info_score(first, second, average_method="geometric")
    np.testing.assert_allclose(measure(first, second), expected, rtol=1e-4)
    np.testing.assert_allclose(measure(first, (first + 1) % 4), 1, rtol=1e-4)
    np.testing.assert_allclose(measure(first, jnp.zeros_like(second)), 0, atol=1e-4)
