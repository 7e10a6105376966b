"""Monitors on features whose spectrum and geometry are known."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.views import make_recipe
from jssl.data.source import NOTHING, labelled
from jssl.evaluate import monitors
from jssl.evaluate.monitors import alignment, alpha_req, collapsed, feature_std, lidar, make_monitor, rankme, uniformity
from jssl.inputs.image import pictures
from jssl.method import Method
from jssl.parallel import make_layout
from tests import made_up


def normal(rng, *shape):
    return rng.normal(size=shape).astype(np.float32)


def orthonormal(rng, n, d):
    return np.linalg.qr(rng.normal(size=(n, d)))[0].astype(np.float32)


def test_rankme_of_known_spectra(rng):
    z = orthonormal(rng, 200, 16)
    np.testing.assert_allclose(rankme(z), 16, rtol=1e-4)
    np.testing.assert_allclose(rankme(np.outer(z[:, 0], z[:16, 1])), 1, rtol=1e-4)
    p = np.arange(1, 17) / np.arange(1, 17).sum()
    scaled = z * np.arange(1, 17, dtype=np.float32)
    np.testing.assert_allclose(rankme(scaled), np.exp(-np.sum(p * np.log(p))), rtol=1e-4)
    np.testing.assert_allclose(rankme(1e4 * scaled @ orthonormal(rng, 16, 16)), rankme(scaled), rtol=1e-4)


def test_rankme_of_gaussian_noise(rng):
    np.testing.assert_allclose(rankme(normal(rng, 4096, 256)), 253.9, atol=0.2)


def test_rankme_counts_examples_and_survives_zeros(rng):
    assert rankme(normal(rng, 5, 40)) <= 5.0
    assert np.isfinite(rankme(np.zeros((10, 4), np.float32)))


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0, 1.7])
def test_alpha_req_recovers_the_decay(rng, alpha):
    centered = normal(rng, 500, 200)
    basis = np.linalg.qr(centered - centered.mean(0))[0]
    z = basis * np.arange(1, 201) ** (-alpha / 2) @ orthonormal(rng, 200, 200) + 3.0
    np.testing.assert_allclose(alpha_req(z.astype(np.float32)), alpha, atol=0.02)


def test_alpha_req_ignores_head_and_tail_and_the_null_space(rng):
    centered = normal(rng, 500, 200)
    basis = np.linalg.qr(centered - centered.mean(0))[0]
    values = np.arange(1.0, 201.0) ** -0.5
    values[:3] *= 50
    values[100:] *= 0.01
    np.testing.assert_allclose(alpha_req((basis * values).astype(np.float32)), 1.0, atol=0.02)
    values[60:] = 0
    np.testing.assert_allclose(alpha_req((basis * values).astype(np.float32)), 1.0, atol=0.02)


def test_alpha_req_is_undefined_without_a_spectrum(rng):
    assert np.isnan(alpha_req(normal(rng, 100, 4)))
    assert np.isnan(alpha_req(np.ones((100, 50), np.float32)))


@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi / 2, np.pi])
def test_alignment_is_two_minus_two_cosines(rng, angle):
    basis = orthonormal(rng, 8, 2)
    a = np.tile(basis[:, 0], (5, 1))
    b = np.tile(np.cos(angle) * basis[:, 0] + np.sin(angle) * basis[:, 1], (5, 1)).astype(np.float32)
    np.testing.assert_allclose(alignment(3 * a, 0.1 * b), 2 - 2 * np.cos(angle), atol=1e-6)


@pytest.mark.parametrize(("d", "expected"), [(2, -1.575), (64, -3.875), (128, -3.9375), (512, -3.984)])
def test_uniformity_on_the_sphere(rng, d, expected):
    np.testing.assert_allclose(uniformity(normal(rng, 1500, d)), expected, atol=0.03)


@pytest.mark.slow
def test_uniformity_of_a_few_points():
    np.testing.assert_allclose(uniformity(np.float32([[2, 0], [-1, 0]])), -8, rtol=1e-5)
    points = np.float32([[1, 0], [0, 5], [-1, 0]])
    np.testing.assert_allclose(uniformity(points), np.log((2 * np.exp(-4) + np.exp(-8)) / 3), rtol=1e-5)
    np.testing.assert_allclose(uniformity(points, t=1), np.log((2 * np.exp(-2) + np.exp(-4)) / 3), rtol=1e-5)
    np.testing.assert_allclose(uniformity(np.tile(np.float32([1, 2, 3]), (700, 1))), 0, atol=1e-5)


def test_feature_std(rng):
    np.testing.assert_allclose(feature_std(normal(rng, 4000, 64)), 1 / 8, rtol=0.02)
    np.testing.assert_allclose(feature_std(np.tile(np.float32([1, 2, 3]), (50, 1))), 0, atol=1e-6)


@pytest.mark.parametrize("k", [1, 4, 12])
def test_lidar_counts_the_informative_directions(rng, k):
    signal = np.zeros((400, 1, 32), np.float32)
    signal[..., :k] = 50 * normal(rng, 400, 1, k)
    z = signal + normal(rng, 400, 10, 32)
    np.testing.assert_allclose(lidar(z), k, rtol=0.1)


def test_lidar_measures_by_the_scatter_of_views(rng):
    """Rescaling a direction moves signal and scatter alike; RankMe is fooled by it, LiDAR is not."""
    z = np.concatenate([10 * normal(rng, 400, 1, 6) + normal(rng, 400, 10, 6)], axis=-1)
    scale = np.float32([100, 1, 1, 1, 1, 1])
    np.testing.assert_allclose(lidar(z * scale), lidar(z), rtol=1e-2)
    assert rankme((z * scale)[:, 0]) < 0.4 * rankme(z[:, 0])


@pytest.mark.slow
def test_lidar_bounds(rng):
    assert lidar(normal(rng, 6, 10, 40)) <= 5.01
    assert lidar(normal(rng, 200, 5, 8)) <= 8.01
    same = np.tile(normal(rng, 1, 10, 16), (50, 1, 1))
    assert np.isfinite(lidar(same)) and lidar(same) < 1.01


def test_lidar_equals_the_formula(rng):
    z = normal(rng, 30, 4, 5) + 2 * normal(rng, 30, 1, 5)
    means = z.mean(1)
    within = np.einsum("nqi,nqj->ij", *[z - means[:, None]] * 2) / (30 * 3) + 1e-4 * np.eye(5)
    between = np.cov(means.T)
    p = np.real(np.linalg.eigvals(np.linalg.solve(within, between)))
    p /= p.sum()
    np.testing.assert_allclose(lidar(z), np.exp(-np.sum(p * np.log(p))), rtol=1e-4)


def test_collapse_is_named(rng):
    def seen(z):
        values = {"uniformity": uniformity, "rankme": rankme, "feature_std": feature_std}
        return {name: float(value(z)) for name, value in values.items()}

    assert collapsed(seen(normal(rng, 300, 16))) is None
    assert collapsed(seen(np.maximum(normal(rng, 300, 16), 0))) is None
    assert "almost the same feature" in collapsed(seen(1 + 0.01 * normal(rng, 300, 16)))
    assert "near one line" in collapsed(seen(np.outer(normal(rng, 300), normal(rng, 16)) + 0.01 * normal(rng, 300, 16)))


def linear_method():
    """Features are a linear map of the pixels."""

    def embed(params, extra, batch):
        images = batch["image"]
        return (images.reshape(len(images), -1).astype(jnp.float32) / 255) @ params + extra["offset"]

    return Method(init=None, views=None, loss=None, embed=embed)


@pytest.fixture
def data(rng):
    labels = np.arange(300, dtype=np.int32) % 3
    patterns = 160 * rng.random((3, 12, 12, 1))
    images = (patterns[labels] + 60 * rng.random((300, 12, 12, 1))).astype(np.uint8)
    source = made_up.pictures(images, labels, ("a", "b", "c"))
    params, extra = normal(rng, 64, 6), {"offset": np.zeros((1, 6), np.float32)}
    return source, params, extra


def monitored(source, devices=8, **options):
    inputs = {"image": pictures(make_recipe("digits", size=12, affine=None, jitter=None, blur=0.0))}
    layout = make_layout(devices=jax.devices()[:devices])
    return make_monitor(linear_method(), inputs, layout, source, **options)


@pytest.fixture(autouse=True)
def few_views(monkeypatch):
    monkeypatch.setattr(monitors, "VIEWED", 24)
    monkeypatch.setattr(monitors, "VIEWS", 6)


@pytest.mark.slow
def test_monitor_reports_every_value_on_any_devices(data, rng):
    source, _, extra = data
    params = normal(rng, 144, 6)
    seen = monitored(source, max_examples=200)(params, extra)
    assert set(seen) == {"knn", "rankme", "alpha_req", "alignment", "uniformity", "feature_std", "lidar"}
    assert all(isinstance(value, float) for value in seen.values())
    assert seen["knn"] > 0.9
    assert 1 <= seen["lidar"] <= 6 and 1 <= seen["rankme"] <= 6 and 0 < seen["alignment"] < 1
    alone = monitored(source, max_examples=200, devices=1)(params, extra)
    assert alone == pytest.approx(seen, rel=1e-3)


@pytest.mark.slow
def test_monitor_without_labels_leaves_knn_out(data, rng):
    source, _, extra = data
    params = normal(rng, 144, 6)
    assert "knn" not in monitored(source._replace(targets=NOTHING))(params, extra)


@pytest.mark.slow
def test_monitor_asks_about_pictures_that_do_not_vote(data, rng):
    source, _, extra = data
    noise = source._replace(targets=labelled(rng.integers(0, 3, source.length).astype(np.int32), ("a", "b", "c")))
    seen = monitored(noise, k=1)(normal(rng, 144, 6), extra)
    assert 0.15 < seen["knn"] < 0.55  # chance; 1 if a picture were its own neighbour


@pytest.mark.slow
def test_monitor_sees_a_collapse_and_a_divergence(data):
    source, _, extra = data
    monitor = monitored(source)
    seen = monitor(np.zeros((144, 6), np.float32), {"offset": extra["offset"] + 1})
    assert "alpha_req" not in seen
    assert "collapsed" in collapsed(seen)
    with pytest.raises(FloatingPointError, match="not finite"):
        monitor(np.full((144, 6), np.nan, np.float32), extra)


def test_monitored_views_are_pictures_of_the_recipe(data):
    source = data[0]
    recipe = make_recipe("digits", size=12, affine=None, crop=None, jitter=None, blur=0.0)
    views = monitors._draw({"image": pictures(recipe)}, source, seed=0)
    assert views.length == 6 * source.length
    np.testing.assert_array_equal(
        views.read(np.arange(12))["image"], np.repeat(source.read(np.arange(2))["image"], 6, axis=0)
    )
