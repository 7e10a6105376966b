"""Networks of clips: what they see of time."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.nets import make_net
from jssl.nets.clip_convnet import TimeConv
from jssl.nets.frames import differences, rank_pooled
from tests.methods.toys import run

FRAME = {"name": "convnet", "width": 4, "depth": 2}


def clips(n: int = 3, t: int = 5, side: int = 12) -> jax.Array:
    return jax.random.normal(jax.random.key(0), (n, t, side, side, 3))


@pytest.mark.slow
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


@pytest.mark.slow
def test_tokens_are_those_of_the_frames_without_class_tokens() -> None:
    small = {"name": "vit", "dim": 8, "depth": 1, "heads": 2, "patch": 4, "image_size": 12}
    for frame, first in ((FRAME, 0), (small, 1)):
        alone, each = make_net(**frame), make_net("per_frame", frame=frame)
        params, stats = each.init(jax.random.key(1), clips())
        tokens = each.tokens(params, stats, clips())[0].reshape(3, 5, -1, 8)
        np.testing.assert_allclose(tokens[:, 2], alone.tokens(params, stats, clips()[:, 2])[0][:, first:], atol=1e-5)


@pytest.mark.slow
def test_frames_are_computed_in_the_precision_asked_for() -> None:
    coarse = make_net("per_frame", precision="bf16", frame=FRAME)
    params, stats = coarse.init(jax.random.key(1), clips())
    exact = make_net("per_frame", frame=FRAME).apply(params, stats, clips())[0]
    y = coarse.apply(params, stats, clips())[0]
    assert y.dtype == jnp.float32 and 1e-4 < jnp.abs(y - exact).max() < 0.1
    with pytest.raises(ValueError, match="network 'nothing' is none of"):
        make_net("per_frame", frame={"name": "nothing"})


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("net", [make_net("clip_convnet", width=4, depth=2), make_net("per_frame", frame=FRAME)])
def test_training_moves_the_statistics(net) -> None:
    params, stats = net.init(jax.random.key(1), clips())
    _, moved = run(lambda p, s, x: net.apply(p, s, x, train=True), params, stats, clips())
    assert any(jnp.abs(a - b).max() > 1e-3 for a, b in zip(*map(jax.tree.leaves, (stats, moved)), strict=True))


def test_a_dynamic_image_weighs_frames_by_their_place() -> None:
    x = clips(t=4)
    w = np.array([-3, -1, 1, 3]) / 8  # 2 k - t - 1 for k = 1 to 4
    np.testing.assert_allclose(rank_pooled(x), sum(w[k] * x[:, k] for k in range(4)), atol=1e-5)
    np.testing.assert_allclose(rank_pooled(x[:, ::-1]), -rank_pooled(x), atol=1e-5)
    np.testing.assert_allclose(rank_pooled(jnp.repeat(x[:, :1], 4, axis=1)), 0, atol=1e-5)


@pytest.mark.slow
def test_networks_of_pictures_see_one_made_of_the_clip() -> None:
    x = clips()
    np.testing.assert_allclose(differences(x)[..., 3:6], x[:, 2] - x[:, 1])
    for name, picture in (("dynamic_image", rank_pooled), ("frame_differences", differences)):
        net, alone = make_net(name, frame=FRAME), make_net(**FRAME)
        params, stats = net.init(jax.random.key(1), x)
        np.testing.assert_allclose(net.apply(params, stats, x)[0], alone.apply(params, stats, picture(x))[0], atol=1e-5)
        assert net.layers == alone.layers
