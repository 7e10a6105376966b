"""Views of several sizes through one network."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import PartitionSpec as P

from jssl.nets.convnet import convnet
from jssl.nets.multi_crop import apply_by_size
from jssl.nets.vit import vit
from jssl.parallel import AXIS, make_layout

SIZES = (16, 16, 8, 8, 8)


def views(rng: np.random.Generator, n: int = 8) -> tuple[jax.Array, ...]:
    return tuple(jnp.asarray(rng.normal(size=(n, size, size, 3)), jnp.float32) for size in SIZES)


def on(devices: int, function, x):
    mesh = make_layout(devices=jax.devices()[:devices]).mesh
    spmd = jax.shard_map(function, mesh=mesh, in_specs=P(AXIS), out_specs=(P(AXIS), P()), check_vma=False)
    return jax.tree.map(lambda y: jnp.asarray(np.asarray(y)), jax.jit(spmd)(x))  # off the mesh


@pytest.mark.slow
def test_each_view_is_where_it_was(rng: np.random.Generator) -> None:
    net, x = vit(8, 1, 2, patch=8, image_size=16), views(rng)
    params, stats = net.init(jax.random.key(0), x[0])
    y, _ = on(1, partial(apply_by_size, net, params, stats), x)
    assert y.shape == (8, len(SIZES), 8)
    for i, view in enumerate(x):
        np.testing.assert_allclose(y[:, i], net.apply(params, stats, view)[0], atol=1e-5)


@pytest.mark.slow
def test_batch_norm_sees_all_views_of_a_size_and_moves_once_a_size(rng: np.random.Generator) -> None:
    net, x = convnet(width=4, depth=2), views(rng)
    params, stats = net.init(jax.random.key(0), x[0])
    y, moved = on(1, partial(apply_by_size, net, params, stats), x)
    train = partial(net.apply, train=True)
    large, expected = on(1, lambda x: train(params, stats, x), jnp.concatenate(x[:2]))
    _, expected = on(1, lambda x: train(params, expected, x), jnp.concatenate(x[2:]))
    np.testing.assert_allclose(y[:, 1], large[8:], atol=1e-5)
    jax.tree.map(partial(np.testing.assert_allclose, atol=1e-5), moved, expected)


@pytest.mark.slow
def test_what_is_dropped_does_not_depend_on_the_device_count(rng: np.random.Generator) -> None:
    net, x = vit(8, 2, 2, patch=8, image_size=16, drop_path=0.5), views(rng)
    params, stats = net.init(jax.random.key(0), x[0])
    apply = partial(apply_by_size, net, params, stats, key=jax.random.key(1))
    one = on(1, apply, x)[0]
    np.testing.assert_allclose(on(4, apply, x)[0], one, atol=1e-5)
    assert np.abs(one - on(1, partial(apply_by_size, net, params, stats), x)[0]).max() > 0.01
