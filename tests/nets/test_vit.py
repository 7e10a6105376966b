import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import PartitionSpec as P

from jssl.nets.positions import angles, sincos, turned
from jssl.nets.transformer import stochastic_depth
from jssl.nets.vit import patchify, unpatchify, vit
from jssl.parallel import AXIS, make_layout

tiny = partial(vit, 16, 2, 2, patch=4, image_size=16)


def test_patchify_reads_row_by_row() -> None:
    image = jnp.arange(16).reshape(1, 4, 4, 1)
    np.testing.assert_array_equal(patchify(image, 2)[0], [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]])
    with pytest.raises(ValueError, match="images of 4x6 pixels do not divide into patches of 4"):
        patchify(jnp.ones((1, 4, 6, 3)), 4)


def test_unpatchify_is_the_inverse_on_pictures_that_are_not_square(rng: np.random.Generator) -> None:
    images = rng.normal(size=(3, 6, 10, 3)).astype(np.float32)
    np.testing.assert_array_equal(unpatchify(patchify(images, 2), 2, 3, 5), images)


def test_sincos_by_hand() -> None:
    table = sincos(3, 3, 8, side=3)
    row, column, slow = 2, 1, 10000**-0.5
    expected = [math.sin(column), math.sin(column * slow), math.cos(column), math.cos(column * slow)]
    expected += [math.sin(row), math.sin(row * slow), math.cos(row), math.cos(row * slow)]
    np.testing.assert_allclose(table[row * 3 + column], expected, atol=1e-6)
    with pytest.raises(ValueError, match="divisible by 4, not 6"):
        sincos(2, 2, 6, side=2)


