import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jssl.nets.convnet import Conv3x3, convnet


@pytest.mark.parametrize(("size", "stride"), [(8, 1), (8, 2), (7, 2), (7, 1)])
def test_matmul_convolution_is_a_convolution(size: int, stride: int, rng: np.random.Generator) -> None:
    layer = Conv3x3(3, 5, dtype=jnp.float32, rngs=nnx.Rngs(0))
    x = jnp.asarray(rng.normal(size=(2, size, size, 3)), jnp.float32)
    expected = jax.lax.conv_general_dilated(
        x, layer.kernel[...].reshape(3, 3, 3, 5), (stride, stride), [(1, 1), (1, 1)],
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )  # fmt: skip
    np.testing.assert_allclose(layer(x, stride=stride), expected, atol=1e-5)


@pytest.mark.parametrize("shape", [(28, 28, 1), (8, 8, 1), (32, 32, 3), (4, 4, 1), (9, 30, 3)])
def test_takes_any_size(shape: tuple[int, ...]) -> None:
    net = convnet(width=4)
    x = jnp.ones((2, *shape))
    params, stats = jax.jit(net.init)(jax.random.key(0), x)
    y, _ = jax.jit(net.apply)(params, stats, x)
    assert y.shape == (2, 32)


def test_width_and_depth() -> None:
    net = convnet(width=2, depth=6)
    x = jnp.ones((1, 16, 16, 1))
    params, _ = jax.jit(net.init)(jax.random.key(0), x)
    assert [params["convs"][f"layer{i}"]["kernel"].shape for i in range(6)] == [
        (9, 2), (18, 4), (36, 8), (72, 16), (144, 16), (144, 16),
    ]  # fmt: skip
