import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import PartitionSpec as P

from jssl.nets.sound import audio_cnn, dropped, largest
from jssl.parallel import make_layout
from tests.methods.toys import run

SMALL = {"width": 4, "features": 16, "mels": 16}


def spectrograms(n=8, frames=24):
    return 3 * jax.random.normal(jax.random.key(0), (n, 16, frames, 1)) + 2


def test_the_papers_network_has_2048_features_and_5_million_weights():
    net = audio_cnn()
    x = jax.ShapeDtypeStruct((2, 64, 96, 1), jnp.float32)
    params, stats = jax.eval_shape(net.init, jax.random.key(0), x)
    assert jax.eval_shape(net.apply, params, stats, x)[0].shape == (2, 2048)
    convolutions = 9 * (1 + 64 + 64) * 64 + 3 * 2 * 64
    assert sum(leaf.size for leaf in jax.tree.leaves(params)) == convolutions + (512 + 1) * 2048 + (2048 + 1) * 2048


@pytest.mark.slow
def test_post_norm_gives_the_batch_mean_0_and_deviation_1():
    net = audio_cnn(**SMALL)
    x = spectrograms()
    params, stats = net.init(jax.random.key(1), x)
    assert "post_norm" not in params, "nothing to learn"
    apply = jax.jit(lambda x: run(lambda x: net.apply(params, stats, x, train=True), x))
    y, moved = apply(x)
    np.testing.assert_allclose(apply(5 * x - 7)[0], y, atol=1e-3)
    np.testing.assert_allclose(moved["post_norm"]["mean"], 0.1 * x.mean(), rtol=1e-4)
    np.testing.assert_allclose(moved["post_norm"]["var"], 0.9 + 0.1 * x.var(), rtol=1e-4)
    bare = audio_cnn(**SMALL, post_norm=False)
    assert "post_norm" not in bare.init(jax.random.key(1), x)[1]


@pytest.mark.slow
def test_features_are_maximum_plus_mean_over_time():
    net = audio_cnn(**SMALL)
    x = spectrograms(1, 8)  # one frame after three poolings
    params, stats = net.init(jax.random.key(1), x)
    frames = jnp.concatenate([x, x], axis=2)
    one, two = (net.apply(params, stats, x)[0] for x in (x, frames))
    assert one.shape == two.shape == (1, 16) and one.dtype == jnp.float32


def test_the_largest_over_time_and_its_gradient():
    x = jnp.asarray([[[1.0, 5], [3, 5], [2, 4]]])
    assert largest(x).tolist() == [[3, 5]]
    assert jax.grad(lambda x: largest(x).sum())(x).tolist() == [[[0, 1], [1, 0], [0, 0]]]


@pytest.mark.slow
def test_dropout_is_drawn_by_the_row_in_the_global_batch():
    x, key = jnp.ones((8, 3, 5)), jax.random.key(0)
    found = []
    for devices in (1, 8):
        mesh = make_layout(devices=jax.devices()[:devices]).mesh
        drop = jax.shard_map(lambda x: dropped(key, x, 0.4), mesh=mesh, in_specs=P("data"), out_specs=P("data"))
        found.append(np.asarray(jax.jit(drop)(x)))
    np.testing.assert_array_equal(*found)
    assert set(np.unique(found[0])) == {np.float32(0), np.float32(1 / 0.6)}


@pytest.mark.parametrize(("options", "message"), [({"mels": 7}, "mels=7"), ({"dropout": 1.0}, "dropout=1")])
def test_impossible_sizes_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        audio_cnn(**options)
