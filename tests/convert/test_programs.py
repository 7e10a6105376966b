"""Encoders as one file: what another runtime computes of it, for any number of examples."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import onnxruntime
import pytest

from jssl.convert import programs
from jssl.convert.onnx_graph import make_model
from jssl.convert.programs import to_jax, to_onnx
from jssl.errors import CheckpointError
from jssl.inputs.text import prepare
from jssl.nets import make_net

PICTURES = {"image": jax.ShapeDtypeStruct((16, 16, 3), np.uint8)}
TEXTS = {"tokens": jax.ShapeDtypeStruct((9,), np.int32), "length": jax.ShapeDtypeStruct((), np.int32)}
VIT = {"name": "vit", "dim": 16, "depth": 2, "heads": 2, "patch": 4, "image_size": 16}
CASES = {
    "resnet": ({"name": "resnet18", "width": 16}, PICTURES),
    "vit": ({**VIT, "pool": "mean"}, PICTURES),
    "vit with all": (
        {**VIT, "positions": "rope", "registers": 2, "layer_scale": 0.1, "mlp": "swiglu"},
        PICTURES,
    ),
    "words": ({"name": "text_transformer", "dim": 12, "depth": 2, "heads": 3, "vocabulary": 64}, TEXTS),
}
REST = [name for name in CASES if name != "vit with all"]


def made(name: str) -> tuple:
    encoder, spec = CASES[name]
    net = make_net(**encoder)
    params, stats = jax.jit(net.init)(jax.random.key(0), jnp.zeros((1, *next(iter(spec.values())).shape), jnp.int32))

    def embed(batch: dict) -> jax.Array:
        x = prepare(batch) if "tokens" in batch else batch["image"].astype(jnp.float32) / 255
        return net.apply(params, stats, x)[0]

    return embed, spec


def drawn(spec: dict, n: int, rng: np.random.Generator) -> dict:
    batch = {key: rng.integers(0, 64, (n, *x.shape)).astype(x.dtype) for key, x in spec.items()}
    return batch | ({"length": np.arange(n, dtype=np.int32) + 1} if "length" in spec else {})


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vit with all", *(pytest.param(name, marks=pytest.mark.long) for name in REST)])
def test_onnx_runtime_computes_the_same_for_any_batch_size(name, tmp_path, rng) -> None:
    embed, spec = made(name)
    how = to_onnx(tmp_path / "encoder.onnx", embed, spec)
    assert how.startswith("checked by ONNX Runtime")
    session = onnxruntime.InferenceSession(tmp_path / "encoder.onnx")
    batch = drawn(spec, 5, rng)
    features = session.run(None, batch)[0]
    np.testing.assert_allclose(features, jax.jit(embed)(batch), atol=1e-4 * np.abs(features).max())
    alone = session.run(None, {key: x[:1] for key, x in batch.items()})[0]
    np.testing.assert_allclose(alone, features[:1], atol=1e-4 * np.abs(features).max())


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["vit with all", *(pytest.param(name, marks=pytest.mark.long) for name in ("words", "resnet"))]
)
def test_a_program_of_jax_computes_the_same_for_any_batch_size(name, tmp_path, rng) -> None:
    embed, spec = made(name)
    path = tmp_path / "encoder.jax"
    assert "jax.export.deserialize" in to_jax(path, embed, spec)
    program = jax.export.deserialize(path.read_bytes())
    assert program.platforms == ("cpu", "cuda", "tpu")
    batch = drawn(spec, 5, rng)
    features = program.call(batch)
    np.testing.assert_allclose(features, jax.jit(embed)(batch), atol=1e-5)
    np.testing.assert_allclose(program.call({key: x[:1] for key, x in batch.items()}), features[:1], atol=1e-5)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda x: jnp.sort(x, axis=1), "sort"),
        (lambda x: jnp.cumsum(x, axis=1), "cumsum"),
        (lambda x: x[:, jnp.array([2, 1])], "gather of anything but one place or rows"),
        (lambda x: jax.lax.pad(x, 0.0, ((0, 0, 0), (0, 0, 1))), "pad between values"),
    ],
)
def test_what_is_not_known_in_onnx_is_named(function, says, tmp_path: Path) -> None:
    spec = {"x": jax.ShapeDtypeStruct((4,), np.float32)}
    with pytest.raises(CheckpointError, match=f"not known in ONNX here: {says}"):
        to_onnx(tmp_path / "x.onnx", lambda batch: function(batch["x"]), spec)
    assert not list(tmp_path.iterdir())


def test_a_graph_that_computes_something_else_is_not_written(tmp_path, monkeypatch) -> None:
    spec = {"x": jax.ShapeDtypeStruct((4,), np.float32)}
    monkeypatch.setattr(programs, "make_model", lambda embed, spec: make_model(lambda b: 1.01 * embed(b), spec))
    with pytest.raises(CheckpointError, match=r"features that are 0\.01 of their size away: not written"):
        to_onnx(tmp_path / "x.onnx", lambda batch: jnp.tanh(batch["x"]), spec)


def test_a_file_needs_a_folder(tmp_path) -> None:
    with pytest.raises(CheckpointError, match="must be a file in a folder that is there"):
        to_jax(tmp_path / "no/x.jax", lambda batch: batch["x"], {"x": jax.ShapeDtypeStruct((4,), np.float32)})
