import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jssl.nets.resnet import ConvNorm, resnet


def test_stems() -> None:
    x = jnp.ones((1, 32, 32, 1))
    for stem, kernel in (("cifar", (3, 3, 1, 4)), ("imagenet", (7, 7, 1, 4))):
        net = resnet((1,), False, width=4, stem=stem)
        params, stats = jax.eval_shape(net.init, jax.random.key(0), x)
        assert params["stem"]["conv"]["kernel"].shape == kernel
        assert jax.eval_shape(net.apply, params, stats, x)[0].shape == (1, 4)
    with pytest.raises(ValueError, match="stem='mnist' is neither"):
        resnet((1,), False, stem="mnist")


def test_he_initialisation_by_fan_out() -> None:
    layer = ConvNorm(32, 64, 3, batch_norm="sync", dtype=jnp.float32, rngs=nnx.Rngs(0))
    np.testing.assert_allclose(layer.conv.kernel[...].std(), np.sqrt(2 / (9 * 64)), rtol=0.03)


@pytest.mark.parametrize(("bottleneck", "last"), [(False, "conv2"), (True, "conv3")])
def test_zero_init_residual_starts_blocks_as_identity(bottleneck: bool, last: str) -> None:
    x = jnp.ones((1, 8, 8, 3))
    for zero in (False, True):
        net = resnet((1, 1), bottleneck, width=2, stem="cifar", zero_init_residual=zero)
        params, _ = net.init(jax.random.key(0), x)
        for block in params["blocks"].values():
            scales = {name: float(conv["norm"]["scale"].mean()) for name, conv in block.items()}
            assert scales == {name: 0.0 if zero and name == last else 1.0 for name in block}
