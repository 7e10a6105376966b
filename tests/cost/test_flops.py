import jax
import jax.numpy as jnp
import pytest
from jax.sharding import PartitionSpec as P

from jssl.cost.flops import count_flops
from jssl.nets import make_net


def shape(*dims):
    return jax.ShapeDtypeStruct(dims, jnp.float32)


def convolve(x, w, **options):
    options = {"window_strides": (1, 1), "padding": "VALID", **options}
    return jax.lax.conv_general_dilated(x, w, dimension_numbers=("NHWC", "HWIO", "NHWC"), **options)


def test_matrix_products():
    assert count_flops(lambda a, b: a @ b, shape(3, 5), shape(5, 7)) == 2 * 3 * 5 * 7
    batched = count_flops(lambda a, b: jnp.einsum("nij,nkj->nik", a, b), shape(4, 3, 5), shape(4, 7, 5))
    assert batched == 4 * 2 * 3 * 5 * 7


def test_the_gradient_of_a_product_is_two_more():
    loss = jax.value_and_grad(lambda a, b: (a @ b).sum(), argnums=(0, 1))
    assert count_flops(loss, shape(3, 5), shape(5, 7)) == 3 * 2 * 3 * 5 * 7


@pytest.mark.parametrize(
    ("options", "kernel", "expected"),
    [
        ({}, (3, 3, 4, 8), 2 * 2 * 8 * 4 * (6 * 3) ** 2),
        ({"window_strides": (2, 2)}, (2, 2, 4, 8), 2 * 2 * 8 * 4 * (4 * 2) ** 2),
        # 8 pixels, 3 taps each, less the first tap of the first and the last of the last
        ({"padding": "SAME"}, (3, 3, 4, 8), 2 * 2 * 8 * 4 * (8 * 3 - 2) ** 2),
        ({"feature_group_count": 4}, (3, 3, 1, 8), 2 * 2 * 8 * 1 * (6 * 3) ** 2),
        ({"rhs_dilation": (2, 2)}, (3, 3, 4, 8), 2 * 2 * 8 * 4 * (4 * 3) ** 2),
    ],
)
def test_convolutions(options, kernel, expected):
    assert count_flops(lambda x, w: convolve(x, w, **options), shape(2, 8, 8, 4), shape(*kernel)) == expected


def test_the_gradient_of_a_strided_convolution_is_two_more():
    """Its backward passes are convolutions of holes and with holes, which need no arithmetic."""
    loss = jax.value_and_grad(lambda x, w: convolve(x, w, window_strides=(2, 2)).sum(), argnums=(0, 1))
    forward = 2 * 2 * 8 * 4 * (3 * 3) ** 2
    assert count_flops(loss, shape(2, 7, 7, 4), shape(3, 3, 4, 8)) == 3 * forward


def test_loops_multiply_and_conditionals_take_the_dearest():
    def loop(a):
        return jax.lax.scan(lambda c, _: (c @ a, None), a, None, length=6)[0]

    assert count_flops(loop, shape(5, 5)) == 6 * 2 * 5**3
    assert count_flops(lambda a: jax.lax.cond(a[0, 0] > 0, lambda: a @ a @ a, lambda: a @ a), shape(5, 5)) == 4 * 5**3


@pytest.mark.parametrize("fsdp", [1, 2])
def test_all_devices_count(fsdp):
    mesh = jax.make_mesh((8 // fsdp, fsdp), ("data", "fsdp"), axis_types=(jax.sharding.AxisType.Auto,) * 2)
    product = jax.shard_map(
        lambda a, b: a @ b, mesh=mesh, in_specs=(P("data"), P()), out_specs=P("data"), axis_names={"data"}
    )
    assert count_flops(jax.jit(product), shape(16, 5), shape(5, 7)) == 2 * 16 * 5 * 7
    assert count_flops(jax.pmap(lambda a, b: a @ b), shape(8, 2, 5), shape(8, 5, 7)) == 2 * 16 * 5 * 7


@pytest.mark.slow
def test_resnet50_as_torchvision_states_it():
    """4.09 GFLOPS, by which it means multiply-adds, those on padding and of the classifier included.

    Padding is worth a few per cent: 18 % of a 3x3 convolution on 7x7.
    """
    net = make_net("resnet50", precision="float32", stem="imagenet")
    image = shape(1, 224, 224, 3)
    params, stats = jax.eval_shape(net.init, jax.random.key(0), image)
    classifier = 2048 * 1000
    counted = count_flops(lambda *x: net.apply(*x)[0], params, stats, image) / 2 + classifier
    assert 0.96 < counted / 4.09e9 < 1
