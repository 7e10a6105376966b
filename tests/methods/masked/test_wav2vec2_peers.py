"""wav2vec 2.0's losses, gradients and frames are those of transformers, on recorded weights, masks and noise."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.sound.hide import HiddenFrames, hide_frames
from jssl.methods.masked.wav2vec2 import Views, wav2vec2
from jssl.nets import wave
from jssl.nets.wav2vec2 import wav2vec2 as network
from tests.methods.senses.wave import SENSE
from tests.methods.toys import run

NEGATIVES = 7


@pytest.fixture(scope="module")
def recorded() -> dict[str, np.ndarray]:
    with np.load(Path(__file__).parents[2] / "fixtures" / "wav2vec2.npz") as file:
        return dict(file)


def ours(weight: dict[str, np.ndarray], norm: str) -> dict[str, Any]:
    """Transformers' weights, laid out as our parameters."""

    def linear(name: str) -> dict[str, np.ndarray]:
        return {"kernel": weight[f"{name}.weight"].T, "bias": weight[f"{name}.bias"]}

    def layer_norm(name: str) -> dict[str, np.ndarray]:
        return {"scale": weight[f"{name}.weight"], "bias": weight[f"{name}.bias"]}

    def conv(name: str) -> dict[str, np.ndarray]:
        kernel = {"kernel": weight[f"{name}.weight"].transpose(2, 1, 0)}
        return {**kernel, "bias": weight[f"{name}.bias"]} if norm == "layer" else kernel

    def block(name: str) -> dict[str, Any]:
        q, k, v = (linear(f"{name}.attention.{part}_proj") for part in "qkv")
        return {
            "norm1": layer_norm(f"{name}.layer_norm"),
            "norm2": layer_norm(f"{name}.final_layer_norm"),
            "qkv": jax.tree.map(lambda *parts: np.concatenate(parts, axis=-1), q, k, v),
            "proj": linear(f"{name}.attention.out_proj"),
            "fc1": linear(f"{name}.feed_forward.intermediate_dense"),
            "fc2": linear(f"{name}.feed_forward.output_dense"),
        }

    layers = "wav2vec2.feature_extractor.conv_layers."
    normed = range(3) if norm == "layer" else range(1)
    positions = "wav2vec2.encoder.pos_conv_embed.conv."
    return {
        "encoder": {
            "features": {
                "convs": {f"conv{i}": conv(f"{layers}{i}.conv") for i in range(3)},
                "norms": {f"conv{i}": layer_norm(f"{layers}{i}.layer_norm") for i in normed},
            },
            "norm": {"norm": layer_norm("wav2vec2.feature_projection.layer_norm")},
            "context": {
                "enter": linear("wav2vec2.feature_projection.projection"),
                "mask": weight["wav2vec2.masked_spec_embed"],
                "positions": {
                    "direction": weight[f"{positions}parametrizations.weight.original1"].transpose(2, 1, 0),
                    "length": weight[f"{positions}parametrizations.weight.original0"].reshape(-1),
                    "bias": weight[f"{positions}bias"],
                },
                "blocks": {f"block{i}": block(f"wav2vec2.encoder.layers.{i}") for i in range(2)},
                "norm": layer_norm("wav2vec2.encoder.layer_norm"),
            },
        },
        "quantizer": {
            "choose": linear("quantizer.weight_proj"),
            "codebook": weight["quantizer.codevectors"].reshape(2, 5, 3),
            "project": linear("project_q"),
        },
        "predictor": {"layers": {"layer0": linear("project_hid")}},
    }


def hidden_of(mask: np.ndarray, negatives: np.ndarray) -> HiddenFrames:
    """A recorded mask, and negatives that are rows of all frames, one recording after the other."""
    n, t = mask.shape
    most = mask.sum(1).max()
    places = np.argsort(np.where(mask, np.arange(t), t + np.arange(t)), axis=1)[:, :most]
    there = np.arange(most) < mask.sum(1)[:, None]
    order = np.cumsum(mask, axis=1) - 1  # a hidden frame -> its position among them
    frames = negatives - (np.arange(n) * t)[:, None, None]
    others = np.stack([order[i][np.where(there[i][:, None], frames[i][places[i]], places[i, 0])] for i in range(n)])
    return HiddenFrames(*map(jnp.asarray, (mask, places, there, others)))


