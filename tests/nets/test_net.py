from pathlib import Path
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
import pytest

from jssl import parallel
from jssl.nets import make_net
from jssl.nets.heads import mlp
from jssl.nets.net import Net, apply_each, chain, from_linen


class TheirCNN(nn.Module):
    @nn.compact
    def __call__(self, x: jax.Array, train: bool) -> jax.Array:
        x = nn.Conv(8, (3, 3))(x)
        x = nn.BatchNorm(use_running_average=not train, momentum=0.9)(x)
        x = nn.Dropout(0.5, deterministic=not train)(nn.relu(x))
        return x.mean((1, 2))


def on_one_device(net: Net, params: Any, stats: Any, x: jax.Array, key: jax.Array | None = None) -> Any:
    def apply(x: jax.Array) -> Any:
        return net.apply(params, stats, x, key=key, train=True)

    mapped = jax.jit(jax.vmap(apply, axis_name=parallel.AXIS))
    return jax.tree.map(lambda leaf: leaf[0], mapped(x.reshape(1, *x.shape)))


@pytest.fixture
def images(rng: np.random.Generator) -> jax.Array:
    return jnp.asarray(rng.normal(size=(4, 8, 8, 3)), jnp.float32)


@pytest.mark.slow
def test_linen_adapter(images: jax.Array) -> None:
    net = from_linen(TheirCNN())
    params, stats = net.init(jax.random.key(0), images)
    assert set(stats) == {"batch_stats"}
    y, same = net.apply(params, stats, images)
    assert y.shape == (4, 8)
    assert same is stats
    first, moved = on_one_device(net, params, stats, images, jax.random.key(1))
    again, _ = on_one_device(net, params, stats, images, jax.random.key(1))
    other, _ = on_one_device(net, params, stats, images, jax.random.key(2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other), "dropout must follow the key"
    variables = {"params": params, **stats}
    _, theirs = TheirCNN().apply(variables, images, True, rngs={"dropout": jax.random.key(1)}, mutable=["batch_stats"])
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5), moved, dict(theirs))


def test_linen_without_a_training_argument(images: jax.Array) -> None:
    net = from_linen(nn.Dense(5), train_argument="")
    params, stats = net.init(jax.random.key(0), images)
    assert stats == {}
    y, _ = on_one_device(net, params, stats, images)
    np.testing.assert_allclose(y, images @ params["kernel"] + params["bias"].reshape(1, 1, 1, 5), rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_chain_applies_its_parts_in_order(images: jax.Array) -> None:
    encoder, projector = make_net("convnet", width=4), mlp((6, 5), last_norm=True)
    net = chain(encoder=encoder, projector=projector)
    params, stats = net.init(jax.random.key(0), images)
    y, moved = on_one_device(net, params, stats, images)
    h, encoder_stats = on_one_device(encoder, params["encoder"], stats["encoder"], images)
    z, projector_stats = on_one_device(projector, params["projector"], stats["projector"], h)
    np.testing.assert_allclose(y, z, rtol=1e-5, atol=1e-6)
    assert jax.tree.structure(moved) == jax.tree.structure({"encoder": encoder_stats, "projector": projector_stats})
    np.testing.assert_allclose(net.apply(params, stats, images)[0].shape, (4, 5))


def test_chain_gives_each_part_its_own_key(images: jax.Array) -> None:
    class Noise(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array, train: bool) -> jax.Array:
            return jnp.zeros(x.shape) + (jax.random.normal(self.make_rng("dropout"), x.shape) if train else 0.0)

    noise = from_linen(Noise())
    once, _ = on_one_device(chain(a=noise), {"a": {}}, {"a": {}}, images, jax.random.key(0))
    twice, _ = on_one_device(chain(a=noise, b=noise), {"a": {}, "b": {}}, {"a": {}, "b": {}}, images, jax.random.key(0))
    assert not np.allclose(once, twice)


NETWORKS = {
    "convnet": {"width": 4},
    "resnet18": {"stem": "cifar", "width": 4},
    "resnet50": {"width": 4},
    "vit": {"dim": 16, "depth": 2, "heads": 2, "patch": 8, "image_size": 32},
}


@pytest.mark.parametrize("name", NETWORKS)
def test_state_is_plain_dicts_of_float32_with_string_keys(name: str) -> None:
    net = make_net(name, **NETWORKS[name])
    state = jax.eval_shape(net.init, jax.random.key(0), jnp.ones((2, 32, 32, 3)))
    for path, leaf in jax.tree_util.tree_leaves_with_path(state):
        assert type(leaf) is jax.ShapeDtypeStruct
        assert leaf.dtype == jnp.float32
        assert all(isinstance(entry, jax.tree_util.DictKey) and isinstance(entry.key, str) for entry in path[1:])


@pytest.mark.parametrize("name", ["convnet", "vit"])
def test_init_follows_its_key(name: str) -> None:
    net = make_net(name, **NETWORKS[name])
    init = jax.jit(net.init)
    x = jnp.ones((2, 32, 32, 3))
    first, again, other = (init(jax.random.key(seed), x)[0] for seed in (0, 0, 1))
    jax.tree.map(np.testing.assert_array_equal, first, again)
    kernels = [pair for pair in zip(*map(jax.tree.leaves, (first, other)), strict=True) if pair[0].ndim > 1]
    assert kernels
    assert not any(np.allclose(a, b) for a, b in kernels)
    sizes = [leaf.shape for leaf in jax.tree.leaves(first)]
    assert sizes == [leaf.shape for leaf in jax.tree.leaves(jax.eval_shape(net.init, jax.random.key(0), x)[0])]


@pytest.mark.parametrize("name", ["convnet", "resnet18", "vit"])
def test_bf16_computes_in_bf16_and_keeps_float32(name: str, rng: np.random.Generator) -> None:
    x = jnp.asarray(rng.normal(size=(8, 32, 32, 3)), jnp.float32)
    half, whole = (make_net(name, precision=precision, **NETWORKS[name]) for precision in ("bf16", "float32"))
    params, stats = jax.jit(half.init)(jax.random.key(0), x)
    y, moved = on_one_device(half, params, stats, x)
    assert y.dtype == jnp.float32
    assert np.isfinite(y).all()
    assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves((params, moved)))
    exact, _ = on_one_device(whole, params, stats, x)
    error = np.abs(y - exact).mean() / np.abs(exact).mean()
    assert 1e-5 < error < 0.05, "as far apart as bfloat16 rounding, and no further"
    text = jax.jit(half.apply).lower(params, stats, x).as_text()
    work = [line for line in text.splitlines() if "stablehlo.convolution" in line or "stablehlo.dot_general" in line]
    assert work
    assert all("bf16" in line for line in work)


