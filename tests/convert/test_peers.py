"""Weights of torchvision, timm and transformers give the same features here, and go back to the bit."""

import json
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.convert import resnet, timm_vit
from jssl.convert.names import give
from jssl.convert.origins import Weights, fit, hugging_face, resolved
from jssl.errors import CheckpointError
from jssl.nets import make_net

FIXTURES = Path(__file__).parents[1] / "fixtures"
ABOUT = json.loads((FIXTURES / "weights.json").read_text())

BY_DEFAULT = (
    "timm vit",
    "timm dinov2 registers",
    "timm siglip tanh",
    "timm dinov3 bias",
    "hf vit",
    "hf dinov2 swiglu",
    "hf dinov3",
    "hf bert",
)
ROWS = [
    pytest.param(name, marks=() if name in BY_DEFAULT else pytest.mark.long) for name in ABOUT if "resnet" not in name
]


def script(name: str) -> Any:
    spec = spec_from_file_location(name, FIXTURES / f"{name}.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def recorded() -> dict[str, np.ndarray]:
    with np.load(FIXTURES / "weights.npz") as file:
        return dict(file)


def weights_of(name: str) -> Weights:
    seeded = script("record_peer_nets").seeded
    about = ABOUT[name]
    tensors = {key: seeded(key, tuple(shape)) for key, shape in about["shapes"].items()}
    if "config" in about:
        return hugging_face(name, about["config"], tensors, Path())
    config = {"architecture": about["architecture"], "model_args": about["arguments"]}
    config["pretrained_cfg"] = {"input_size": [3, 16, 16]}
    return Weights(
        name, tensors, timm_vit.encoder(tensors, config), partial(timm_vit.names, tensors=tensors), {}, Path()
    )


def network(weights: Weights, x: jax.Array) -> tuple[Any, Any, Any]:
    net = make_net(**weights.encoder)
    taken = fit(weights, weights.encoder, *jax.eval_shape(net.init, jax.random.key(0), x))
    return net, taken.params, taken.stats


@pytest.mark.parametrize("name", ROWS)
def test_features_equal_the_origin_s_and_weights_go_back_to_the_bit(name, recorded) -> None:
    weights, made = weights_of(name), script("record_weights")
    x = jnp.asarray(made.words() if name == "hf bert" else made.pictures())
    net, params, stats = network(weights, x)
    apply = jax.jit(net.apply)
    np.testing.assert_allclose(apply(params, stats, x)[0], recorded[f"{name}/y"], atol=1e-5, rtol=1e-4)
    if f"{name}/wide" in recorded:
        wide = jnp.asarray(made.pictures(24, 12))
        np.testing.assert_allclose(apply(params, stats, wide)[0], recorded[f"{name}/wide"], atol=1e-5, rtol=1e-4)
    names = weights.names(resolved(weights.encoder))
    back = give(names, params, stats)
    left = {key for key in weights.tensors if key.split(".")[0] == "pooler" or key.endswith("mask_token")}
    assert set(back) == {key for key, value in weights.tensors.items() if value.size} - left
    for key, value in back.items():
        np.testing.assert_array_equal(value, weights.tensors[key], err_msg=key)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet18", pytest.param("resnet50", marks=pytest.mark.long)])
def test_resnets_give_torchvision_s_features_and_go_back_to_the_bit(name) -> None:
    made = script("record_peer_nets")
    tensors = {key: made.seeded(key, tuple(shape)) for key, shape in ABOUT[name]["shapes"].items()}
    weights = Weights(name, tensors, resnet.encoder(tensors), lambda options: resnet.NAMES, {}, Path())
    assert weights.encoder == {"name": name, "stem": "imagenet", "width": 64}
    x = jnp.asarray(made.images(64))
    net, params, stats = network(weights, x)
    with np.load(FIXTURES / "peer_nets.npz") as file:
        np.testing.assert_allclose(jax.jit(net.apply)(params, stats, x)[0], file[f"{name}/eval"], atol=2e-5, rtol=2e-4)
    back = give(resnet.NAMES, params, stats)
    assert set(back) == set(tensors) - {"fc.weight", "fc.bias"}
    for key, value in back.items():
        if not key.endswith("num_batches_tracked"):
            np.testing.assert_array_equal(value, tensors[key], err_msg=key)


def test_a_stem_for_small_pictures_is_told_by_its_kernels() -> None:
    tensors = {key: np.zeros(shape, np.float32) for key, shape in ABOUT["resnet18"]["shapes"].items()}
    small = {**tensors, "conv1.weight": np.zeros((64, 1, 3, 3), np.float32)}
    weights = Weights("torchvision:x", small, resnet.encoder(small), lambda options: resnet.NAMES, {}, Path())
    assert weights.encoder["stem"] == "cifar"
    network(weights, jnp.zeros((1, 8, 8, 1)))
    for changed, says in (
        ({"conv1.weight": np.zeros((64, 3, 5, 5))}, "kernels of 5 pixels"),
        ({"layer4.2.conv1.weight": np.zeros(1)}, r"no ResNet of \(2, 2, 2, 3\) blocks here"),
    ):
        with pytest.raises(CheckpointError, match=says):
            resnet.encoder({**tensors, **changed})


def shapes_of(encoder: Any) -> Any:
    return jax.eval_shape(make_net(**encoder).init, jax.random.key(0), jnp.zeros((1, 16, 16, 3)))


def test_every_array_is_accounted_for() -> None:
    weights = weights_of("hf vit")
    shapes = shapes_of(weights.encoder)
    assert fit(weights, weights.encoder, *shapes).left_out == ("pooler.dense.bias", "pooler.dense.weight")
    lacking = {key: x for key, x in weights.tensors.items() if "layer.1.output.dense" not in key}
    other = {**lacking, "layernorm.bias": np.zeros(7), "encoder.layer.0.gate": np.zeros((2, 3))}
    with pytest.raises(CheckpointError) as refused:
        fit(weights._replace(tensors=other), weights.encoder, *shapes)
    assert str(refused.value) == (
        "hf vit does not fit: encoder.layer.1.output.dense.bias is missing; encoder.layer.1.output.dense.weight is"
        " missing; layernorm.bias [7] does not fit the encoder's transformer/norm/bias [16];"
        " encoder.layer.0.gate [2, 3] is nothing of the encoder's"
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"heads": 4}, "holds another encoder: heads is 2 there and 4 here"),
        ({"depth": 3}, "depth is 2 there and 3 here"),
        ({"epsilon": 1e-6}, "epsilon is 1e-12 there and 1e-06 here"),
        ({"registers": 1}, "registers is 0 there and 1 here"),
        ({"positions": "sincos"}, r"position_embeddings is not what the encoder computes: .* positions='learned'"),
    ],
)
def test_another_encoder_is_refused_by_its_first_difference(change, says) -> None:
    weights = weights_of("hf vit")
    encoder = {**weights.encoder, **change}
    with pytest.raises(CheckpointError, match=says):
        fit(weights, encoder, *shapes_of(encoder))


def test_stored_sines_are_the_ones_that_are_computed() -> None:
    weights = weights_of("hf mae")
    encoder = {**weights.encoder, "positions": "sincos"}
    table = timm_vit.fixed_positions(resolved(encoder))
    weights = weights._replace(tensors={**weights.tensors, "embeddings.position_embeddings": table})
    taken = fit(weights, encoder, *shapes_of(encoder))
    back = give(weights.names(resolved(encoder)), taken.params, taken.stats)
    np.testing.assert_array_equal(back["embeddings.position_embeddings"], table)


def test_what_transformers_computes_otherwise_is_refused() -> None:
    config = ABOUT["hf bert"]["config"]
    for change, says in (
        ({"hidden_act": "relu"}, "hidden_act='relu': here BERT's encoder has 'gelu'"),
        ({"model_type": "t5"}, "a model of type 't5', and bert, gpt2, .* are known"),
    ):
        with pytest.raises(CheckpointError, match=says):
            hugging_face("hf:x", {**config, **change}, {}, Path())
    lacking = {key: value for key, value in config.items() if key != "hidden_size"}
    with pytest.raises(CheckpointError, match="does not say 'hidden_size'"):
        hugging_face("hf:x", lacking, {}, Path())
