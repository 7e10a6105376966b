"""Patches of a picture, each seen alone."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.nets import make_net
from jssl.nets.patches import windows

EACH = {"name": "convnet", "width": 4, "depth": 2, "batch_norm": "group:1"}


def test_patches_are_where_the_grid_says() -> None:
    images = np.arange(2 * 10 * 10).reshape(2, 10, 10, 1)
    cut = windows(jnp.asarray(images), 4, 3)
    assert cut.shape == (2, 3, 3, 4, 4, 1)
    np.testing.assert_array_equal(cut[1, 2, 0], images[1, 6:10, 0:4])


@pytest.mark.slow
def test_a_token_is_of_its_patch_alone() -> None:
    net, alone = make_net("per_patch", patch=6, stride=3, each=EACH), make_net(**EACH)
    x = jax.random.normal(jax.random.key(0), (3, 14, 14, 3))
    params, stats = net.init(jax.random.key(1), x)
    z, _ = net.tokens(params, stats, x)
    assert z.shape == (3, 9, 8) and z.dtype == jnp.float32
    np.testing.assert_allclose(z[:, 5], alone.apply(params, stats, x[:, 3:9, 6:12])[0], atol=1e-5)
    np.testing.assert_allclose(net.apply(params, stats, x)[0], z.mean(1), atol=1e-6)
    np.testing.assert_allclose(net.tokens(params, stats, net.pieces(x))[0], z, atol=1e-6)
    seen = jax.grad(lambda x: jnp.sum(net.tokens(params, stats, x)[0][0, 4] ** 2))(x) != 0
    inside = np.zeros((3, 14, 14), bool)
    inside[0, 3:9, 3:9] = True
    np.testing.assert_array_equal(np.asarray(seen).any(-1), inside)
    assert net.layers == alone.layers


def test_pictures_smaller_than_a_patch_are_refused() -> None:
    net = make_net("per_patch", patch=6, stride=3, each=EACH)
    with pytest.raises(ValueError, match="patches of 6 pixels do not fit pictures of 5x9"):
        net.init(jax.random.key(0), jnp.zeros((1, 5, 9, 3)))