@pytest.mark.slow
def test_applying_again_does_not_recompile() -> None:
    net = make_net("convnet", width=4)
    x = jnp.ones((4, 8, 8, 1))
    params, stats = net.init(jax.random.key(0), x)
    compiled = 0

    def train(params: Any, stats: Any, x: jax.Array) -> Any:
        nonlocal compiled
        compiled += 1
        return net.apply(params, stats, x, train=True)

    step = jax.jit(jax.vmap(train, in_axes=(None, None, 0), axis_name=parallel.AXIS))
    for _ in range(3):
        _, moved = step(params, stats, x.reshape(1, *x.shape))
        stats = jax.tree.map(lambda leaf: leaf[0], moved)
    assert compiled == 1


@pytest.mark.slow
def test_orbax_round_trip(tmp_path: Path) -> None:
    net = chain(encoder=make_net("vit", **NETWORKS["vit"]), projector=mlp((6, 5), last_norm=True))
    x = jnp.ones((2, 32, 32, 3))
    state = dict(zip(("params", "stats"), jax.jit(net.init)(jax.random.key(0), x), strict=True))
    with ocp.CheckpointManager(tmp_path) as manager:
        manager.save(0, args=ocp.args.StandardSave(state))
        manager.wait_until_finished()
        restored = manager.restore(0, args=ocp.args.StandardRestore(jax.eval_shape(lambda: state)))
    assert jax.tree.structure(restored) == jax.tree.structure(state)
    jax.tree.map(np.testing.assert_array_equal, restored, state)


def test_make_net_names_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="network 'resnet19' is none of audio_cnn, clip_convnet, conv_lstm, convnet"):
        make_net("resnet19")
    with pytest.raises(
        ValueError, match=r"'resnet18' has no option depth; it has stem, width, selective_kernels, zero_init"
    ):
        make_net("resnet18", depth=3)
    with pytest.raises(ValueError, match="'vit' needs dim, depth, heads"):
        make_net("vit", patch=4)
    with pytest.raises(ValueError, match="precision='fp16' is none of float32, bf16"):
        make_net("convnet", precision="fp16")
    with pytest.raises(ValueError, match="has no option dtype"):
        make_net("convnet", dtype=jnp.bfloat16)


@pytest.mark.slow
def test_each_view_is_normalised_by_itself_and_moves_the_statistics(images: jax.Array) -> None:
    net = from_linen(TheirCNN())
    params, stats = net.init(jax.random.key(0), images)
    views, key = (images, 2 * images + 1), jax.random.key(1)

    def both(views: jax.Array) -> Any:
        return apply_each(net, params, stats, views, key=key)

    (first, second), moved = jax.vmap(both, axis_name=parallel.AXIS)(tuple(view[None] for view in views))
    moves = stats
    for i, (view, y) in enumerate(zip(views, (first, second), strict=True)):
        alone, moves = on_one_device(net, params, moves, view, jax.random.fold_in(key, i))
        np.testing.assert_allclose(y[0], alone, atol=1e-5)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a[0], b, rtol=1e-5), moved, moves)
