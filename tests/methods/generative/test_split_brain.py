"""Oracles of the split brain: neither half ever sees what it guesses."""

import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.lab import lab_to_rgb, rgb_to_lab
from jssl.augment.views import make_recipe
from jssl.methods.generative.split_brain import split_brain
from jssl.nets.convnet import convnet
from jssl.nets.lab_halves import lab_halves, lightness_and_colours
from tests.methods.toys import SIZE, N, loss_of, recipe, run, start

PLAIN = make_recipe("plain", size=SIZE, crop=None, flip=0.0, mean=(0.0,) * 3, std=(1.0,) * 3)


def halves(**options):
    return lab_halves(half={"name": "convnet", "width": 2, "depth": 2, **options})


def make(**options):
    return split_brain(halves(), PLAIN, **{"hidden": 4, **options})


@pytest.mark.slow
def test_nothing_known_costs_ln_313_and_ln_100():
    params, extra, views = start(method := make())
    for head in params["heads"].values():
        head["paint"] = jax.tree.map(lambda x: x * 0, head["paint"])
    loss, (_, terms) = loss_of(method, params, extra, views)
    np.testing.assert_allclose(terms["colour_entropy"], np.log(313), rtol=1e-5)
    np.testing.assert_allclose(terms["lightness_entropy"], np.log(100), rtol=1e-5)
    np.testing.assert_allclose(loss, np.log(31300), rtol=1e-5)


@pytest.mark.slow
def test_each_half_depends_on_its_own_channels_alone(monkeypatch):
    monkeypatch.setattr(sys.modules[lab_halves.__module__], "rgb_to_lab", lambda x: 100 * x)  # what it is given is Lab
    net, x = halves(), jnp.asarray(np.random.default_rng(0).uniform(size=(2, 6, 6, 3)), jnp.float32)
    params, stats = net.init(jax.random.key(0), x)
    y, back = jax.vjp(jax.jit(lambda x: net.apply(params, stats, x)[0]), x)
    half, ones = y.shape[1] // 2, jnp.arange(1.0, 1 + y.size).reshape(y.shape)
    (of_first,), (of_second,) = back(ones.at[:, half:].set(0)), back(ones.at[:, :half].set(0))
    assert not np.asarray(of_first)[..., 1:].any() and np.asarray(of_first)[..., 0].any()
    assert not np.asarray(of_second)[..., 0].any() and np.asarray(of_second)[..., 1:].any()


@pytest.mark.slow
def test_no_half_learns_from_the_others_loss():
    method = make()
    params, extra, images = start(method)

    def entropies(params):
        return method.loss(params, extra, images, jax.random.key(0), jnp.int32(0))[1][1]

    for term, other in (("colour_entropy", "colours"), ("lightness_entropy", "lightness")):
        by = run(jax.grad(lambda p, term=term: entropies(p)[term]), params)
        assert not any(np.asarray(x).any() for part in by.values() for x in jax.tree.leaves(part[other]))
        own = next(name for name in by["heads"] if name != other)
        assert all(np.asarray(x).any() for x in jax.tree.leaves(by["heads"][own]["paint"]))


@pytest.mark.slow
def test_guesses_do_not_move_when_the_channel_that_is_asked_for_does():
    method = make()
    params, extra, _ = start(method)
    rng = np.random.default_rng(0)
    images = jnp.asarray(rng.integers(80, 160, (N, SIZE, SIZE, 3)), jnp.uint8)
    lab = rgb_to_lab(images / 255)
    greyer = jnp.round(255 * lab_to_rgb(lab * jnp.array([1.0, 0.5, 0.5]).reshape(1, 1, 1, 3))).astype(jnp.uint8)
    one, other = (method.embed(params, extra, {"image": x}) for x in (images, greyer))
    half = one.shape[1] // 2
    np.testing.assert_allclose(one[:, :half], other[:, :half], atol=0.03)  # colours of 8 bits have no exact lightness
    assert np.abs(np.asarray(one - other)[:, half:]).max() > 0.1


@pytest.mark.slow
def test_features_are_those_of_both_halves():
    net, half = halves(features=5), convnet(width=2, depth=2, features=5)
    x = jnp.ones((2, 8, 8, 3)) * 0.3
    params, stats = net.init(jax.random.key(0), x)
    y, _ = net.apply(params, stats, x)
    assert y.shape == (2, 10)
    for name, seen, part in zip(net.parts, lightness_and_colours(x).values(), (y[:, :5], y[:, 5:]), strict=True):
        np.testing.assert_allclose(half.apply(params[name], stats[name], seen)[0], part, rtol=1e-6)
    tokens, _ = net.tokens(params, stats, x)
    assert tokens.shape[-1] == 10


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"encoder": convnet()}, "needs an encoder of two halves"),
        ({"recipe": recipe()}, "the halves see colours from 0 to 1"),
        ({"reduction": 5}, "reduction=5 must be at least 1"),
    ],
)
def test_what_cannot_be_is_refused(arguments, message):
    first = [arguments.pop("encoder", halves()), arguments.pop("recipe", PLAIN)]
    with pytest.raises(ValueError, match=message):
        split_brain(*first, **arguments)
