from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.nets.resnet import resnet18, resnet50


def kernel_std(params: Any, *path: str) -> float:
    for name in path:
        params = params[name]
    return float(jnp.std(params["conv"]["kernel"]))


def test_stems() -> None:
    x = jnp.ones((1, 32, 32, 1))
    small = resnet18(width=4, stem="cifar")
    params, stats = jax.jit(small.init)(jax.random.key(0), x)
    assert params["stem"]["conv"]["kernel"].shape == (3, 3, 1, 4)
    assert jax.eval_shape(small.apply, params, stats, x)[0].shape == (1, 32)
    params, _ = jax.eval_shape(resnet50(width=4).init, jax.random.key(0), x)
    assert params["stem"]["conv"]["kernel"].shape == (7, 7, 1, 4)
    with pytest.raises(ValueError, match="stem='mnist' is neither"):
        resnet18(stem="mnist")


def test_he_initialisation_by_fan_out() -> None:
    params, _ = jax.jit(resnet18().init)(jax.random.key(0), jnp.ones((1, 32, 32, 3)))
    for path, fan_out in ((("stem",), 7 * 7 * 64), (("blocks", "stage2_block0", "conv1"), 9 * 256)):
        np.testing.assert_allclose(kernel_std(params, *path), np.sqrt(2 / fan_out), rtol=0.03)


def test_zero_init_residual_starts_blocks_as_identity() -> None:
    x = jnp.ones((1, 32, 32, 3))
    plain, zero = (resnet18(width=4, zero_init_residual=flag) for flag in (False, True))
    params, _ = jax.jit(zero.init)(jax.random.key(0), x)
    for name, block in params["blocks"].items():
        assert (block["conv2"]["norm"]["scale"] == 0).all(), name
        assert (block["conv1"]["norm"]["scale"] == 1).all(), name
    params, _ = jax.jit(plain.init)(jax.random.key(0), x)
    assert all((block["conv2"]["norm"]["scale"] == 1).all() for block in params["blocks"].values())
    params, _ = jax.jit(resnet50(width=4, zero_init_residual=True).init)(jax.random.key(0), x)
    assert all((block["conv3"]["norm"]["scale"] == 0).all() for block in params["blocks"].values())
