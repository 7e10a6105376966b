"""Encoders as models of other libraries: all that these ask for is there, and reads back as it was."""

import json
from pathlib import Path

import numpy as np
import pytest

from jssl.convert import hf_bert, hf_vit
from jssl.convert.origins import read_weights, resolved
from jssl.convert.out import Pictures, to_hugging_face, to_timm, to_torchvision, write_model
from jssl.errors import CheckpointError
from tests.convert.test_peers import ABOUT, network, weights_of

SEEN = Pictures(16, (0.1, 0.2, 0.3), (0.5, 0.5, 0.5))


def given(name: str) -> tuple:
    weights = weights_of(name)
    _, params, stats = network(weights, np.zeros((1, 4) if name == "hf bert" else (1, 16, 16, 3), np.int32))
    return resolved(weights.encoder), params, stats


@pytest.mark.parametrize("name", [name for name in ABOUT if name.startswith("hf") and name != "hf mae"])
def test_a_folder_for_transformers_holds_all_that_it_asks_for(name, tmp_path) -> None:
    options, params, stats = given(name)
    model = to_hugging_face(options, params, stats, "{}" if name == "hf bert" else SEEN)
    shapes = {key: tuple(shape) for key, shape in ABOUT[name]["shapes"].items() if not key.startswith("pooler")}
    biases = {key: x for key, x in model.tensors.items() if key.endswith("k_proj.bias")}  # DINOv3's may be trained here
    assert {key: x.shape for key, x in model.tensors.items() if key in shapes or key not in biases} == shapes
    config = model.files["config.json"]
    read = (hf_bert if name == "hf bert" else hf_vit).encoder(config)
    assert read == {**weights_of(name).encoder, "layer_scale": read.get("layer_scale")} or name == "hf bert"
    for key, value in config.items():
        if key not in ("key_bias", "intermediate_size", "mlp_ratio"):
            assert value == ABOUT[name]["config"].get(key, value), key
    assert "from_pretrained" in write_model(tmp_path / "new", model)
    back = read_weights(f"hf:{tmp_path}/new")
    assert back.encoder == read
    assert ("add_pooling_layer=False" in model.how) == ("pooler.dense.bias" in ABOUT[name]["shapes"])


@pytest.mark.parametrize(
    "name", ["timm vit", "timm vit mean", "timm dinov2 registers", "timm dinov2 swiglu", "timm siglip tanh"]
)
def test_a_folder_for_timm_says_what_to_build(name, tmp_path) -> None:
    options, params, stats = given(name)
    model = to_timm(options, params, stats, SEEN)
    assert {key: list(x.shape) for key, x in model.tensors.items()} == ABOUT[name]["shapes"]
    config, recorded = model.files["config.json"], ABOUT[name]
    dinov2 = {"init_values": 1.0, "reg_tokens": 4, "no_embed_class": True}
    siglip = {"class_token": False, "global_pool": "map", "act_layer": "gelu_tanh"}
    arguments = {**dinov2, **siglip, **recorded["arguments"]}
    for key, value in config["model_args"].items():
        assert value == arguments[key], key
    assert config["pretrained_cfg"]["mean"] == [0.1, 0.2, 0.3]
    write_model(tmp_path / "new", model)
    back = read_weights(f"timm:{tmp_path}/new")
    assert resolved(back.encoder) == options


def test_registers_take_the_class_token_s_position_with_them() -> None:
    options, params, stats = given("hf dinov2 registers")
    tensors = to_timm(options, params, stats, SEEN).tensors
    np.testing.assert_array_equal(tensors["cls_token"][0, 0], params["token"] + params["positions"][0])
    assert tensors["pos_embed"].shape == (1, 16, 16)


@pytest.mark.parametrize(
    ("encoder", "write", "says"),
    [
        ({"name": "vit_tiny"}, to_torchvision, "config.encoder.name='vit': of torchvision resnet18"),
        ({"name": "resnet18", "width": 8}, to_timm, "width=8: torchvision's and timm's ResNets have 64"),
        ({"name": "resnet18", "stem": "cifar"}, to_timm, "timm builds no such ResNet"),
        ({"name": "vit_tiny", "positions": "rope"}, to_timm, "positions='rope': here timm has no such ViT"),
        ({"name": "vit_tiny", "pool": "mean"}, to_hugging_face, "without a class token: Hugging Face has no such ViT"),
        ({"name": "vit_tiny", "epsilon": 1e-5}, to_timm, "epsilon=1e-05: here timm has no such ViT"),
        (
            {"name": "vit_tiny", "pool": "map", "mlp": "swiglu"},
            to_hugging_face,
            r'pool="map" beside swiglu, layer_scale',
        ),
        ({"name": "vit_tiny", "mlp": "gelu_tanh"}, to_hugging_face, "has it in SigLIP alone"),
        ({"name": "vit_tiny", "registers": 2}, to_hugging_face, "without layer_scale: Hugging Face has no such ViT"),
    ],
)
def test_networks_that_they_have_not_are_refused(encoder, write, says) -> None:
    with pytest.raises(CheckpointError, match=says):
        write(resolved(encoder), {}, {}, SEEN)
    with pytest.raises(CheckpointError, match=r"config\.encoder\.name='convnet': weights go to and from"):
        resolved({"name": "convnet"})


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    options, params, stats = given("hf vit")
    with pytest.raises(CheckpointError, match="is not an empty folder"):
        write_model(tmp_path, to_hugging_face(options, params, stats, SEEN))
    assert json.dumps(sorted(path.name for path in tmp_path.iterdir())) == '["notes"]'
