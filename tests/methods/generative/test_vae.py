"""Oracles of the VAE; its terms are tested in tests/losses/test_variational.py."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.losses.variational import bernoulli_log_likelihood, gaussian_kl
from jssl.methods.generative.vae import vae
from tests.methods.toys import SIZE, N, batch, flat, loss_of, recipe, run, start

PIXELS = SIZE * SIZE * 3


def make(**options):
    return vae(flat(), recipe(), **{"latent": 4, "width": 2, **options})


def blank(params):
    """With a posterior that is the prior, and a decoder that paints nothing."""
    params["posterior"] = jax.tree.map(lambda x: x * 0, params["posterior"])
    params["generator"]["ups"] = jax.tree.map(lambda x: x * 0, params["generator"]["ups"])
    return params


@pytest.mark.slow
def test_a_coin_for_each_pixel_costs_ln_2_and_the_prior_nothing():
    params, extra, views = start(method := make())
    loss, (_, terms) = loss_of(method, blank(params), extra, views)
    np.testing.assert_allclose(terms["kl"], 0, atol=1e-6)
    np.testing.assert_allclose([loss, terms["reconstruction"]], PIXELS * np.log(2), rtol=1e-5)


@pytest.mark.slow
def test_a_gaussian_of_black_costs_the_colours_squares():
    params, extra, (images, epsilon) = start(method := make(likelihood="gaussian", deviation=0.5))
    loss = loss_of(method, blank(params), extra, (images, epsilon))[0]
    colours = images * np.array(recipe().std).reshape(1, 1, 1, 3) + np.array(recipe().mean).reshape(1, 1, 1, 3)
    squares = np.square(colours).sum((1, 2, 3)).mean() / (2 * 0.5**2)
    np.testing.assert_allclose(loss, squares + PIXELS * np.log(0.5 * np.sqrt(2 * np.pi)), rtol=1e-4)


@pytest.mark.slow
def test_the_noise_moves_the_sample_by_the_deviation():
    method = make()
    params, extra, (images, epsilon) = start(method)
    still = loss_of(method, params, extra, (images, 0 * epsilon))[1][1]
    other = loss_of(method, params, extra, (images, epsilon))[1][1]
    np.testing.assert_allclose(still["kl"], other["kl"], rtol=1e-5)
    assert abs(still["reconstruction"] - other["reconstruction"]) > 1e-3
    bias = params["posterior"]["layers"]["layer0"]["bias"]
    sure = {**params, "posterior": {"layers": {"layer0": {**params["posterior"]["layers"]["layer0"]}}}}
    sure["posterior"]["layers"]["layer0"]["bias"] = bias.at[4:].add(-60.0)
    values = [loss_of(method, sure, extra, (images, e))[1][1]["reconstruction"] for e in (0 * epsilon, epsilon)]
    np.testing.assert_allclose(*values, rtol=1e-5)


@pytest.mark.slow
def test_samples_are_of_a_normal_distribution_and_another_for_each_picture():
    *_, (_, epsilon) = start(make(latent=300))
    np.testing.assert_allclose([epsilon.mean(), epsilon.std()], [0, 1], atol=0.05)
    assert len({row.tobytes() for row in np.asarray(epsilon)}) == N


@pytest.mark.slow
def test_what_a_picture_costs_is_bounded_more_tightly_by_many_samples():
    method = make()
    params, extra, _ = start(method)
    images = {"image": batch()["image"]}
    keys = jax.random.split(jax.random.key(0), N)
    nats, count = run(method.score, params, extra, keys, images)
    assert np.asarray(count).tolist() == [PIXELS] * N
    blind, _ = run(method.score, blank(params), extra, keys, images)
    np.testing.assert_allclose(blind, PIXELS * np.log(2), rtol=1e-5)
    assert nats.shape == (N,) and np.isfinite(nats).all()


@pytest.mark.slow
def test_the_two_terms_are_those_of_the_losses():
    method = make()
    params, extra, (images, epsilon) = start(method)
    _, (_, terms) = loss_of(method, blank(params), extra, (images, epsilon))
    colours = images * np.array(recipe().std).reshape(1, 1, 1, 3) + np.array(recipe().mean).reshape(1, 1, 1, 3)
    zero = jnp.zeros((N, 4))
    np.testing.assert_allclose(terms["kl"], gaussian_kl(zero, zero).mean(), atol=1e-6)
    likelihood = bernoulli_log_likelihood(jnp.clip(jnp.asarray(colours), 0, 1), jnp.zeros(colours.shape))
    np.testing.assert_allclose(terms["reconstruction"], -likelihood.mean(), rtol=1e-4)


@pytest.mark.slow
def test_what_it_shows():
    method = make()
    params, extra, _ = start(method)
    shown = method.show(params, extra, jax.random.split(jax.random.key(0), N), batch()).columns
    np.testing.assert_allclose(shown[0].figures, batch()["image"] / 255, atol=1e-6)
    for column in shown[1:]:
        assert column.figures.min() >= 0 and column.figures.max() <= 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"likelihood": "cauchy"}, "likelihood='cauchy' is neither"),
        ({"latent": 0}, "latent=0 must be at least 1"),
        ({"deviation": 0.0}, "deviation=0.0 positive"),
    ],
)
def test_what_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)
