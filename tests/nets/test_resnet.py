import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jssl.nets.resnet import ConvNorm, resnet, resnet50, resnet101, resnet152
from jssl.nets.selective_kernel import SelectiveKernel, averaged


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


@pytest.mark.slow
@pytest.mark.parametrize(("bottleneck", "last"), [(False, "conv2"), (True, "conv3")])
def test_zero_init_residual_starts_blocks_as_identity(bottleneck: bool, last: str) -> None:
    x = jnp.ones((1, 8, 8, 3))
    for zero in (False, True):
        net = resnet((1, 1), bottleneck, width=2, stem="cifar", zero_init_residual=zero)
        params, _ = net.init(jax.random.key(0), x)
        for block in params["blocks"].values():
            scales = {name: float(conv["norm"]["scale"].mean()) for name, conv in block.items()}
            assert scales == {name: 0.0 if zero and name == last else 1.0 for name in block}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("net", "options", "millions"),
    [
        (resnet50, {}, 24),
        (resnet50, {"selective_kernels": True}, 35),
        (resnet50, {"width": 128}, 94),
        pytest.param(resnet50, {"width": 128, "selective_kernels": True}, 140, marks=pytest.mark.long),
        pytest.param(resnet101, {"selective_kernels": True}, 65, marks=pytest.mark.long),
        pytest.param(resnet152, {"width": 192, "selective_kernels": True}, 795, marks=pytest.mark.long),
    ],
)
def test_as_many_parameters_as_simclr_v2_says(net, options, millions) -> None:
    params, _ = jax.eval_shape(net(**options).init, jax.random.key(0), jnp.ones((1, 224, 224, 3)))
    assert round(sum(leaf.size for leaf in jax.tree.leaves(params)) / 1e6) == millions


@pytest.mark.slow
def test_a_selective_kernel_weighs_two_streams_by_the_whole_picture() -> None:
    both = np.random.default_rng(0).random((2, 3, 3, 8), np.float32)
    layer = SelectiveKernel(4, batch_norm="sync", dtype=jnp.float32, rngs=nnx.Rngs(1))
    first, second = both[..., :4], both[..., 4:]
    seen = np.maximum((first + second).mean((1, 2)) @ np.asarray(layer.squeeze.kernel[...]) / np.sqrt(1 + 1e-5), 0)
    logits = seen @ np.asarray(layer.mix.kernel[...])
    share = 1 / (1 + np.exp(logits[:, 4:] - logits[:, :4]))[:, None, None]
    found = layer(jnp.asarray(both), train=False)
    np.testing.assert_allclose(found, share * first + (1 - share) * second, rtol=1e-4, atol=1e-5)
    alike = np.concatenate([first, first], axis=-1)
    np.testing.assert_allclose(layer(jnp.asarray(alike), train=False), first, rtol=1e-5)  # weights add up to 1


@pytest.mark.slow
def test_selective_kernels_are_of_bottlenecks_and_their_shortcuts_average() -> None:
    with pytest.raises(ValueError, match="selective_kernels are of bottlenecks"):
        resnet((1,), False, selective_kernels=True)
    np.testing.assert_allclose(averaged(jnp.arange(9.0).reshape(1, 3, 3, 1), 2)[0, ..., 0], [[2, 3.5], [6.5, 8]])
    x = jnp.ones((2, 16, 16, 3))
    for stem, side in (("imagenet", 2), ("cifar", 8)):
        net = resnet((1, 1), True, width=4, stem=stem, selective_kernels=True)
        params, stats = jax.eval_shape(net.init, jax.random.key(0), x)
        assert jax.eval_shape(net.tokens, params, stats, x)[0].shape == (2, side**2, 32)
        assert set(net.layers) <= {*params, *params["blocks"]}
