"""Encoders of any array."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.nets import make_net


@pytest.mark.slow
def test_a_sequence_keeps_its_order_and_takes_any_length():
    net = make_net("sequence_transformer", dim=8, depth=1, heads=2, patch=2)
    x = jnp.asarray(np.random.default_rng(0).normal(size=(3, 6, 5)), jnp.float32)
    params, stats = net.init(jax.random.key(0), x)
    y, _ = net.apply(params, stats, x)
    assert y.shape == (3, 8) and y.dtype == jnp.float32
    tokens, _ = net.tokens(params, stats, x)
    assert tokens.shape == (3, 3, 8)
    np.testing.assert_allclose(tokens.mean(1), y, atol=1e-6)
    assert np.abs(net.apply(params, stats, x[:, ::-1])[0] - y).max() > 1e-3
    assert net.apply(params, stats, x[:, :4])[0].shape == (3, 8)
    with pytest.raises(ValueError, match="sequences of 5 steps do not divide into patches of 2"):
        net.apply(params, stats, x[:, :5])


@pytest.mark.slow
def test_a_perceptron_sees_everything_at_once():
    net = make_net("perceptron", widths=(6, 4))
    x = jnp.asarray(np.random.default_rng(0).normal(size=(3, 2, 5, 2)), jnp.float32)
    params, stats = net.init(jax.random.key(0), x)
    y, _ = net.apply(params, stats, x)
    assert y.shape == (3, 4) and params["layers"]["layer0"]["kernel"].shape == (20, 6)
    flat = np.asarray(x).reshape(3, 20)
    hidden = flat @ np.asarray(params["layers"]["layer0"]["kernel"])
    hidden = np.maximum(hidden / np.sqrt(1 + 1e-5), 0)  # batch norm at its first statistics
    by_hand = hidden @ np.asarray(params["layers"]["layer1"]["kernel"]) + np.asarray(params["layers"]["layer1"]["bias"])
    np.testing.assert_allclose(y, by_hand, atol=1e-4)
