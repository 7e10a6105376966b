import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jssl.nets.decoder import UpConv, decoder


def test_one_matmul_is_a_transposed_convolution(rng: np.random.Generator) -> None:
    layer = UpConv(3, 5, dtype=jnp.float32, rngs=nnx.Rngs(0))
    x = rng.normal(size=(2, 4, 6, 3)).astype(np.float32)
    taps = np.asarray(layer.conv.kernel[...]).reshape(2, 2, 3, 2, 2, 5)
    kernel = np.zeros((4, 4, 3, 5), np.float32)
    for i, j, a, b in np.ndindex(2, 2, 2, 2):  # pixel (a, b) of the window whose input pixels are (i, j)
        kernel[a + 2 - 2 * i, b + 2 - 2 * j] = taps[i, j, :, a, b]
    expected = np.zeros((2, 10, 14, 5), np.float32)
    for i, j in np.ndindex(4, 6):  # each input pixel paints a 4x4 stamp, two pixels after the one before it
        expected[:, 2 * i : 2 * i + 4, 2 * j : 2 * j + 4] += np.einsum("nc,yxcd->nyxd", x[:, i, j], kernel)
    np.testing.assert_allclose(layer(jnp.asarray(x)), expected[:, 1:-1, 1:-1], atol=1e-5)


@pytest.mark.parametrize("size", [3, 4, 5, 14, 28, 64])
def test_paints_any_size(size: int) -> None:
    net = decoder(size, 3, width=2)
    x = jnp.ones((2, 6))
    params, stats = jax.eval_shape(net.init, jax.random.key(0), x)
    assert jax.eval_shape(net.apply, params, stats, x)[0].shape == (2, size, size, 3)


def test_has_the_widths_of_the_papers_code() -> None:
    params, _ = jax.eval_shape(decoder(64, 3).init, jax.random.key(0), jnp.ones((1, 4000)))
    assert params["first"]["kernel"].shape == (4000, 4 * 4 * 512)
    shapes = [params["ups"][f"layer{i}"]["conv"]["kernel"].shape for i in range(4)]
    assert shapes == [(4 * a, 4 * b) for a, b in [(512, 256), (256, 128), (128, 64), (64, 3)]]
