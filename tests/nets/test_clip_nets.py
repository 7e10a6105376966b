"""Networks of clips: what they see of time."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.nets import make_net
from jssl.nets.clip_convnet import TimeConv
from tests.methods.toys import run

FRAME = {"name": "convnet", "width": 4, "depth": 2}


def clips(n: int = 3, t: int = 5, side: int = 12) -> jax.Array:
    return jax.random.normal(jax.random.key(0), (n, t, side, side, 3))


def test_a_clip_of_one_frame_has_the_features_of_the_picture() -> None:
    alone, each = make_net(**FRAME), make_net("per_frame", frame=FRAME)
    x = clips()
    params, stats = each.init(jax.random.key(1), x)
    assert jax.tree.structure((params, stats)) == jax.tree.structure(alone.init(jax.random.key(1), x[:, 0]))
    picture, _ = alone.apply(params, stats, x[:, 2])
    np.testing.assert_allclose(each.apply(params, stats, x[:, 2:3])[0], picture, atol=1e-5)
    frames = [alone.apply(params, stats, x[:, i])[0] for i in range(5)]
    np.testing.assert_allclose(each.apply(params, stats, x)[0], sum(frames) / 5, atol=1e-5)
    assert each.layers == alone.layers
    places = [alone.tokens(params, stats, x[:, i])[0] for i in range(5)]
    np.testing.assert_allclose(each.tokens(params, stats, x)[0], jnp.concatenate(places, axis=1), atol=1e-5)


def test_frames_are_computed_in_the_precision_asked_for() -> None:
    coarse = make_net("per_frame", precision="bf16", frame=FRAME)
    params, stats = coarse.init(jax.random.key(1), clips())
    exact = make_net("per_frame", frame=FRAME).apply(params, stats, clips())[0]
    y = coarse.apply(params, stats, clips())[0]
    assert y.dtype == jnp.float32 and 1e-4 < jnp.abs(y - exact).max() < 0.1
    with pytest.raises(ValueError, match="network 'nothing' is none of"):
        make_net("per_frame", frame={"name": "nothing"})


def test_only_a_network_in_time_tells_a_clip_from_its_reverse() -> None:
    for name, options, sees in (
        ("per_frame", {"frame": FRAME}, False),
        ("clip_convnet", {"width": 4, "depth": 2}, True),
    ):
        net = make_net(name, **options)
        params, stats = net.init(jax.random.key(1), clips())
        there, back = (net.apply(params, stats, x)[0] for x in (clips(), clips()[:, ::-1]))
        assert there.dtype == jnp.float32 and there.shape == (3, 8)
        assert (jnp.abs(there - back).max() > 1e-3) == sees


def test_a_convolution_in_time_is_numpys() -> None:
    from flax import nnx

    conv = TimeConv(3, 4, dtype=jnp.float32, rngs=nnx.Rngs(0))
    x, kernel = np.asarray(clips(side=2)), np.asarray(conv.kernel[...]).reshape(3, 3, 4)
    expected = np.zeros((3, 5, 2, 2, 4), np.float32)
    for t in range(5):
        for i in range(3):
            if 0 <= t + i - 1 < 5:
                expected[:, t] += x[:, t + i - 1] @ kernel[i]
    np.testing.assert_allclose(conv(jnp.asarray(x)), expected, atol=1e-5)


@pytest.mark.parametrize("net", [make_net("clip_convnet", width=4, depth=2), make_net("per_frame", frame=FRAME)])
def test_training_moves_the_statistics(net) -> None:
    params, stats = net.init(jax.random.key(1), clips())
    _, moved = run(lambda p, s, x: net.apply(p, s, x, train=True), params, stats, clips())
    assert any(jnp.abs(a - b).max() > 1e-3 for a, b in zip(*map(jax.tree.leaves, (stats, moved)), strict=True))
