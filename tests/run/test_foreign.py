"""Weights of others as an encoder, and as the start of a run."""

import json
import logging
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jssl
from jssl.convert.files import write_safetensors
from jssl.data.source import Facts, picture_spec
from jssl.errors import CheckpointError, ConfigError, WorkdirError
from jssl.method import State
from jssl.nets import make_net
from jssl.run.build import build
from jssl.run.start import adopt
from jssl.run.workdir import check_run
from tests.convert.test_peers import ABOUT, weights_of
from tests.tiny_config import get_config


def folder_of(name: str, folder: Path, **beside: dict) -> str:
    write_safetensors(folder / "model.safetensors", weights_of(name).tensors)
    for file, value in {"config": ABOUT[name].get("config"), **beside}.items():
        if value is not None:
            (folder / f"{file}.json").write_text(json.dumps(value))
    return f"{name.split()[0]}:{folder}"


@pytest.mark.slow
def test_a_folder_of_hugging_face_is_an_encoder(tmp_path, rng, caplog) -> None:
    caplog.set_level(logging.INFO, "jssl")
    beside = {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.5, 0.6, 0.7]}
    origin = folder_of("hf vit", tmp_path, preprocessor_config=beside)
    encoder = jssl.load(origin, devices=jax.devices()[:1])
    assert "left out, as an encoder has no such part: pooler.dense.bias, pooler.dense.weight" in caplog.text
    images = rng.integers(0, 256, (5, 16, 16, 3), np.uint8)
    x = (images / np.float32(255) - np.array(beside["image_mean"])) / np.array(beside["image_std"])
    net = make_net(**weights_of("hf vit").encoder)
    wanted, _ = jax.jit(net.apply)(encoder.params["encoder"], {}, jnp.asarray(x, jnp.float32))
    np.testing.assert_allclose(encoder(images), wanted, atol=1e-5)
    assert encoder.tokens(images).shape == (5, 17, 16)
    assert np.abs(encoder.untrained()(images) - wanted).max() > 1e-2
    with pytest.raises(WorkdirError, match=r"is no run: jssl\.load, .* config\.start begins a run"):
        check_run(origin)
    with pytest.raises(ConfigError, match="trains no classifier"):
        encoder.predict(encoder.inputs["image"].own(images))


@pytest.mark.parametrize(
    ("told", "size"),
    [
        ({"crop_size": {"height": 8, "width": 8}, "size": {"shortest_edge": 12}}, 8),
        ({"do_center_crop": False, "crop_size": 8, "size": {"height": 12, "width": 12}}, 12),
        ({"size": {"shortest_edge": 12}}, 16),
        ({"size": 24}, 24),
    ],
)
def test_pictures_are_as_large_as_their_processor_makes_them(told, size, tmp_path) -> None:
    encoder = jssl.load(folder_of("hf vit", tmp_path, preprocessor_config=told), devices=jax.devices()[:1])
    assert encoder.inputs["image"].recipe.views[0].size == size


@pytest.mark.slow
def test_a_file_of_timm_tells_its_heads_by_a_config_beside_it(tmp_path, rng, caplog) -> None:
    caplog.set_level(logging.INFO, "jssl")
    about = ABOUT["timm vit"]
    said = {
        "architecture": about["architecture"],
        "model_args": about["arguments"],
        "pretrained_cfg": {"mean": [0, 0, 0]},
    }
    origin = f"{folder_of('timm vit', tmp_path, config=said)}/model.safetensors"
    images = rng.integers(0, 256, (2, 16, 16, 3), np.uint8)
    told = jssl.load(origin, devices=jax.devices()[:1])
    assert told.config.encoder.heads == 2 and told.inputs["image"].recipe.mean == (0, 0, 0)
    assert "attention heads" not in caplog.text and told(images).shape == (2, 16)
    (tmp_path / "config.json").write_text('{"of": "something else"}')
    with pytest.raises(CheckpointError, match=r"does not tell its attention heads, nor does timm's config\.json"):
        jssl.load(origin)


def test_texts_are_read_by_the_tokenizer_beside_the_weights(tmp_path) -> None:
    origin = folder_of("hf bert", tmp_path)
    with pytest.raises(CheckpointError, match=r"has no tokenizer\.json"):
        jssl.load(origin)


def state_of(encoder: dict, method: dict) -> State:
    config = get_config()
    config.encoder, config.method, config.augment = encoder, method, {"recipe": "simclr", "size": 16}
    method = build(config, Facts(640, picture_spec(16, 16, 3))).method
    params, extra = jax.eval_shape(method.init, jax.random.key(0), {"image": jnp.zeros((2, 16, 16, 3), jnp.uint8)})
    return State(None, params, None, extra, None)


BYOL = {"name": "byol", "projector": (16, 8), "predictor": (16, 8)}


@pytest.mark.slow
def test_a_run_starts_from_weights_of_others_its_teacher_too(tmp_path) -> None:
    origin, encoder = folder_of("hf vit", tmp_path), weights_of("hf vit").encoder
    state = adopt(state_of(encoder, BYOL), origin, encoder)
    token = weights_of("hf vit").tensors["embeddings.cls_token"][0, 0]
    for tree in (state.params, state.extra["teacher"]):
        np.testing.assert_array_equal(tree["encoder"]["token"], token)
    assert isinstance(state.params["projector"]["layers"]["layer0"]["kernel"], jax.ShapeDtypeStruct)
    with pytest.raises(CheckpointError, match="holds another encoder: heads is 2 there and 8 here"):
        adopt(state_of({**encoder, "heads": 8}, BYOL), origin, {**encoder, "heads": 8})
    other = {"name": "resnet18"}
    with pytest.raises(CheckpointError, match="holds another encoder: name is 'vit' there and 'resnet18' here"):
        adopt(state_of(other, BYOL), origin, other)
