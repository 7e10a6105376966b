from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl import parallel
from jssl.nets.heads import gelu, linear, mlp


def shapes(widths: tuple[int, ...], **options: Any) -> dict[str, Any]:
    params, _ = mlp(widths, **options).init(jax.random.key(0), jnp.ones((2, 6)))
    return {
        jax.tree_util.keystr(path, simple=True, separator="/"): leaf.shape
        for path, leaf in jax.tree_util.tree_leaves_with_path(params)
    }


def test_simclr_projector_has_every_norm_but_no_last_offset() -> None:
    assert shapes((8, 4), bias=False, last_norm=True) == {
        "layers/layer0/kernel": (6, 8),
        "norms/layer0/scale": (8,),
        "norms/layer0/bias": (8,),
        "layers/layer1/kernel": (8, 4),
        "norms/layer1/scale": (4,),
    }


def test_byol_head_has_one_norm_and_may_have_a_bias() -> None:
    byol = {
        "layers/layer0/kernel": (6, 8),
        "norms/layer0/scale": (8,),
        "norms/layer0/bias": (8,),
        "layers/layer1/kernel": (8, 4),
    }
    assert shapes((8, 4), bias=False) == byol
    assert shapes((8, 4)) == {**byol, "layers/layer1/bias": (4,)}


@pytest.mark.slow
def test_affine_free_last_norm() -> None:
    assert "norms/layer1/scale" not in shapes((8, 4), last_norm=True, last_affine=False)
    net = mlp((8, 4), last_norm=True, last_affine=False)
    x = jax.random.normal(jax.random.key(1), (1, 64, 6))
    params, stats = jax.jit(net.init)(jax.random.key(0), x[0])
    y, _ = jax.vmap(lambda x: net.apply(params, stats, x, train=True), axis_name=parallel.AXIS)(x)
    np.testing.assert_allclose(y[0].mean(0), np.zeros(4), atol=1e-5)
    np.testing.assert_allclose(y[0].std(0), np.ones(4), atol=1e-3)


@pytest.mark.slow
def test_norm_per_layer() -> None:
    assert shapes((8, 7, 4), norm=(False, True)) == {
        "layers/layer0/kernel": (6, 8),
        "layers/layer0/bias": (8,),
        "layers/layer1/kernel": (8, 7),
        "norms/layer1/scale": (7,),
        "norms/layer1/bias": (7,),
        "layers/layer2/kernel": (7, 4),
        "layers/layer2/bias": (4,),
    }


def test_output_by_hand() -> None:
    net = mlp((2, 1), norm=False)
    params = {
        "layers": {
            "layer0": {"kernel": jnp.array([[1.0, -1.0]]), "bias": jnp.array([0.0, 1.0])},
            "layer1": {"kernel": jnp.array([[2.0], [3.0]]), "bias": jnp.array([5.0])},
        }
    }
    y, _ = jax.jit(net.apply)(params, {}, jnp.array([[2.0], [-1.0]]))
    np.testing.assert_allclose(y, [[2 * 2 + 3 * 0 + 5.0], [2 * 0 + 3 * 2 + 5.0]])


def test_another_activation_between_layers_only() -> None:
    net = mlp((1, 1), norm=False, activation=gelu)
    layer = {"kernel": jnp.array([[2.0]]), "bias": jnp.array([0.0])}
    y, _ = jax.jit(net.apply)({"layers": {"layer0": layer, "layer1": layer}}, {}, jnp.array([[0.5], [-0.5]]))
    np.testing.assert_allclose(y, [[2 * 0.841345], [2 * -0.158655]], atol=1e-5)  # 2 x Phi(x) at x = 1 and -1


@pytest.mark.slow
def test_more_than_ten_layers_stay_in_order() -> None:
    net = mlp(tuple(range(3, 15)), norm=False)
    params, stats = jax.jit(net.init)(jax.random.key(0), jnp.ones((2, 2)))
    assert net.apply(params, stats, jnp.ones((2, 2)))[0].shape == (2, 14)


def test_linear() -> None:
    net = linear(3)
    params, stats = jax.jit(net.init)(jax.random.key(0), jnp.ones((2, 5)))
    assert {name: leaf.shape for name, leaf in params["layers"]["layer0"].items()} == {"kernel": (5, 3), "bias": (3,)}
    assert stats == {}


@pytest.mark.parametrize(("widths", "norm"), [((), True), ((8, 4), (True, False)), ((4,), (True,))])
def test_widths_and_norms_must_fit(widths: tuple[int, ...], norm: Any) -> None:
    with pytest.raises(ValueError, match="needs at least one width, and as many norms as hidden layers"):
        mlp(widths, norm=norm)


@pytest.mark.parametrize(("name", "deviation"), [("lecun", 1 / 16), ("torch", 1 / 16 / 3**0.5), ("normal", 0.02)])
def test_initializers(name: str, deviation: float) -> None:
    params, _ = mlp((300, 200), norm=False, initializer=name).init(jax.random.key(0), jnp.ones((2, 256)))
    first = params["layers"]["layer0"]
    np.testing.assert_allclose(np.std(first["kernel"]), deviation, rtol=0.02)
    assert bool(np.asarray(first["bias"]).any()) == (name == "torch")
    if name == "torch":
        assert np.abs(first["kernel"]).max() <= 1 / 16 and np.abs(first["bias"]).max() <= 1 / 16
        np.testing.assert_allclose(np.std(first["bias"]), deviation, rtol=0.1)


def test_an_unknown_initializer_is_refused() -> None:
    with pytest.raises(ValueError, match="initializer='he' is none of lecun, normal, torch"):
        mlp((3,), initializer="he")
