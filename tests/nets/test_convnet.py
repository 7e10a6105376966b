import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jssl.nets.convnet import Conv, convnet


@pytest.mark.parametrize(
    ("size", "side", "stride", "padding"), [(8, 3, 1, 1), (8, 3, 2, 1), (7, 3, 2, 1), (7, 3, 1, 1), (4, 4, 1, 0)]
)
def test_matmul_convolution_is_a_convolution(
    size: int, side: int, stride: int, padding: int, rng: np.random.Generator
) -> None:
    layer = Conv(3, 5, side=side, dtype=jnp.float32, rngs=nnx.Rngs(0))
    x = jnp.asarray(rng.normal(size=(2, size, size, 3)), jnp.float32)
    expected = jax.lax.conv_general_dilated(
        x, layer.kernel[...].reshape(side, side, 3, 5), (stride, stride), [(padding, padding)] * 2,
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )  # fmt: skip
    np.testing.assert_allclose(layer(x, stride=stride, padding=padding), expected, atol=1e-5)


@pytest.mark.slow
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


@pytest.mark.slow
def test_last_layer_weighs_every_position(rng: np.random.Generator) -> None:
    net = convnet(depth=0, features=5)
    x = jnp.asarray(rng.normal(size=(2, 4, 4, 3)), jnp.float32)
    params, stats = net.init(jax.random.key(0), x)
    expected = jax.nn.relu(x.reshape(2, -1) @ params["convs"]["last"]["kernel"])
    np.testing.assert_allclose(net.apply(params, stats, x)[0], expected, rtol=1e-4, atol=1e-5)
    wide = jnp.concatenate([x, x], axis=2)
    assert net.apply(params, stats, wide)[0].shape == (2, 5)
    low = net.apply(params, stats, x.at[:, 3].set(0.0))[0]
    np.testing.assert_allclose(net.apply(params, stats, x[:, :3])[0], low, rtol=1e-5, atol=1e-6)
