"""Convolutional LSTM: its cell is the paper's equations, and a forecaster goes on without seeing anything."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jssl.nets import make_net
from jssl.nets.conv_lstm import Cell, forecaster
from tests.methods.toys import run

N, T, SIDE, WIDTH = 2, 3, 4, 3


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.mark.slow
def test_the_cell_is_numpys() -> None:
    cell = Cell(WIDTH, dtype=jnp.float32, rngs=nnx.Rngs(0))
    cell.bias[...] = jnp.arange(4 * WIDTH) / 10
    h, c = jax.random.normal(jax.random.key(0), (2, N, SIDE, SIDE, WIDTH))
    x = jax.random.normal(jax.random.key(1), (N, SIDE, SIDE, 4 * WIDTH))
    kernel = np.asarray(cell.recurrent.kernel[...]).reshape(3, 3, WIDTH, 4 * WIDTH)
    padded = np.pad(np.asarray(h), ((0, 0), (1, 1), (1, 1), (0, 0)))
    gates = np.asarray(x) + np.arange(4 * WIDTH) / 10
    for i in range(3):
        for j in range(3):
            gates = gates + padded[:, i : i + SIDE, j : j + SIDE] @ kernel[i, j]
    i, f, o, g = np.split(gates, 4, axis=-1)
    cell_next = sigmoid(f + 1) * np.asarray(c) + sigmoid(i) * np.tanh(g)
    found = cell((h, c), x)
    np.testing.assert_allclose(found[1], cell_next, atol=1e-5)
    np.testing.assert_allclose(found[0], sigmoid(o) * np.tanh(cell_next), atol=1e-5)


@pytest.mark.slow
def test_an_encoder_sees_the_order_of_frames_and_gives_a_map() -> None:
    net = make_net("conv_lstm", width=WIDTH, depth=1)
    x = jax.random.normal(jax.random.key(0), (N, T, 2 * SIDE, 2 * SIDE, 1))
    params, stats = net.init(jax.random.key(1), x)
    features, tokens = net.apply(params, stats, x)[0], net.tokens(params, stats, x)[0]
    assert features.shape == (N, 2 * WIDTH) and tokens.shape == (N, SIDE**2, 2 * WIDTH)
    assert features.dtype == tokens.dtype == jnp.float32
    np.testing.assert_allclose(features, tokens.mean(1), atol=1e-6)
    assert jnp.abs(net.apply(params, stats, x[:, ::-1])[0] - features).max() > 1e-3
    alone = net.apply(params, stats, x[:1])[0]
    np.testing.assert_allclose(alone, features[:1], atol=1e-5)
    _, moved = run(lambda p, s, x: net.apply(p, s, x, train=True), params, stats, x)
    assert max(jnp.abs(a - b).max() for a, b in zip(*map(jax.tree.leaves, (stats, moved)), strict=True)) > 1e-3


@pytest.mark.slow
def test_a_forecaster_paints_nothing_at_first_and_a_longer_one_the_same_beginning() -> None:
    x = jax.random.normal(jax.random.key(0), (N, SIDE, SIDE, 5))
    short, long = (forecaster(horizon, 2, 1, width=WIDTH) for horizon in (2, 4))
    params, stats = short.init(jax.random.key(1), x)
    frames = short.apply(params, stats, x)[0]
    assert frames.shape == (N, 2, 4 * SIDE, 4 * SIDE, 1) and frames.dtype == jnp.float32
    np.testing.assert_array_equal(frames, 0)
    params["last"]["kernel"] = jax.random.normal(jax.random.key(2), params["last"]["kernel"].shape)
    frames, more = short.apply(params, stats, x)[0], long.apply(params, stats, x)[0]
    np.testing.assert_allclose(more[:, :2], frames, atol=1e-5)
    assert jnp.abs(jnp.diff(more, axis=1)).max() > 1e-3
