import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.nets.discriminator import discriminator


@pytest.mark.parametrize("size", [2, 4, 5, 14, 28])
def test_gives_one_logit_for_each_picture(size: int) -> None:
    net = discriminator(size, width=2)
    x = jnp.ones((3, size, size, 1))
    params, stats = jax.eval_shape(net.init, jax.random.key(0), x)
    logits, _ = jax.eval_shape(net.apply, params, stats, x)
    assert logits.shape == (3,) and logits.dtype == jnp.float32


def test_has_the_layers_of_the_papers_code() -> None:
    params, _ = jax.eval_shape(discriminator(64).init, jax.random.key(0), jnp.ones((1, 64, 64, 3)))
    shapes = [params["convs"][f"layer{i}"]["kernel"].shape for i in range(4)]
    assert shapes == [(16 * a, b) for a, b in [(3, 64), (64, 128), (128, 256), (256, 512)]]
    assert set(params["convs"]) == {f"layer{i}" for i in range(4)}
    assert set(params["norms"]) == {"layer1", "layer2", "layer3"}
    assert params["last"]["kernel"].shape == (4 * 4 * 512, 1)


@pytest.mark.slow
def test_leaks_where_a_plain_relu_would_be_off() -> None:
    net, bright = discriminator(8, width=2), jnp.ones((1, 8, 8, 1))
    params, stats = net.init(jax.random.key(0), bright)
    params["convs"]["layer0"]["kernel"] = jnp.full((16, 2), -1.0)
    seen = np.full((4, 4, 1), 16.0)  # pixels under each kernel: fewer at the border
    seen[[0, -1]] *= 3 / 4
    seen[:, [0, -1]] *= 3 / 4
    expected = np.sum(-0.2 * seen * params["last"]["kernel"].reshape(4, 4, 2))
    np.testing.assert_allclose(net.apply(params, stats, bright)[0], [expected], rtol=1e-5)
