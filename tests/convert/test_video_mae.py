"""Weights of transformers' VideoMAE give the same tokens here, and go back to the bit."""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jssl
from jssl.convert.files import write_safetensors
from jssl.convert.names import give
from jssl.convert.origins import fit, hugging_face, resolved
from jssl.errors import CheckpointError
from jssl.nets import make_net
from tests.convert.test_peers import script

CONFIG = {"model_type": "videomae", **script("record_video_mae").CONFIG}


@pytest.fixture(scope="module")
def recorded() -> dict[str, np.ndarray]:
    with np.load(Path(__file__).parents[1] / "fixtures" / "video_mae.npz") as file:
        return dict(file)


def tensors_of(recorded):
    return {name.removeprefix("weights/"): x for name, x in recorded.items() if name.startswith("weights/")}


@pytest.mark.slow
def test_tokens_equal_theirs_and_weights_go_back(recorded):
    tensors = tensors_of(recorded)
    weights = hugging_face("hf:here", CONFIG, tensors, Path())
    net, x = make_net(**weights.encoder), jnp.asarray(recorded["clips"])
    taken = fit(weights, weights.encoder, *jax.eval_shape(net.init, jax.random.key(0), x))
    np.testing.assert_allclose(net.tokens(taken.params, taken.stats, x)[0], recorded["tokens"], atol=1e-5)
    assert all(name.startswith(("decoder.", "encoder_to_decoder", "mask_token")) for name in taken.left_out)
    back = give(weights.names(resolved(weights.encoder)), taken.params, taken.stats)
    theirs = {name.removeprefix("videomae."): x for name, x in tensors.items() if name.startswith("videomae.")}
    assert back.keys() == theirs.keys()
    for name, x in back.items():
        np.testing.assert_array_equal(x, theirs[name])


def test_files_with_biases_apart_are_read_too(recorded):
    apart = {
        name.replace("attention.query.bias", "attention.q_bias").replace("attention.value.bias", "attention.v_bias"): x
        for name, x in tensors_of(recorded).items()
    }
    weights = hugging_face("hf:here", CONFIG, apart, Path())
    net = make_net(**weights.encoder)
    shapes = jax.eval_shape(net.init, jax.random.key(0), jnp.asarray(recorded["clips"]))
    old, new = (
        fit(each, weights.encoder, *shapes)
        for each in (weights, hugging_face("hf:here", CONFIG, tensors_of(recorded), Path()))
    )
    jax.tree.map(np.testing.assert_array_equal, old.params, new.params)


@pytest.mark.slow
def test_a_folder_is_loaded_and_written_again(recorded, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "config.json").write_text(json.dumps(CONFIG))
    write_safetensors(tmp_path / "in" / "model.safetensors", tensors_of(recorded))
    encoder = jssl.load(f"hf:{tmp_path / 'in'}")
    clips = np.random.default_rng(0).integers(0, 256, (2, 4, 12, 12, 3), np.uint8)
    features = encoder(clips)
    assert features.shape == (2, 8)
    encoder.convert(tmp_path / "out", "hf")
    again = jssl.load(f"hf:{tmp_path / 'out'}")
    np.testing.assert_allclose(again(clips), features, atol=1e-6)


@pytest.mark.parametrize("changed", [{"use_mean_pooling": True}, {"hidden_act": "relu"}, {"qv_bias": False}])
def test_what_computes_something_else_is_refused(recorded, changed):
    with pytest.raises(CheckpointError, match=f"config.json has {next(iter(changed))}="):
        hugging_face("hf:here", {**CONFIG, **changed}, tensors_of(recorded), Path())
