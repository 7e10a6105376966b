from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.nets.text_transformer import text_transformer

tiny = partial(text_transformer, 8, 2, 2, vocabulary=30, positions=9)
X = jnp.array([[1, 5, 6, 7, 2, -1, -1], [1, 8, 2, -1, -1, -1, -1], [-1] * 7])


@pytest.mark.slow
@pytest.mark.parametrize("pool", ["mean", "token"])
def test_padding_changes_nothing_and_nothing_looks_at_it(pool: str):
    net = tiny(pool=pool)
    params, stats = jax.jit(net.init)(jax.random.key(0), X)
    y = jax.jit(net.apply)(params, stats, X)[0]
    assert y.shape == (3, 8) and y.dtype == jnp.float32 and np.isfinite(y).all()
    np.testing.assert_allclose(jax.jit(net.apply)(params, stats, X[:2, :5])[0], y[:2], atol=1e-6)
    weights = np.asarray(jax.jit(net.attention)(params, stats, X)[0])
    np.testing.assert_allclose(weights.sum(-1), 1, rtol=1e-5)
    assert (weights[0, :, :, 5:] == 0).all() and (weights[0, :, :, :5] > 0).all()
    assert net.words(params).shape == (30, 8)


@pytest.mark.slow
def test_what_does_not_fit_is_refused():
    for options, message in (({"pool": "max"}, "pool='max'"), ({"dropout": 1.0}, r"dropout=1.0 is a probability")):
        with pytest.raises(ValueError, match=message):
            tiny(**options)
    with pytest.raises(ValueError, match="dim=8 does not divide over 3 heads"):
        text_transformer(8, 1, 3, vocabulary=30)
    net = tiny()
    params, stats = jax.jit(net.init)(jax.random.key(0), X)
    with pytest.raises(ValueError, match="texts of 12 tokens are longer than the encoder's positions=9"):
        net.apply(params, stats, jnp.zeros((1, 12), jnp.int32))
