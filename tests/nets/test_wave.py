"""Encoders of waves: shapes, precision, and what they refuse."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.nets.wav2vec2 import wav2vec2, wav2vec2_large
from jssl.nets.wave import mean_of_frames, wave_gru
from jssl.nets.wave_unet import wave_unet

WAVES = jax.ShapeDtypeStruct((2, 16_000, 2), jnp.float32)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
@pytest.mark.parametrize(
    ("make", "features", "frames"),
    [
        (wav2vec2, 768, 49),
        pytest.param(wav2vec2_large, 1024, 49, marks=pytest.mark.long),
        (wave_gru, 256, 98),
        (wave_unet, 512, 1000),
    ],
)
def test_a_second_of_sound_is_so_many_frames_in_any_precision(make, features, frames, dtype):
    net = make(dtype=dtype)
    params, stats = jax.eval_shape(net.init, jax.random.key(0), WAVES)
    assert {x.dtype for x in jax.tree.leaves(params)} == {jnp.dtype(jnp.float32)}
    y, _ = jax.eval_shape(net.apply, params, stats, WAVES)
    tokens, _ = jax.eval_shape(net.tokens, params, stats, WAVES)
    assert (y.shape, y.dtype) == ((2, features), jnp.float32)
    assert (tokens.shape, tokens.dtype) == ((2, frames, features), jnp.float32)
    if net.frames is not None:
        assert net.frames(np.ones((2, 16_000), bool)).shape == (2, frames)


@pytest.mark.slow
def test_wav2vec2_base_has_as_many_parameters_as_the_papers():
    params, _ = jax.eval_shape(wav2vec2().init, jax.random.key(0), WAVES)
    assert 94e6 < sum(np.prod(x.shape) for x in jax.tree.leaves(params)) < 95e6


@pytest.mark.slow
def test_layers_are_named_as_parameters_are():
    for net in (wav2vec2(), wave_gru(), wave_unet()):
        params, _ = jax.eval_shape(net.init, jax.random.key(0), WAVES)
        paths = [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(params)]
        assert all(any(f"['{layer}']" in path for path in paths) for layer in net.layers)


def test_a_mean_over_no_frames_is_0():
    there = jnp.array([[True, True, False], [False, False, False]])
    x = jnp.arange(6.0).reshape(2, 3, 1)
    np.testing.assert_array_equal(mean_of_frames(x, there), [[0.5], [0.0]])


@pytest.mark.parametrize("net", [wave_gru(), wave_unet()])
def test_spectrograms_are_refused(net):
    params, stats = jax.eval_shape(net.init, jax.random.key(0), WAVES)
    with pytest.raises(ValueError, match="sees waves, not"):
        jax.eval_shape(net.apply, params, stats, jnp.zeros((2, 64, 96, 1)))
