"""Our wide ResNet against a PyTorch port of FixMatch's, with the same weights."""

import re
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl import parallel
from jssl.nets import make_net
from tests.fixtures.record_peer_nets import images, seeded

FIXTURES = Path(__file__).parents[1] / "fixtures"


@pytest.fixture(scope="module")
def recorded() -> dict[str, np.ndarray]:
    with np.load(FIXTURES / "wide_resnet.npz") as file:
        return dict(file)


@pytest.fixture(scope="module")
def weighted() -> tuple[Any, Any, Any, jax.Array]:
    """The recorded network, with the recorder's weights and its images."""

    def leaf(path: Any, ours: jax.ShapeDtypeStruct) -> jax.Array:
        theirs = tuple(ours.shape[axis] for axis in (3, 2, 0, 1)) if len(ours.shape) == 4 else ours.shape
        drawn = seeded(torch_name(path), theirs)
        return jnp.asarray(drawn.transpose(2, 3, 1, 0) if drawn.ndim == 4 else drawn)

    net, x = make_net("wide_resnet", depth=16), jnp.asarray(images(32))
    params, stats = jax.eval_shape(net.init, jax.random.key(0), x)
    return net, *(jax.tree_util.tree_map_with_path(leaf, tree) for tree in (params, stats)), x


def torch_name(path: Any) -> str:
    """The port's name of our leaf, as in blocks/stage1_block0/norm2/scale -> backbone.layer2.0.bn2.weight."""
    leaf = {"kernel": "weight", "scale": "weight", "mean": "running_mean", "var": "running_var"}
    *parts, last = jax.tree_util.keystr(path, simple=True, separator="/").split("/")
    name = ".".join([*parts, leaf.get(last, last)])
    for pattern, new in (
        (r"^blocks\.stage(\d)_block(\d+)", lambda m: f"layer{int(m[1]) + 1}.{m[2]}"),
        (r"norm(\d)", r"bn\1"),
        (r"shortcut", "downsample"),
        (r"^stem", "conv1"),
        (r"^norm", "bn_last"),
    ):
        name = re.sub(pattern, new, name)
    return f"backbone.{name}"


def test_wrn_28_2_has_the_published_number_of_parameters(recorded: dict[str, np.ndarray]) -> None:
    params, _ = jax.eval_shape(make_net("wide_resnet").init, jax.random.key(0), jnp.zeros((1, 32, 32, 3)))
    count = sum(leaf.size for leaf in jax.tree.leaves(params))
    assert count == 1_466_320
    assert count + 10 * (128 + 1) == 1_467_610 == recorded["parameters"]


@pytest.mark.slow
def test_features_equal_the_peer(weighted: Any, recorded: dict[str, np.ndarray]) -> None:
    net, params, stats, x = weighted
    y, _ = jax.jit(net.apply)(params, stats, x)
    assert y.dtype == jnp.float32
    np.testing.assert_allclose(y, recorded["eval"], atol=1e-5)


@pytest.mark.slow
def test_training_equals_the_peer(weighted: Any, recorded: dict[str, np.ndarray]) -> None:
    net, params, stats, x = weighted

    def train(x: jax.Array) -> tuple[jax.Array, Any]:
        return net.apply(params, stats, x, train=True)

    y, moved = jax.jit(jax.vmap(train, axis_name=parallel.AXIS))(x.reshape(1, *x.shape))
    np.testing.assert_allclose(y[0], recorded["train"], atol=1e-5)
    named = {
        torch_name(path): (old, new[0])
        for (path, old), new in zip(jax.tree_util.tree_leaves_with_path(stats), jax.tree.leaves(moved), strict=True)
    }
    for norm, pixels in (("layer1.0.bn1", 32 * 32), ("layer3.1.bn2", 8 * 8), ("bn_last", 8 * 8)):
        # The batch's own statistics: 0.001 of what is stored. PyTorch stores the unbiased variance of the batch.
        old, new = named[f"backbone.{norm}.running_mean"]
        theirs = recorded[f"backbone.{norm}/mean"] - 0.999 * old
        np.testing.assert_allclose(new - 0.999 * old, theirs, atol=2e-7)
        old, new = named[f"backbone.{norm}.running_var"]
        theirs = (recorded[f"backbone.{norm}/var"] - 0.999 * old) * (1 - 1 / (4 * pixels))
        np.testing.assert_allclose(new - 0.999 * old, theirs, atol=5e-7)


@pytest.mark.slow
def test_he_initialisation_by_fan_out() -> None:
    params, _ = make_net("wide_resnet", depth=10).init(jax.random.key(0), jnp.zeros((1, 32, 32, 3)))
    kernel = params["blocks"]["stage2_block0"]["conv1"]["kernel"]
    np.testing.assert_allclose(kernel.std(), np.sqrt(2 / (9 * 128)), rtol=0.02)


def test_depths_are_four_more_than_multiples_of_six() -> None:
    for depth in (4, 18, 27):
        with pytest.raises(ValueError, match=f"depth={depth} must be 10, 16, 22, 28"):
            make_net("wide_resnet", depth=depth)