@pytest.mark.slow
@pytest.mark.parametrize(("prefix", "norm"), [("", "group"), ("large/", "layer")])
def test_equals_transformers(recorded: dict[str, np.ndarray], prefix: str, norm: str):
    given = {name.removeprefix(prefix): x for name, x in recorded.items() if name.startswith(prefix)}
    weights = {name.removeprefix("weights/"): x for name, x in given.items() if name.startswith("weights/")}
    encoder = network(
        12, 2, 3, width=8, kernels=(10, 3, 2), strides=(5, 2, 2), norm=norm, positions=6, groups=2, dropout=0.0,
        layer_drop=0.0,
    )  # fmt: skip
    method = wav2vec2(
        encoder, SENSE.inputs()["sound"], mask=0.5, span=3, negatives=NEGATIVES, groups=2, entries=5, code=6, dim=10,
        gumbel=(1.5, 1.5), penalty=0.0, feature_gradient=1.0,
    )  # fmt: skip
    theirs = ours(weights, norm)
    length = given["length"]
    there = np.arange(given["sound"].shape[1]) < length[:, None]
    x = jnp.stack([jnp.asarray(given["sound"]), jnp.asarray(there, jnp.float32)], axis=-1)
    like = jax.eval_shape(encoder.init, jax.random.key(0), x)[0]
    jax.tree.map(lambda a, b: np.testing.assert_equal(a.shape, b.shape), like, theirs["encoder"])

    frames, sound = wave.apart(encoder.parts["features"].apply(theirs["encoder"]["features"], {}, x)[0])
    np.testing.assert_array_equal(sound.sum(1), (((length - 10) // 5 + 1 - 3) // 2 + 1 - 2) // 2 + 1)
    np.testing.assert_allclose(frames[sound], given["features"][sound], atol=2e-5)
    np.testing.assert_array_equal(encoder.frames(there), sound)

    hidden = hidden_of(given["mask"], given["negatives"])
    noise = jnp.take_along_axis(jnp.asarray(given["noise"]), hidden.places[..., None, None], axis=1)
    stats = {"encoder": jax.tree.map(lambda x: {}, dict.fromkeys(encoder.parts, 0))}

    def loss(params):
        return method.loss(params, {"stats": stats}, Views(x, hidden, noise), jax.random.key(0), jnp.int32(0))

    (value, (_, metrics)), gradient = run(jax.value_and_grad(loss, has_aux=True), theirs)
    count = given["mask"].sum()  # theirs are sums over the hidden frames
    np.testing.assert_allclose(metrics["contrast"] * count, given["contrast"], rtol=2e-5)
    np.testing.assert_allclose(metrics["code_perplexity"], given["perplexity"], rtol=1e-5)
    np.testing.assert_allclose((1 - metrics["code_perplexity"] / 10) * count, given["diversity"], rtol=1e-4)
    np.testing.assert_allclose(value * count, given["loss"], rtol=2e-5)
    slopes = {name.removeprefix("gradient/"): x for name, x in given.items() if name.startswith("gradient/")}
    expected = ours({**weights, **slopes}, norm)
    for path in (
        ("quantizer", "codebook"),
        ("quantizer", "choose", "kernel"),
        ("predictor", "layers", "layer0", "kernel"),
        ("encoder", "context", "mask"),
        ("encoder", "features", "convs", "conv1", "kernel"),
        ("encoder", "context", "positions", "length"),
    ):
        mine, other = gradient, expected
        for key in path:
            mine, other = mine[key], other[key]
        np.testing.assert_allclose(mine * count, other, atol=2e-4, rtol=2e-3, err_msg=str(path))


@pytest.mark.slow
def test_as_many_frames_are_hidden_as_in_transformers(recorded: dict[str, np.ndarray]):
    hidden = hide_frames(
        jax.random.split(jax.random.key(0), 200), jnp.full(200, 1000), frames=1000, share=0.65, span=10, negatives=1
    )
    np.testing.assert_allclose(hidden.mask.mean(), recorded["hidden_share"], atol=0.004)


def test_the_recurrent_context_equals_torchs(recorded: dict[str, np.ndarray]):
    net = wave.wave_gru(4, width=5, kernels=(1,), strides=(1,)).parts["context"]
    weight = {name.removeprefix("gru/"): x for name, x in recorded.items() if name.startswith("gru/")}
    params = {
        "input": {"kernel": weight["weight_ih_l0"].T, "bias": weight["bias_ih_l0"]},
        "state": {"kernel": weight["weight_hh_l0"].T, "bias": weight["bias_hh_l0"]},
    }
    x = np.concatenate([weight["x"], np.ones((2, 7, 1), np.float32)], axis=-1)
    np.testing.assert_allclose(net.apply(params, {}, jnp.asarray(x))[0], weight["y"], atol=2e-6)
