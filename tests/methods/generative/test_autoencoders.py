"""Oracles of the autoencoder and the denoising autoencoder: what is optimal of Gaussian data is known."""

import math
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.decomposition import PCA

from jssl.augment.corrupt import CORRUPTIONS
from jssl.augment.views import make_recipe
from jssl.methods.generative.autoencoder import autoencoder
from jssl.methods.generative.denoising_autoencoder import denoising_autoencoder
from jssl.nets.net import Net
from tests.methods.toys import SIZE, N, batch, flat, loss_of, recipe, run, start

SIDE = 3
DIM = SIDE * SIDE
GREY = make_recipe("plain", size=SIDE, crop=None, flip=0.0, mean=(0.0,), std=(1.0,))


def matrix(outputs=None, side=None):
    """A linear map of all pixels, to a picture where `side` is given."""

    def init(key, x):
        width = outputs or side * side
        return {"w": jax.random.normal(key, (math.prod(x.shape[1:]), width)) / 3}, {}

    def apply(params, stats, x, **_):
        y = jnp.matmul(x.reshape(len(x), -1), params["w"], precision="highest")
        return (y.reshape(-1, side, side, 1) if side else y), stats

    return Net(init, apply)


@pytest.fixture
def linear_nets(monkeypatch):
    for factory in (autoencoder, denoising_autoencoder):
        module = sys.modules[factory.__module__]
        monkeypatch.setattr(module, "decoder", lambda size, channels, **_: matrix(side=size))


def gaussian_pictures(rng, n=500):
    x = rng.normal(size=(n, DIM)) @ rng.normal(size=(DIM, DIM))
    return jnp.asarray((x - x.mean(0)).reshape(n, SIDE, SIDE, 1), jnp.float32)


def first(method):
    images = jnp.zeros((2, SIDE, SIDE, 1), jnp.uint8)
    return method.init(jax.random.key(0), {"image": images})


def value_and_gradient(method, extra, views):
    return jax.value_and_grad(lambda p: method.loss(p, extra, views, jax.random.key(0), jnp.int32(0))[0])


@pytest.mark.slow
def test_a_linear_autoencoder_finds_the_principal_components(linear_nets, rng):
    x, k = gaussian_pictures(rng), 3
    method = autoencoder(matrix(5), GREY, code=k)
    params, extra = first(method)
    pca = PCA(k).fit(np.asarray(x).reshape(-1, DIM))
    left = np.trace(np.cov(np.asarray(x).reshape(-1, DIM).T, ddof=0)) - pca.explained_variance_.sum() * 499 / 500

    def train(params):
        def step(carry, _):
            params, speed = carry
            speed = jax.tree.map(
                lambda v, g: 0.9 * v - 0.02 * g, speed, value_and_gradient(method, extra, x)(params)[1]
            )
            return (jax.tree.map(jnp.add, params, speed), speed), None

        zero = jax.tree.map(jnp.zeros_like, params)
        return jax.lax.scan(step, (params, zero), None, length=3000)[0][0]

    found = run(train, params)
    value = loss_of(method, found, extra, x)[0]
    np.testing.assert_allclose(value * DIM, left, rtol=0.01)
    painted = np.linalg.qr(np.asarray(found["decoder"]["w"]).T)[0]
    np.testing.assert_allclose(np.linalg.svd(pca.components_ @ painted)[1], 1, atol=0.02)  # cosines of the angles


@pytest.mark.slow
def test_a_linear_denoiser_is_wieners_filter(linear_nets, rng):
    x, sigma = gaussian_pictures(rng, n=100_000), 0.7
    flattened = np.asarray(x).reshape(-1, DIM)
    covariance = np.cov(flattened.T, ddof=0)
    wiener = np.linalg.inv(covariance + sigma**2 * np.eye(DIM)) @ covariance
    method = denoising_autoencoder(matrix(DIM), GREY, corruption="gaussian", amount=sigma)
    params, extra = first(method)
    params["encoder"]["w"], params["decoder"]["w"] = jnp.asarray(wiener, jnp.float32), jnp.eye(DIM)
    spoilt = x + sigma * jnp.asarray(rng.normal(size=x.shape), jnp.float32)
    views = x, spoilt, jnp.ones((*x.shape[:3], 1), bool)
    value, gradient = run(value_and_gradient(method, extra, views), params)
    values = np.linalg.eigvalsh(covariance)
    np.testing.assert_allclose(value * DIM, np.sum(values * sigma**2 / (values + sigma**2)), rtol=0.02)
    np.testing.assert_allclose(gradient["encoder"]["w"], 0, atol=0.02)
    point = jnp.asarray(rng.normal(size=DIM), jnp.float32)
    precision = jnp.asarray(np.linalg.inv(covariance + sigma**2 * np.eye(DIM)), jnp.float32)
    score = jax.grad(lambda y: -0.5 * y @ precision @ y)(point)
    np.testing.assert_allclose(point @ wiener - point, sigma**2 * score, atol=1e-3)  # Tweedie's formula


