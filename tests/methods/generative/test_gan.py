"""Oracles of GAN features and BiGAN."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.methods.generative.bigan import bigan
from jssl.methods.generative.gan import gan
from jssl.nets.discriminator import dcgan
from jssl.nets.joint_discriminator import joint_discriminator
from tests.methods.toys import SIZE, N, batch, flat, loss_of, recipe, run, start


def make_gan(**options):
    return gan(dcgan(width=2, depth=2), recipe(), **{"latent": 3, "width": 2, **options})


def make_bigan(**options):
    return bigan(flat(), recipe(), **{"latent": 3, "width": 2, "hidden": 4, **options})


def by_params(method, params, extra, views):
    return run(jax.grad(lambda p: method.loss(p, extra, views, jax.random.key(2), jnp.int32(0))[0]), params)


def moved(tree):
    return all(np.asarray(x).any() for x in jax.tree.leaves(tree))


@pytest.mark.slow
def test_before_the_first_step_nobody_can_tell():
    params, extra, views = start(method := make_gan())
    params["head"] = jax.tree.map(lambda x: x * 0, params["head"])
    loss, (_, metrics) = loss_of(method, params, extra, views)
    np.testing.assert_allclose([metrics["discriminator"], metrics["generator"], loss / 2], 0.6931, atol=1e-4)


@pytest.mark.slow
def test_the_encoder_learns_from_telling_alone():
    params, extra, views = start(make_gan())
    found = [by_params(make_gan(adversarial=weight), params, extra, views) for weight in (1.0, 3.0)]
    for name in ("encoder", "head"):
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), found[0][name], found[1][name])
    close = lambda a, b: np.testing.assert_allclose(3 * a, b, atol=1e-5)  # noqa: E731
    jax.tree.map(close, found[0]["generator"], found[1]["generator"])
    assert moved(found[0]["generator"]["ups"]) and moved(found[0]["head"])


@pytest.mark.slow
def test_features_are_every_layers_largest_values_on_a_grid():
    method = make_gan()
    params, extra, _ = start(method)
    features = method.embed(params, extra, batch())
    assert features.shape == (N, 16 * (2 + 4))
    assert features.dtype == jnp.float32


@pytest.mark.slow
def test_pooling_takes_the_largest_of_each_cell():
    net = dcgan(width=1, depth=1)
    x = jnp.asarray(np.random.default_rng(0).normal(size=(2, 12, 12, 1)), jnp.float32)
    params, stats = net.init(jax.random.key(0), x)
    whole = np.asarray(net.apply(params, stats, x)[0]).reshape(2, 6, 6)
    found = np.asarray(net.tokens(params, stats, x)[0]).reshape(2, 4, 4)
    edges = [(0, 2), (1, 3), (3, 5), (4, 6)]  # cells of 6 on 4, which overlap
    for i, (top, bottom) in enumerate(edges):
        for j, (left, right) in enumerate(edges):
            np.testing.assert_allclose(found[:, i, j], whole[:, top:bottom, left:right].max((1, 2)), rtol=1e-6)


@pytest.mark.slow
def test_encoder_and_generator_have_one_loss_of_ln_2_at_first():
    params, extra, views = start(method := make_bigan())
    judges = params["discriminator"]["judges"]["layers"]
    judges["layer1"] = jax.tree.map(lambda x: x * 0, judges["layer1"])
    loss, (_, metrics) = loss_of(method, params, extra, views)
    np.testing.assert_allclose([metrics["discriminator"], metrics["generator"], loss / 2], 0.6931, atol=1e-4)


@pytest.mark.slow
def test_the_players_of_bigan_learn_from_each_other_through_the_discriminator_alone():
    params, extra, views = start(make_bigan())
    found = by_params(make_bigan(), params, extra, views)
    assert moved(found["encoder"]) and moved(found["code"]) and moved(found["generator"]["ups"])
    judges = params["discriminator"]["judges"]["layers"]
    judges["layer1"] = jax.tree.map(lambda x: x * 0, judges["layer1"])
    blind = by_params(make_bigan(), params, extra, views)
    for name in ("encoder", "code", "generator"):
        assert not any(np.asarray(x).any() for x in jax.tree.leaves(blind[name]))
    assert moved(blind["discriminator"]["judges"]["layers"]["layer1"]["kernel"])


@pytest.mark.slow
def test_a_pair_is_judged_by_picture_and_code():
    net = joint_discriminator(8, width=2, hidden=8)
    rng = np.random.default_rng(0)
    images, codes = (jnp.asarray(rng.normal(size=shape), jnp.float32) for shape in ((4, 8, 8, 1), (4, 3)))
    params, stats = net.init(jax.random.key(0), (images, codes))
    whole = net.apply(params, stats, (images, codes))[0]
    assert whole.shape == (4, 1)
    for other in ((images[::-1], codes), (images, codes[::-1])):
        assert np.abs(np.asarray(net.apply(params, stats, other)[0] - whole)).max() > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("make", [make_gan, make_bigan])
def test_noise_is_uniform_and_another_for_each_picture(make):
    *_, (images, z) = start(make(latent=200))
    assert images.shape == (N, SIZE, SIZE, 3) and z.shape == (N, 200)
    assert z.min() >= -1 and z.max() <= 1 and abs(float(z.std()) - 3**-0.5) < 0.02
    assert len({row.tobytes() for row in np.asarray(z)}) == N


@pytest.mark.slow
@pytest.mark.parametrize("make", [make_gan, make_bigan])
def test_what_it_shows_are_pictures(make):
    method = make()
    params, extra, _ = start(method)
    shown = method.show(params, extra, jax.random.split(jax.random.key(0), 24), batch())
    assert all(column.figures.shape == (N, SIZE, SIZE, 3) for column in shown.columns)
    np.testing.assert_allclose(shown.columns[0].figures, batch()["image"] / 255, atol=1e-6)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: gan(flat(), recipe()), "no map to take features from"),
        (lambda: make_gan(latent=0), "latent=0 must be at least 1"),
        (lambda: make_bigan(adversarial=0.0), "adversarial=0.0 positive"),
    ],
)
def test_what_cannot_be_is_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
