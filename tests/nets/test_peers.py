"""Our networks against torchvision's and timm's: sizes, outputs and batch statistics with the same weights."""

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl import parallel
from jssl.nets import make_net

FIXTURES = Path(__file__).parents[1] / "fixtures"
OPTIONS = {"vit": {"positions": "learned"}, "resnet": {}}

# Parameters with a classifier of 1000 classes, and its inputs.
SLOW = pytest.mark.long
PUBLISHED = {"resnet18": (11_689_512, 512), "resnet34": (21_797_672, 512), "resnet50": (25_557_032, 2048)}


@pytest.fixture(scope="module")
def recorded() -> dict[str, np.ndarray]:
    with np.load(FIXTURES / "peer_nets.npz") as file:
        return dict(file)


def recorder() -> Any:
    spec = spec_from_file_location("record_peer_nets", FIXTURES / "record_peer_nets.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def torch_name(path: str) -> str:
    """Torchvision's or timm's name of our leaf, as in stage1_block0/conv2/norm/scale -> layer2.0.bn2.weight."""
    leaf = {"kernel": "weight", "scale": "weight", "mean": "running_mean", "var": "running_var"}
    *parts, last = path.split("/")
    name = ".".join([*parts, leaf.get(last, last)])
    for pattern, new in (
        (r"^blocks\.stage(\d)_block(\d+)\.", lambda m: f"layer{int(m[1]) + 1}.{m[2]}."),
        (r"conv(\d)\.conv", r"conv\1"),
        (r"conv(\d)\.norm", r"bn\1"),
        (r"shortcut\.conv", "downsample.0"),
        (r"shortcut\.norm", "downsample.1"),
        (r"stem\.conv", "conv1"),
        (r"stem\.norm", "bn1"),
        (r"^transformer\.(blocks\.)?(block(\d+))?", lambda m: f"blocks.{m[3]}" if m[3] else ""),
        (r"\.(qkv|proj)\.", r".attn.\1."),
        (r"\.(fc\d)\.", r".mlp.\1."),
        (r"^embed", "patch_embed.proj"),
        (r"^token$", "cls_token"),
        (r"^positions$", "pos_embed"),
    ):
        name = re.sub(pattern, new, name)
    return name


def seeded(tree: Any, patch: int = 16) -> Any:
    """The recorder's weights, laid out as ours."""
    draw = recorder().seeded

    def leaf(path: Any, ours: jax.ShapeDtypeStruct) -> np.ndarray:
        name, shape = torch_name(jax.tree_util.keystr(path, simple=True, separator="/")), ours.shape
        if name in ("cls_token", "pos_embed"):
            return draw(name, (1,) * (3 - len(shape)) + shape).reshape(shape)
        if name == "patch_embed.proj.weight":
            theirs = (shape[1], shape[0] // patch**2, patch, patch)
            return draw(name, theirs).transpose(2, 3, 1, 0).reshape(shape)
        if len(shape) == 4:
            return draw(name, tuple(shape[axis] for axis in (3, 2, 0, 1))).transpose(2, 3, 1, 0)
        return draw(name, shape[::-1]).T

    return jax.tree_util.tree_map_with_path(leaf, tree)


def weighted(name: str) -> tuple[Any, Any, Any, jax.Array]:
    net = make_net(name, **OPTIONS[name.rstrip("0123456789").split("_")[0]])
    x = jnp.asarray(recorder().images(recorder().SIZE[name]))
    params, stats = map(seeded, jax.eval_shape(net.init, jax.random.key(0), x))
    return net, params, stats, x


@pytest.mark.parametrize(
    "name",
    [
        "resnet18",
        "resnet50",
        "vit_tiny",
        *(pytest.param(x, marks=SLOW) for x in ("resnet34", "vit_small", "vit_base", "vit_large")),
    ],
)
def test_parameter_counts(name: str, recorded: dict[str, np.ndarray]) -> None:
    net = make_net(name, **OPTIONS[name.rstrip("0123456789").split("_")[0]])
    params, _ = jax.eval_shape(net.init, jax.random.key(0), jnp.zeros((1, 224, 224, 3)))
    count = sum(leaf.size for leaf in jax.tree.leaves(params))
    assert count == recorded[f"{name}/parameters"]
    if name in PUBLISHED:
        published, features = PUBLISHED[name]
        assert count + 1000 * (features + 1) == published


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet18", pytest.param("resnet50", marks=SLOW), "vit_tiny"])
def test_features_equal_the_peer(name: str, recorded: dict[str, np.ndarray]) -> None:
    net, params, stats, x = weighted(name)
    y, _ = jax.jit(net.apply)(params, stats, x)
    assert y.dtype == jnp.float32
    np.testing.assert_allclose(y, recorded[f"{name}/eval"], atol=2e-5, rtol=2e-4)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "last"), [("resnet18", "layer4.1.bn2"), pytest.param("resnet50", "layer4.2.bn3", marks=SLOW)]
)
def test_training_equals_the_peer(name: str, last: str, recorded: dict[str, np.ndarray]) -> None:
    net, params, stats, x = weighted(name)

    def train(params: Any, stats: Any, x: jax.Array) -> tuple[jax.Array, Any]:
        return net.apply(params, stats, x, train=True)

    mapped = jax.jit(jax.vmap(train, in_axes=(None, None, 0), axis_name=parallel.AXIS))
    y, moved = mapped(params, stats, x.reshape(1, *x.shape))
    # Norms over the 16 values of a channel in the last stage magnify rounding: eval mode is the sharp comparison.
    np.testing.assert_allclose(y[0], recorded[f"{name}/train"], atol=2e-3)
    named = {
        torch_name(jax.tree_util.keystr(path, simple=True, separator="/")): (old, new[0])
        for (path, old), new in zip(jax.tree_util.tree_leaves_with_path(stats), jax.tree.leaves(moved), strict=True)
    }
    for norm, pixels in (("bn1", 32 * 32), (last, 2 * 2)):
        np.testing.assert_allclose(
            named[f"{norm}.running_mean"][1], recorded[f"{name}/{norm}/mean"], atol=1e-5, rtol=1e-3
        )
        # PyTorch stores the unbiased variance of the batch, Flax and we the biased one.
        old, new = named[f"{norm}.running_var"]
        unbias = 4 * pixels / (4 * pixels - 1)
        np.testing.assert_allclose(
            0.9 * old + (new - 0.9 * old) * unbias, recorded[f"{name}/{norm}/var"], atol=1e-5, rtol=1e-3
        )
