"""Convolutions and all of their derivatives are XLA's, whichever way they are computed."""

from functools import partial

import jax
import jax.export
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from jax import lax

from jssl.nets import convolution as convolutions
from jssl.nets.convolution import by_places, convolution

CASES = {
    "3x3": ((6, 8, 8, 16), (3, 3, 16, 5), (1, 1), "SAME"),
    "strided": ((6, 9, 8, 16), (3, 3, 16, 5), (2, 2), ((1, 1), (1, 1))),
    "1x1, strided": ((6, 8, 8, 16), (1, 1, 16, 5), (2, 2), "VALID"),
    "7x7, uneven": ((2, 8, 9, 16), (7, 7, 16, 3), (2, 2), ((3, 2), (0, 3))),
    "wave": ((7, 40, 16), (4, 16, 5), (2,), "VALID"),
    "clip": ((3, 4, 6, 6, 16), (3, 1, 1, 16, 4), (1, 1, 1), ((1, 1), (0, 0), (0, 0))),
}


@pytest.fixture(params=CASES)
def case(request, rng, monkeypatch):
    """Both ways, and what they take; four examples or so are looked at together."""
    shape, kernel, strides, padding = CASES[request.param]
    monkeypatch.setattr(convolutions, "VALUES", 4 * int(np.prod(shape[1:])) // 2)
    spatial = "DHW"[-len(strides) :]
    layout = lax.conv_dimension_numbers(shape, kernel, (f"N{spatial}C", f"{spatial}IO", f"N{spatial}C"))
    ways = [
        partial(way, strides=strides, padding=padding, dimension_numbers=layout)
        if way is convolution
        else lambda x, k: lax.conv_general_dilated(x, k, strides, padding, dimension_numbers=layout)
        for way in (convolution, lax.conv_general_dilated)
    ]
    return ways, tuple(jnp.asarray(rng.normal(size=size), jnp.float32) for size in (shape, kernel))


def close(found, wanted) -> None:
    jax.tree.map(partial(np.testing.assert_allclose, rtol=2e-4, atol=2e-4), found, wanted)


def test_gradients_are_xla_s(case, rng) -> None:
    ways, given = case
    weights = jnp.asarray(rng.normal(size=jax.eval_shape(ways[1], *given).shape), jnp.float32)
    close(*(jax.jit(jax.grad(lambda x, k: jnp.sum(weights * way(x, k)), (0, 1)))(*given) for way in ways))  # noqa: B023


def test_forward_and_second_derivatives_are_xla_s(case, rng) -> None:
    ways, given = case
    tangents = tuple(jnp.asarray(rng.normal(size=x.shape), jnp.float32) for x in given)

    def turning(way, x, k):
        """The gradient of a change of a sum, by forward mode in reverse mode."""
        return jax.grad(lambda x, k: jax.jvp(lambda *z: jnp.sum(jnp.sin(way(*z))), (x, k), tangents)[1], (0, 1))(x, k)

    close(*(jax.jit(partial(turning, way))(*given) for way in ways))


def test_by_places_is_the_convolution_itself(rng) -> None:
    x, k = (jnp.asarray(rng.normal(size=size), jnp.float32) for size in ((5, 7, 6, 16), (3, 2, 16, 4)))
    padding = ((1, 0), (2, 1))
    wanted = lax.conv_general_dilated(x, k, (2, 1), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))
    close(by_places(x, k, strides=(2, 1), padding=padding), wanted)


def test_a_batch_of_any_length_can_be_exported() -> None:
    conv = nnx.Conv(16, 4, (3, 3), conv_general_dilated=convolution, rngs=nnx.Rngs(0))
    (n,) = jax.export.symbolic_shape("n")
    program = jax.export.export(jax.jit(conv))(jax.ShapeDtypeStruct((n, 32, 32, 16), jnp.float32))
    assert program.call(jnp.zeros((9, 32, 32, 16))).shape == (9, 32, 32, 4)


def test_small_grouped_and_half_precision_ones_are_left_to_xla(monkeypatch) -> None:
    monkeypatch.setattr(convolutions, "_convolution", None)
    for shape, options in (
        ((2, 8, 8, 16), {}),
        ((64, 32, 32, 8), {}),
        ((64, 16, 16, 16), {"feature_group_count": 2}),
        ((64, 16, 16, 16), {"kernel_dilation": 2}),
        ((64, 16, 16, 16), {"dtype": jnp.bfloat16}),
    ):
        conv = nnx.Conv(shape[-1], 4, (3, 3), conv_general_dilated=convolution, **options, rngs=nnx.Rngs(0))
        jax.eval_shape(conv, jnp.zeros(shape))
    conv = nnx.Conv(16, 4, (3, 3), conv_general_dilated=convolution, rngs=nnx.Rngs(0))
    with pytest.raises(TypeError):
        jax.eval_shape(conv, jnp.zeros((64, 16, 16, 16)))