@pytest.mark.slow
def test_painting_nothing_costs_the_pictures_square():
    params, extra, images = start(method := autoencoder(flat(), recipe(), code=2, width=2))
    params["decoder"]["ups"] = jax.tree.map(lambda x: x * 0, params["decoder"]["ups"])
    np.testing.assert_allclose(loss_of(method, params, extra, images)[0], np.mean(np.square(images)), rtol=1e-5)


@pytest.mark.parametrize(("name", "amount"), [("gaussian", 0.3), ("mask", 0.4), ("salt_and_pepper", 0.4)])
def test_what_is_painted_is_the_clean_picture_and_what_is_seen_the_spoilt_one(name, amount):
    method = denoising_autoencoder(flat(), recipe(), corruption=name, amount=amount, width=2)
    params, extra, (clean, spoilt, touched) = start(method)
    assert not np.any((np.abs(clean - spoilt).max(-1, keepdims=True) > 1e-5) & ~touched)
    share = 1.0 if name == "gaussian" else amount
    np.testing.assert_allclose(touched.mean(), share, atol=0.05)
    params["decoder"]["ups"] = jax.tree.map(lambda x: x * 0, params["decoder"]["ups"])
    loss, (_, metrics) = loss_of(method, params, extra, (clean, spoilt, touched))
    np.testing.assert_allclose(loss, np.mean(np.square(clean)), rtol=1e-5)
    where = np.broadcast_to(touched, clean.shape)
    expected = np.mean([np.mean(np.square(one[hit])) for one, hit in zip(np.asarray(clean), where, strict=True)])
    np.testing.assert_allclose(metrics["error_where_spoilt"], expected, rtol=1e-4)


def test_every_corruption_does_what_it_says():
    image, key = jnp.full((40, 50, 3), 0.4), jax.random.key(0)
    noisy, _ = CORRUPTIONS["gaussian"](key, image, 0.2)
    np.testing.assert_allclose((noisy - image).std(), 0.2, rtol=0.05)
    black, hit = CORRUPTIONS["mask"](key, image, 0.3)
    np.testing.assert_array_equal(black, jnp.where(hit, 0.0, 0.4) + jnp.zeros((1, 1, 3)))
    mixed, hit = CORRUPTIONS["salt_and_pepper"](key, image, 0.3)
    values, counts = np.unique(np.asarray(mixed)[np.asarray(hit)[..., 0]], return_counts=True)
    assert values.tolist() == [0, 1] and 0.8 < counts[0] / counts[1] < 1.25


def test_features_are_of_clean_pictures():
    method = denoising_autoencoder(flat(), recipe(), width=2)
    params, extra, _ = start(method)
    plain = autoencoder(flat(), recipe(), code=2, width=2)
    np.testing.assert_array_equal(method.embed(params, extra, batch()), plain.embed(params, extra, batch()))


@pytest.mark.slow
@pytest.mark.parametrize("make", [autoencoder, denoising_autoencoder])
def test_what_it_shows_is_the_truth_beside_what_was_painted(make):
    method = make(flat(), recipe(), width=2)
    params, extra, _ = start(method)
    shown = method.show(params, extra, jax.random.split(jax.random.key(0), N), batch()).columns
    assert all(column.figures.shape == (N, SIZE, SIZE, 3) for column in shown)
    truth = shown[0 if make is autoencoder else 2].figures
    np.testing.assert_allclose(truth, batch()["image"] / 255, atol=1e-6)
    error = np.mean((shown[1].figures - truth)[0] ** 2)
    assert shown[1].captions[0] == f"PSNR {-10 * np.log10(error):.1f} dB"


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: autoencoder(flat(), recipe(), code=0), "code=0 must be at least 1"),
        (
            lambda: denoising_autoencoder(flat(), recipe(), corruption="rain"),
            "corruption='rain' is none of contrast, gaussian",
        ),
        (lambda: denoising_autoencoder(flat(), recipe(), amount=1.5), "amount=1.5 of mask"),
    ],
)
def test_what_cannot_be_is_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
