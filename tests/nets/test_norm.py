from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jssl import parallel
from jssl.nets.net import Net, from_nnx
from jssl.nets.norm import BatchNorm


class Alone(nnx.Module):
    def __init__(self, features: int, **options: Any) -> None:
        self.norm = BatchNorm(features, **options)

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None = None) -> jax.Array:
        return self.norm(x, train=train)


def alone(**options: Any) -> Net:
    return from_nnx(lambda channels, rngs: Alone(channels, **options))


def trained(net: Net, params: Any, stats: Any, x: np.ndarray, devices: int) -> tuple[np.ndarray, Any]:
    """Output and statistics of a training pass, per device."""

    def apply(x: jax.Array) -> tuple[jax.Array, Any]:
        return net.apply(params, stats, x, train=True)

    y, stats = jax.vmap(apply, axis_name=parallel.AXIS)(x.reshape(devices, -1, *x.shape[1:]))
    for leaf in jax.tree.leaves(stats):
        np.testing.assert_array_equal(leaf, np.broadcast_to(leaf[:1], leaf.shape))
    return np.asarray(y).reshape(x.shape), jax.tree.map(lambda leaf: np.asarray(leaf[0]), stats["norm"])


def normed(x: np.ndarray, groups: int, params: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The reference: each of `groups` consecutive parts of the batch by its own mean and variance."""
    parts = x.reshape(groups, -1, *x.shape[1:])
    axes = tuple(range(1, parts.ndim - 1))
    mean, var = parts.mean(axes, keepdims=True), parts.var(axes, keepdims=True)
    y = ((parts - mean) / np.sqrt(var + 1e-5)).reshape(x.shape)
    c = x.shape[-1]
    return y * params["norm"]["scale"] + params["norm"]["bias"], mean.reshape(-1, c).mean(0), var.reshape(-1, c).mean(0)


@pytest.mark.parametrize(
    ("mode", "devices", "groups"),
    [
        ("sync", 1, 1),
        ("sync", 8, 1),
        ("device", 8, 8),
        ("device", 1, 1),
        ("ghost:8", 1, 4),
        ("ghost:4", 4, 8),
        ("split:4", 1, 4),
        ("split:4", 2, 4),
        ("split:4", 4, 4),
        ("split:4", 8, 4),
        ("split:2", 8, 2),
    ],
)
def test_statistics_of_each_mode(mode: str, devices: int, groups: int, rng: np.random.Generator) -> None:
    x = rng.normal(2.0, 3.0, (32, 3, 2, 5)).astype(np.float32)
    net = alone(mode=mode)
    _, stats = net.init(jax.random.key(0), x)
    params = {"norm": {"scale": rng.normal(size=5).astype(np.float32), "bias": rng.normal(size=5).astype(np.float32)}}
    y, moved = trained(net, params, stats, x, devices)
    expected, mean, var = normed(x, groups, params)
    np.testing.assert_allclose(y, expected, atol=1e-5)
    np.testing.assert_allclose(moved["mean"], 0.1 * mean, rtol=1e-4)
    np.testing.assert_allclose(moved["var"], 0.9 + 0.1 * var, rtol=1e-4)


@pytest.mark.slow
def test_synchronised_gradients_equal_one_device(rng: np.random.Generator) -> None:
    x = jnp.asarray(rng.normal(size=(16, 5)), jnp.float32)
    target = jnp.asarray(rng.normal(size=(16, 5)), jnp.float32)
    net = alone()
    params, stats = net.init(jax.random.key(0), x)

    def gradient(devices: int) -> Any:
        def loss(params: Any, x: jax.Array, target: jax.Array) -> jax.Array:
            return jnp.mean((net.apply(params, stats, x, train=True)[0] - target) ** 3)

        def step(params: Any, x: jax.Array, target: jax.Array) -> Any:
            return parallel.pmean(jax.grad(loss)(params, x, target))

        mapped = jax.vmap(step, in_axes=(None, 0, 0), axis_name=parallel.AXIS)
        grads = mapped(params, x.reshape(devices, -1, 5), target.reshape(devices, -1, 5))
        return jax.tree.map(lambda leaf: leaf[0], grads)

    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6), gradient(1), gradient(8))


def test_evaluation_uses_the_running_statistics() -> None:
    net = alone(scale=False, bias=False)
    x = jnp.full((2, 1), 7.0)
    params, stats = net.init(jax.random.key(0), x)
    assert params == {}
    stats["norm"] = {"mean": jnp.array([3.0]), "var": jnp.array([4.0])}
    y, after = net.apply(params, stats, x)
    np.testing.assert_allclose(y, [[2.0], [2.0]], rtol=1e-5)
    assert after is stats


@pytest.mark.slow
def test_bf16_keeps_statistics_in_float32() -> None:
    net = alone(dtype=jnp.bfloat16)
    # bfloat16 sums of 4096 ones and of 257 would be wrong in their third digit.
    x = jnp.tile(jnp.array([[1.0], [3.0]]), (2048, 1)).astype(jnp.bfloat16)
    params, stats = net.init(jax.random.key(0), x)
    y, moved = jax.vmap(lambda x: net.apply(params, stats, x, train=True), axis_name=parallel.AXIS)(
        x.reshape(1, *x.shape)
    )
    assert y.dtype == jnp.bfloat16
    assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves((params, moved)))
    np.testing.assert_allclose(moved["norm"]["mean"][0], [0.2], rtol=1e-6)


@pytest.mark.parametrize("mode", ["none", "ghost", "ghost:", "ghost:x", "ghost:0", "sync:4", "split"])
def test_unknown_mode(mode: str) -> None:
    with pytest.raises(ValueError, match=f"batch norm mode '{mode}' is none of"):
        BatchNorm(3, mode=mode)


def test_ghost_groups_must_divide_the_batch() -> None:
    net = alone(mode="ghost:4")
    x = jnp.ones((6, 3))
    params, stats = net.init(jax.random.key(0), x)
    says = "batch of 6 per device does not divide into .* groups of 4; groups of 2 would fit, or 8 per device"
    with pytest.raises(ValueError, match=says):
        jax.vmap(lambda x: net.apply(params, stats, x, train=True), axis_name=parallel.AXIS)(x.reshape(1, 6, 3))


@pytest.mark.parametrize(("batch", "devices"), [(6, 1), (12, 3)])
def test_split_groups_must_divide_the_batch_and_the_devices(batch: int, devices: int) -> None:
    net = alone(mode="split:4")
    x = jnp.ones((batch, 3))
    params, stats = net.init(jax.random.key(0), x)
    with pytest.raises(ValueError, match=f"a batch of .* on each of {devices} devices does not divide into 4"):
        jax.vmap(lambda x: net.apply(params, stats, x, train=True), axis_name=parallel.AXIS)(x.reshape(devices, -1, 3))


@pytest.mark.slow
def test_gradients_of_split_groups_are_the_same_on_one_device_and_on_eight(rng: np.random.Generator) -> None:
    x = jnp.asarray(rng.normal(size=(16, 5)), jnp.float32)
    net = alone(mode="split:4")
    params, stats = net.init(jax.random.key(0), x)

    def gradient(devices: int) -> Any:
        def step(x: jax.Array) -> Any:
            loss = lambda x: jnp.mean(net.apply(params, stats, x, train=True)[0] ** 3)  # noqa: E731
            return jax.grad(loss)(x) / devices  # what is gathered sends gradients to every device's examples

        return jax.vmap(step, axis_name=parallel.AXIS)(x.reshape(devices, -1, 5)).reshape(x.shape)

    np.testing.assert_allclose(gradient(8), gradient(1), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("ratio", [100.0, 1000.0])
def test_the_variance_about_a_large_mean(ratio: float, rng: np.random.Generator) -> None:
    """Once the running mean is about the mean: of its square no digit is left for the variance."""
    x = rng.normal(ratio, 1.0, (512, 3)).astype(np.float32)
    net = alone(momentum=0.0)
    params, stats = net.init(jax.random.key(0), x)
    _, once = trained(net, params, stats, x, 1)
    y, twice = trained(net, params, {"norm": jax.tree.map(jnp.asarray, once)}, x, 1)
    expected = x.astype(np.float64)
    np.testing.assert_allclose(twice["var"], expected.var(0), rtol=1e-4)
    np.testing.assert_allclose(twice["mean"], expected.mean(0), rtol=1e-6)
    np.testing.assert_allclose(y, (expected - expected.mean(0)) / expected.std(0), atol=2e-3)


def test_nothing_is_taken_off_where_the_mean_is_small(rng: np.random.Generator) -> None:
    norm = BatchNorm(2)
    norm.mean[...], norm.var[...] = jnp.array([10.0, 40.0]), jnp.ones(2)
    np.testing.assert_array_equal(norm._shift(), [0.0, 40.0])


@pytest.mark.slow
def test_group_norm_equals_flax_s_and_knows_no_batch() -> None:
    x = jax.random.normal(jax.random.key(0), (3, 5, 4, 8)) * 3 + 1
    ours = BatchNorm(8, mode="group:2")
    ours.scale[...], ours.bias[...] = jnp.arange(8.0), jnp.arange(8.0)[::-1]
    theirs = nnx.GroupNorm(8, num_groups=2, epsilon=1e-5, rngs=nnx.Rngs(0))
    theirs.scale[...], theirs.bias[...] = ours.scale[...], ours.bias[...]
    np.testing.assert_allclose(ours(x, train=True), theirs(x), rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(ours(x, train=True), ours(x, train=False))
    np.testing.assert_allclose(ours(x[:1], train=True), ours(x, train=True)[:1], rtol=1e-5, atol=1e-5)
    assert not nnx.state(ours, nnx.BatchStat)
    with pytest.raises(ValueError, match="8 channels do not divide into 3 groups"):
        BatchNorm(8, mode="group:3")