@pytest.mark.slow
def test_sincos_of_a_small_crop_covers_the_same_range() -> None:
    # Half as many patches: each is centred between two of the full grid.
    small = sincos(2, 2, 4, side=4)
    np.testing.assert_allclose(jnp.arcsin(small[0, 0]), 0.5, atol=1e-6)
    np.testing.assert_allclose(small[-1, 0], math.sin(2.5), atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("pool", ["token", "mean"])
@pytest.mark.parametrize("positions", ["sincos", "learned"])
def test_other_image_sizes(pool: str, positions: str, rng: np.random.Generator) -> None:
    net = tiny(pool=pool, positions=positions)
    x = jnp.asarray(rng.normal(size=(2, 16, 16, 3)), jnp.float32)
    params, stats = net.init(jax.random.key(0), x)
    assert ("token" in params) == (pool == "token")
    assert ("positions" in params) == (positions == "learned")
    apply = jax.jit(net.apply)
    for shape in ((16, 16), (24, 12)):
        y, _ = apply(params, stats, jnp.ones((2, *shape, 3)))
        assert y.shape == (2, 16)
        assert np.isfinite(y).all()


@pytest.mark.slow
def test_learned_positions_are_interpolated() -> None:
    # Positions that rise along columns by one a patch, read out by a network of no blocks, must still rise
    # evenly, half as fast, on a grid twice as fine.
    net = vit(4, 0, 1, patch=4, image_size=32, positions="learned", pool="mean")
    params, _ = net.init(jax.random.key(0), jnp.ones((1, 32, 32, 1)))
    ramp = jnp.tile(jnp.arange(8.0).reshape(1, 8, 1), (8, 1, 4))
    fine = jax.image.resize(ramp, (16, 16, 4), "cubic")
    np.testing.assert_allclose(jnp.diff(fine[8, 4:12, 0]), 0.5 * jnp.ones(7), atol=1e-5)
    params["positions"] = ramp.reshape(64, 4) * jnp.array([[1.0, 0.0, 0.0, 0.0]])
    params["embed"] = jax.tree.map(jnp.zeros_like, params["embed"])
    y, _ = jax.jit(net.apply)(params, {}, jnp.ones((1, 64, 64, 1)))
    z, _ = jax.jit(net.apply)(params, {}, jnp.ones((1, 32, 32, 1)))
    np.testing.assert_allclose(y, z, atol=0.02)


@pytest.mark.slow
def test_positions_tell_permuted_patches_apart(rng: np.random.Generator) -> None:
    x = jnp.asarray(rng.normal(size=(1, 16, 16, 3)), jnp.float32)
    mirrored = x[:, jnp.array([12, 13, 14, 15, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3])]
    net = tiny(pool="mean")
    params, stats = net.init(jax.random.key(0), x)
    assert not np.allclose(net.apply(params, stats, x)[0], net.apply(params, stats, mirrored)[0], atol=1e-4)


@pytest.mark.slow
def test_more_than_ten_blocks_stay_in_order(rng: np.random.Generator) -> None:
    x = jnp.asarray(rng.normal(size=(1, 16, 16, 3)), jnp.float32)
    net = vit(16, 12, 2, patch=4, image_size=16)
    params, stats = net.init(jax.random.key(0), x)
    blocks = params["transformer"]["blocks"]
    swapped = {**blocks, "block2": blocks["block10"], "block10": blocks["block2"]}
    y, _ = jax.jit(net.apply)(params, stats, x)
    z, _ = jax.jit(net.apply)({**params, "transformer": {**params["transformer"], "blocks": swapped}}, stats, x)
    assert not np.allclose(y, z, atol=1e-5)


def test_errors() -> None:
    with pytest.raises(ValueError, match="pool='max' is none of token, mean, map"):
        tiny(pool="max")
    with pytest.raises(ValueError, match="positions='fixed' is none of sincos, learned, rope"):
        tiny(positions="fixed")
    with pytest.raises(ValueError, match="mlp='relu' is none of gelu, gelu_tanh, swiglu"):
        tiny(mlp="relu")
    with pytest.raises(ValueError, match="image_size=20 does not divide into patches of 16"):
        vit(16, 2, 2, image_size=20)
    with pytest.raises(ValueError, match="dim=16 does not divide over 3 heads"):
        vit(16, 2, 3)
    with pytest.raises(ValueError, match=r"drop_path=1.0 is a probability: at least 0 and below 1"):
        tiny(drop_path=1.0)


@pytest.mark.slow
def test_tokens_of_kept_patches_see_nothing_else(rng: np.random.Generator) -> None:
    net = tiny(pool="token")
    x = jnp.asarray(rng.normal(size=(2, 16, 16, 3)), jnp.float32)
    params, stats = net.init(jax.random.key(0), x)
    keep = jnp.array([[3, 0, 7], [1, 2, 15]])
    tokens, _ = net.tokens(params, stats, x, keep=keep)
    assert tokens.shape == (2, 1 + 3, 16)
    hidden = x.at[0, :4, 4:8].set(9.0)  # patch 1: kept of the second picture only
    np.testing.assert_array_equal(net.tokens(params, stats, hidden, keep=keep)[0][0], tokens[0])
    hidden = x.at[1, :4, 4:8].set(9.0)
    assert np.abs(net.tokens(params, stats, hidden, keep=keep)[0][1] - tokens[1]).max() > 0.01
    # The whole picture in another order is the same set of tokens.
    order = jnp.broadcast_to(jnp.arange(16)[::-1], (2, 16))
    whole, _ = net.tokens(params, stats, x)
    np.testing.assert_allclose(net.tokens(params, stats, x, keep=order)[0][:, 1:], whole[:, :0:-1], atol=1e-5)
    np.testing.assert_array_equal(net.apply(params, stats, x)[0], whole[:, 0])


@pytest.mark.slow
def test_attention_is_the_last_block_s(rng: np.random.Generator) -> None:
    net = vit(8, 1, 2, patch=4, image_size=8)
    x = jnp.asarray(rng.normal(size=(3, 8, 8, 1)), jnp.float32)
    params, stats = net.init(jax.random.key(0), x)
    weights, _ = net.attention(params, stats, x)
    assert weights.shape == (3, 2, 5, 5)
    np.testing.assert_allclose(weights.sum(-1), 1.0, atol=1e-6)
    params = jax.tree.map(np.asarray, params)
    block = params["transformer"]["blocks"]["block0"]
    embedded = np.asarray(patchify(x, 4)) @ params["embed"]["kernel"] + np.asarray(sincos(2, 2, 8, side=2))
    tokens = np.concatenate([np.broadcast_to(params["token"], (3, 1, 8)), embedded], axis=1)
    normed = (tokens - tokens.mean(-1, keepdims=True)) / np.sqrt(tokens.var(-1, keepdims=True) + 1e-6)
    q, k, _ = np.split(normed @ block["qkv"]["kernel"] + block["qkv"]["bias"], 3, axis=-1)
    scores = np.einsum("nqd,nkd->nqk", q[..., :4], k[..., :4]) / 2
    expected = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    np.testing.assert_allclose(weights[:, 0], expected, atol=1e-5)


@pytest.mark.slow
def test_paths_are_dropped_ever_more_often_and_keep_their_mean() -> None:
    draw = jax.vmap(lambda _: stochastic_depth(jax.random.key(0), 20_000, 3, 0.4), axis_name=AXIS)
    kept = np.asarray(draw(jnp.zeros(1))[0])
    np.testing.assert_allclose((kept == 0).mean(0), [[0.0, 0.0], [0.2, 0.2], [0.4, 0.4]], atol=0.015)
    np.testing.assert_allclose(kept.max(0), [[1, 1], [1 / 0.8, 1 / 0.8], [1 / 0.6, 1 / 0.6]], rtol=1e-6)
    np.testing.assert_allclose(kept.mean(0), np.ones((3, 2)), atol=0.02)
    assert abs(np.corrcoef(kept[:, 1:].reshape(-1, 4).T) - np.eye(4)).max() < 0.03


@pytest.mark.slow
def test_dropped_paths_do_not_depend_on_the_device_count(rng: np.random.Generator) -> None:
    net = tiny(drop_path=0.9)
    x = jnp.asarray(rng.normal(size=(16, 16, 16, 3)), jnp.float32)
    params, stats = net.init(jax.random.key(0), x)

    def on(devices: int, key: jax.Array | None) -> np.ndarray:
        mesh = make_layout(devices=jax.devices()[:devices]).mesh
        apply = jax.shard_map(
            lambda x: net.apply(params, stats, x, key=key, train=True)[0],
            mesh=mesh, in_specs=P(AXIS), out_specs=P(AXIS), check_vma=False,
        )  # fmt: skip
        return np.asarray(jax.jit(apply)(x))

    one = on(1, jax.random.key(1))
    np.testing.assert_allclose(on(4, jax.random.key(1)), one, atol=1e-5)
    whole = np.asarray(net.apply(params, stats, x, key=jax.random.key(1))[0])
    np.testing.assert_allclose(on(1, None), whole, atol=1e-5)  # without a key, and in evaluation, nothing is dropped
    assert np.abs(one - whole).max(1).min() > 0.01


@pytest.mark.slow
def test_initializers_of_mae_moco_v3_and_dino() -> None:
    def deviations(name: str) -> dict[str, float]:
        net = vit(64, 1, 2, patch=4, image_size=16, initializer=name)
        params, _ = net.init(jax.random.key(0), jnp.ones((1, 16, 16, 3)))
        block = params["transformer"]["blocks"]["block0"]
        kernels = {"qkv": block["qkv"], "fc1": block["fc1"], "embed": params["embed"]}
        return {part: float(np.std(layer["kernel"])) for part, layer in kernels.items()}

    def of(fan: int) -> float:
        return (2 / fan) ** 0.5  # Xavier's, of the sum of both sides

    patches = 1 / (3 * 48) ** 0.5
    for name, expected in {
        "xavier": {"qkv": of(64 + 192), "fc1": of(64 + 256), "embed": of(48 + 64)},
        "xavier_apart": {"qkv": of(64 + 64), "fc1": of(64 + 256), "embed": of(48 + 64)},
        "normal": {"qkv": 0.02, "fc1": 0.02, "embed": patches},
    }.items():
        found = deviations(name)
        for part in expected:
            np.testing.assert_allclose(found[part], expected[part], rtol=0.05, err_msg=f"{name} {part}")
    with pytest.raises(ValueError, match="initializer='he' is none of xavier, xavier_apart, normal"):
        tiny(initializer="he")


@pytest.mark.slow
def test_learned_positions_of_a_small_crop_are_not_blurred() -> None:
    """A third of the rows, each centred on one of them: by Keys' cubic it is that row, and blurred a mean of more."""
    net = vit(8, 1, 1, patch=2, image_size=18, pool="mean", positions="learned")
    params, stats = net.init(jax.random.key(0), jnp.ones((1, 18, 18, 3)))
    grid = jnp.zeros((9, 9, 8)).at[4, 4].set(jnp.arange(8.0))
    still = jax.tree.map(jnp.zeros_like, params["transformer"]["blocks"])
    params = {
        **params, "positions": grid.reshape(81, 8), "embed": jax.tree.map(jnp.zeros_like, params["embed"]),
        "transformer": {**params["transformer"], "blocks": still},
    }  # fmt: skip
    seen, _ = net.tokens(params, stats, jnp.ones((1, 6, 6, 3)))
    expected = (np.arange(8.0) - 3.5) / np.std(np.arange(8.0))  # of the final norm
    np.testing.assert_allclose(seen[0, 4], expected, atol=1e-4)
    np.testing.assert_allclose(np.delete(seen[0], 4, axis=0), 0, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("pool", ["token", "mean"])
def test_registers_are_no_tokens_of_the_picture(pool: str, rng: np.random.Generator) -> None:
    net = tiny(pool=pool, registers=3, positions="rope", layer_scale=0.1, mlp="swiglu")
    x = jnp.asarray(rng.normal(size=(2, 16, 16, 3)), jnp.float32)
    params, stats = net.init(jax.random.key(0), x)
    assert params["registers"].shape == (3, 16)
    assert params["transformer"]["blocks"]["block0"]["fc1"]["kernel"].shape == (16, 2 * 48)
    tokens = jax.jit(net.tokens)(params, stats, x)[0]
    assert tokens.shape == (2, 16 + (pool == "token"), 16)
    assert jax.jit(net.attention)(params, stats, x)[0].shape == (2, 2, tokens.shape[1], tokens.shape[1])
    pooled = tokens[:, 0] if pool == "token" else tokens.mean(1)
    np.testing.assert_allclose(jax.jit(net.apply)(params, stats, x)[0], pooled, atol=1e-5)


@pytest.mark.slow
def test_rotations_tell_a_patch_s_place_whatever_else_is_looked_at(rng: np.random.Generator) -> None:
    net = tiny(positions="rope")
    x = jnp.asarray(rng.normal(size=(2, 16, 16, 3)), jnp.float32)
    params, stats = net.init(jax.random.key(0), x)
    tokens = jax.jit(net.tokens)
    whole = tokens(params, stats, x)[0]
    order = jnp.asarray(rng.permutation(16))[None].repeat(2, axis=0)
    shuffled = tokens(params, stats, x, keep=order)[0]
    np.testing.assert_allclose(shuffled[:, 1:], jnp.take_along_axis(whole[:, 1:], order[:, :, None], 1), atol=1e-5)
    # The same patches elsewhere are another picture.
    moved = tokens(params, stats, jnp.roll(x, 4, axis=2))[0]
    assert np.abs(moved[:, 0] - whole[:, 0]).max() > 1e-3


@pytest.mark.slow
def test_turned_queries_and_keys_depend_on_the_way_between_them(rng: np.random.Generator) -> None:
    angle = angles(3, 5, 8)
    q, k = (jnp.asarray(rng.normal(size=(1, 1, 1, 8)), jnp.float32) for _ in range(2))
    score = jnp.einsum(
        "nqhd,nkhd->qk", turned(q.repeat(15, axis=1), angle[None]), turned(k.repeat(15, axis=1), angle[None])
    )
    np.testing.assert_allclose(score[0, 6], score[8, 14], atol=1e-5)  # a row down and a column on
    assert abs(score[0, 6] - score[6, 0]) > 1e-3
    by_hand = 2 * math.pi * np.array([-2 / 3, -2 / 30, -4 / 5, -4 / 50])
    np.testing.assert_allclose(angle[0], by_hand, atol=1e-5)
    with pytest.raises(ValueError, match="divisible by 4, not 6"):
        angles(2, 2, 6)
