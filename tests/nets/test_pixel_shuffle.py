"""Depth to space against PyTorch's, and what is built on it."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.degrade import enlarge, shrink
from jssl.nets.convnet import convnet
from jssl.nets.pixel_shuffle import pixel_shuffle, pixel_unshuffle
from jssl.nets.place_decoder import place_decoder, side_of_map
from jssl.nets.srresnet import srresnet
from jssl.nets.vit import vit

PEER = np.load(Path(__file__).parents[1] / "fixtures" / "pixels.npz")


def test_equals_pytorchs_and_its_inverse_undoes_it():
    np.testing.assert_array_equal(pixel_shuffle(PEER["deep"], 3), PEER["wide"])
    np.testing.assert_array_equal(pixel_unshuffle(PEER["wide"], 3), PEER["deep"])


def test_shrinking_and_enlarging_equal_pillows():
    picture = jnp.asarray(PEER["picture"]).reshape(1, 24, 24, 1)
    np.testing.assert_allclose(shrink(picture, 4)[0, ..., 0], PEER["shrunk"], atol=1e-5)
    np.testing.assert_allclose(enlarge(picture, 2)[0, ..., 0], PEER["enlarged"], atol=1e-5)


@pytest.mark.parametrize(
    ("encoder", "side"),
    [(convnet(width=2, depth=2), 3), (vit(8, 1, 2, patch=4, image_size=12), 3), (srresnet(width=2, blocks=1), 12)],
)
def test_a_map_of_any_encoder_becomes_a_grid(encoder, side):
    assert side_of_map(encoder, 12) == side
    net = place_decoder(side, 14, 5, width=4)
    x = jnp.zeros((2, 12, 12, 3))

    def painted(key):
        tokens = encoder.tokens(*encoder.init(key, x), x)[0]
        return net.apply(*net.init(key, tokens), tokens)[0]

    assert jax.eval_shape(painted, jax.random.key(0)).shape == (2, 14, 14, 5)


@pytest.mark.slow
def test_a_place_paints_its_own_square():
    net = place_decoder(3, 6, 1, width=2)
    tokens = jnp.asarray(np.random.default_rng(0).normal(size=(1, 10, 4)), jnp.float32)
    params, stats = net.init(jax.random.key(0), tokens)
    plain = net.apply(params, stats, tokens)[0]
    far = net.apply(params, stats, tokens.at[:, 9].add(5.0))[0] - plain  # the last place; the first token is of a class
    assert np.abs(far[0, 4:, 4:]).max() > 1e-3 and not np.asarray(far)[0, :2].any()
    np.testing.assert_array_equal(net.apply(params, stats, tokens.at[:, 0].add(5.0))[0], plain)


@pytest.mark.slow
def test_srresnet_keeps_the_resolution():
    net = srresnet(width=3, blocks=2)
    x = jnp.ones((2, 7, 9, 1))
    params, stats = net.init(jax.random.key(0), x)
    assert params["first"]["kernel"].shape == (81, 3) and set(net.layers) == {"first", "block0", "block1", "last"}
    tokens, features = net.tokens(params, stats, x)[0], net.apply(params, stats, x)[0]
    assert tokens.shape == (2, 63, 3)
    np.testing.assert_allclose(tokens.mean(1), features, rtol=1e-5)
