"""ResNets in space and time: torchvision's, by their parameters, and a convolution by NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jssl.nets import make_net
from jssl.nets.video_resnet import Conv3


# torchvision states 31,505,325 and 33,371,472 for 400 classes, of which 512 * 400 + 400 are the classifier's.
@pytest.mark.parametrize(("name", "count"), [("r2plus1d_18", 31_505_325), ("r3d_18", 33_371_472)])
def test_as_many_parameters_as_torchvisions(name: str, count: int) -> None:
    net = make_net(name)
    x = jax.ShapeDtypeStruct((2, 16, 112, 112, 3), jnp.float32)
    params, stats = jax.eval_shape(net.init, jax.random.key(0), x)
    assert sum(leaf.size for leaf in jax.tree.leaves(params)) == count - 205_200
    assert jax.eval_shape(net.apply, params, stats, x)[0].shape == (2, 512)
    paths = [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(params)]
    assert all(any(f"'{layer}'" in path for layer in net.layers) for path in paths)


def numpy_conv(x: np.ndarray, kernel: np.ndarray, stride: tuple[int, int, int]) -> np.ndarray:
    """[n, t, h, w, c] by [kt, kh, kw, c, d], padded by half the kernel on either side."""
    sides = kernel.shape[:3]
    x = np.pad(x, ((0, 0), *((side // 2, side // 2) for side in sides), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, sides, (1, 2, 3))
    return np.einsum("nthwcijk,ijkcd->nthwd", windows[:, :: stride[0], :: stride[1], :: stride[2]], kernel)


@pytest.mark.parametrize("between", [0, 5])
def test_a_convolution_in_space_and_time_is_numpys(between: int) -> None:
    conv = Conv3(3, 4, between=between, stride=2, batch_norm="sync", dtype=jnp.float32, rngs=nnx.Rngs(0))
    x = np.random.default_rng(0).normal(size=(2, 5, 6, 7, 3)).astype(np.float32)
    norm = 1 / np.sqrt(1 + 1e-5)
    if between:
        hidden = numpy_conv(x, np.asarray(conv.space.conv.kernel[...]), (1, 2, 2)) * norm
        expected = numpy_conv(np.maximum(hidden, 0), np.asarray(conv.last.conv.kernel[...]), (2, 1, 1)) * norm
    else:
        expected = numpy_conv(x, np.asarray(conv.last.conv.kernel[...]), (2, 2, 2)) * norm
    np.testing.assert_allclose(conv(jnp.asarray(x), train=False), expected, atol=1e-4)


@pytest.mark.slow
def test_only_a_network_in_time_tells_a_clip_from_its_reverse() -> None:
    x = jax.random.normal(jax.random.key(0), (2, 6, 8, 8, 1))
    for name in ("r2plus1d_18", "r3d_18"):
        net = make_net(name, width=4)
        params, stats = jax.jit(net.init)(jax.random.key(1), x)
        there, back = (jax.jit(net.apply)(params, stats, clip)[0] for clip in (x, x[:, ::-1]))
        assert there.shape == (2, 32) and jnp.abs(there - back).max() > 1e-3
